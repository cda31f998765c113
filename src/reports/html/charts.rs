//! When documents were decided and bytes were copied, as bars and as figures.

use std::borrow::Borrow;

use super::article::Article;
use crate::model::timeline::Bucket;
use crate::model::units::Size;
use crate::model::view::RunView;
use crate::reports::markdown::number;
use crate::reports::words::{end_reason, run_cause};

/// The height of a chart in its own units.
const HEIGHT: u64 = 1_000;
/// Fewer parts of time are better read as figures.
const PARTS: usize = 4;

/// A bar: its place from the left, its top and its height.
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) y: u64,
    pub(super) height: u64,
}

/// One chart.
pub(super) struct Chart {
    pub(super) id: &'static str,
    pub(super) class: &'static str,
    pub(super) title: &'static str,
    /// What it shows, in a sentence.
    pub(super) told: String,
    /// What the highest bar stands for.
    pub(super) highest: String,
    pub(super) width: usize,
    pub(super) bars: Vec<Bar>,
    /// Where a run begins, but for the first.
    pub(super) seams: Vec<usize>,
}

/// A run with what was done in it.
pub(super) struct RunLine<'a> {
    pub(super) run: &'a RunView,
    pub(super) cause: &'static str,
    pub(super) reason: &'static str,
    pub(super) seconds: u64,
    pub(super) synced: u64,
    pub(super) failed: u64,
    pub(super) bytes: u64,
}

/// What is drawn: its id and class, its title, the figure of a part of time, and whether that is bytes.
type Drawn = (&'static str, &'static str, &'static str, fn(&Bucket) -> u64, bool);

impl Article<'_> {
    pub(super) fn charts(&self) -> Vec<Chart> {
        let buckets = &self.report.timeline.buckets;
        if buckets.len() < PARTS {
            return Vec::new();
        }
        let drawn: [Drawn; 3] = [
            ("synced", "good", self.say("Documents brought to the target", "到达目标端的单据"), |b| b.synced, false),
            ("failed", "bad", self.say("Documents that failed", "失败的单据"), |b| b.failed, false),
            ("bytes", "bytes", self.say("Bytes copied", "复制的字节"), |b| b.bytes, true),
        ];
        drawn.into_iter().filter_map(|drawn| self.chart(buckets, drawn)).collect()
    }

    /// `None`: nothing of it was done.
    fn chart(&self, buckets: &[Bucket], (id, class, title, figure, is_bytes): Drawn) -> Option<Chart> {
        let most = buckets.iter().map(figure).max().filter(|most| *most > 0)?;
        let amount = |value: u64| if is_bytes { Size(value).to_string() } else { number(value) };
        let bar = |(x, bucket): (usize, &Bucket)| {
            // What is there is seen, however little.
            let height = (u128::from(figure(bucket)) * u128::from(HEIGHT) / u128::from(most)).max(12);
            let height = u64::try_from(height).unwrap_or(HEIGHT);
            (figure(bucket) > 0).then(|| Bar { x, y: HEIGHT - height, height })
        };
        let seams = buckets.windows(2).enumerate().filter(|(_, pair)| pair[0].run != pair[1].run);
        let sum = amount(buckets.iter().map(figure).sum());
        let length = self.length(self.report.timeline.seconds);
        Some(Chart {
            id,
            class,
            title,
            told: self
                .say("{sum} in all; at most {most} in {length}", "合计 {sum}；每 {length} 最多 {most}")
                .replace("{sum}", &sum)
                .replace("{most}", &amount(most))
                .replace("{length}", &length),
            highest: amount(most),
            width: buckets.len(),
            bars: buckets.iter().enumerate().filter_map(bar).collect(),
            seams: seams.map(|(at, _)| at + 1).collect(),
        })
    }

    /// Parts of time in which something was done.
    pub(super) fn buckets(&self) -> Vec<&Bucket> {
        let is_busy = |bucket: &&Bucket| bucket.synced + bucket.failed + bucket.bytes > 0;
        self.report.timeline.buckets.iter().filter(is_busy).take(self.caps.rows).collect()
    }

    /// A time of day with its date, in UTC.
    pub(super) fn utc(&self, bucket: &Bucket) -> String {
        bucket.start.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Where the last part of time ends.
    pub(super) fn until(&self, bucket: &Bucket) -> String {
        let length = jiff::SignedDuration::from_secs(i64::try_from(bucket.seconds).unwrap_or_default());
        let end = bucket.start.saturating_add(length).unwrap_or(bucket.start);
        end.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// A length of time: the two largest units that it has.
    pub(super) fn length(&self, seconds: impl Borrow<u64>) -> String {
        let units = [
            (86_400, self.say("d", "天")),
            (3_600, self.say("h", "小时")),
            (60, self.say("min", "分")),
            (1, self.say("s", "秒")),
        ];
        let mut left = *seconds.borrow();
        let mut parts = Vec::new();
        for (unit, word) in units {
            if left >= unit && parts.len() < 2 {
                parts.push(format!("{} {word}", number(left / unit)));
            }
            left %= unit;
        }
        if parts.is_empty() { format!("0 {}", self.say("s", "秒")) } else { parts.join(" ") }
    }

    /// Bytes a second.
    pub(super) fn rate(&self, bytes: &u64, seconds: &u64) -> String {
        format!("{}/s", Size(bytes / (*seconds).max(1)))
    }

    /// A time as [`RunView`] has it, without the letters; the table says that it is UTC.
    pub(super) fn short(&self, time: &str) -> String {
        time.replace('T', " ").replace('Z', "")
    }

    /// The last runs, which matter most.
    pub(super) fn runs(&self) -> Vec<RunLine<'_>> {
        let runs = &self.report.batch.runs;
        runs[runs.len().saturating_sub(self.caps.rows)..].iter().map(|run| self.run(run)).collect()
    }

    /// The runs that are not shown, as HTML.
    pub(super) fn more_runs(&self) -> String {
        let batch = &self.report.batch;
        let listed = self.report.left_out.get("runs").map_or(batch.runs.len() as u64, |runs| runs.total);
        let shown = batch.runs.len().min(self.caps.rows);
        let mut told = self.more(shown, listed, &format!("batchferry show {} -o json", batch.name));
        if batch.runs_left_out > 0 {
            let forgotten = self
                .say(
                    "{n} more runs after the first one are in the audit log alone.",
                    "首次运行之后另有 {n} 次运行，仅见于审计日志。",
                )
                .replace("{n}", &number(batch.runs_left_out));
            told.push_str(&format!("<p class=\"more\">{forgotten}</p>"));
        }
        told
    }

    fn run<'b>(&self, run: &'b RunView) -> RunLine<'b> {
        let mut line = RunLine {
            run,
            cause: run_cause(run.cause, self.language),
            reason: run.reason.map_or("–", |reason| end_reason(reason, self.language)),
            seconds: 0,
            synced: 0,
            failed: 0,
            bytes: 0,
        };
        for bucket in self.report.timeline.buckets.iter().filter(|bucket| bucket.run == run.number) {
            line.seconds += bucket.seconds;
            line.synced += bucket.synced;
            line.failed += bucket.failed;
            line.bytes += bucket.bytes;
        }
        line
    }
}
