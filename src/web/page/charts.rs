//! When documents were decided, as bars.

use super::frame::Frame;
use crate::model::timeline::{Bucket, Timeline};

/// The height of a chart in its own units.
const HEIGHT: u64 = 1_000;
/// Fewer parts of time are no chart.
const PARTS: usize = 3;

/// A bar: its place from the left, and the tops and heights of its two parts.
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) synced: (u64, u64),
    pub(super) failed: (u64, u64),
}

/// A chart.
pub(super) struct Chart {
    pub(super) width: usize,
    pub(super) bars: Vec<Bar>,
    /// Where a run begins, but for the first.
    pub(super) seams: Vec<usize>,
    pub(super) from: String,
    pub(super) until: String,
    /// What the highest bar stands for.
    pub(super) highest: String,
    /// What it shows, in a sentence.
    pub(super) told: String,
}

/// The chart of a batch's runs; `None`: there is too little to show.
pub(super) fn chart(timeline: &Timeline, frame: &Frame) -> Option<Chart> {
    let buckets = &timeline.buckets;
    let most = buckets.iter().map(decided).max().filter(|most| *most > 0 && buckets.len() >= PARTS)?;
    let (first, last) = (buckets.first()?, buckets.last()?);
    let end =
        last.start.saturating_add(jiff::SignedDuration::from_secs(i64::try_from(last.seconds).unwrap_or_default()));
    let [sum, per_bar] = [buckets.iter().map(decided).sum::<u64>(), most].map(|figure| frame.number(figure));
    let told = frame
        .say("{sum} documents decided; at most {most} in {length}", "共处理 {sum} 份单据；每 {length} 最多 {most} 份");
    let seams = buckets.windows(2).enumerate().filter(|(_, pair)| pair[0].run != pair[1].run);
    Some(Chart {
        width: buckets.len(),
        bars: buckets.iter().enumerate().filter_map(|(x, bucket)| bar(x, bucket, most)).collect(),
        seams: seams.map(|(at, _)| at + 1).collect(),
        from: frame.time(&first.start),
        until: frame.time(&end.unwrap_or(last.start)),
        told: told
            .replace("{sum}", &sum)
            .replace("{most}", &per_bar)
            .replace("{length}", &length(timeline.seconds, frame)),
        highest: per_bar,
    })
}

fn decided(bucket: &Bucket) -> u64 {
    bucket.synced + bucket.failed
}

/// What failed stands on what is synced.
fn bar(x: usize, bucket: &Bucket, most: u64) -> Option<Bar> {
    let height = |figure: u64| {
        let scaled = u128::from(figure) * u128::from(HEIGHT) / u128::from(most);
        // What is there is seen, however little.
        u64::try_from(scaled).unwrap_or(HEIGHT).max(u64::from(figure > 0) * 12)
    };
    let (synced, failed) = (height(bucket.synced), height(bucket.failed));
    let floor = HEIGHT.saturating_sub(synced);
    (decided(bucket) > 0).then(|| Bar { x, synced: (floor, synced), failed: (floor.saturating_sub(failed), failed) })
}

fn length(seconds: u64, frame: &Frame) -> String {
    let (figure, unit) = match seconds {
        0..60 => (seconds, frame.say("s", "秒")),
        60..3_600 => (seconds / 60, frame.say("min", "分钟")),
        3_600..86_400 => (seconds / 3_600, frame.say("h", "小时")),
        _ => (seconds / 86_400, frame.say("d", "天")),
    };
    format!("{} {unit}", frame.number(figure))
}
