//! How far a batch has come and how fast it goes, in words and as a bar.

use super::frame::Frame;
use crate::model::overview::BatchRow;
use crate::model::status::RunStatus;

/// The width of a bar in its own units.
const WIDTH: u64 = 1_000;

/// A bar: what is synced from the left, what failed after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) synced: u64,
    pub(super) failed: u64,
}

/// The bar of a batch; nothing is known of an empty one.
pub(super) fn bar(row: &BatchRow) -> Bar {
    let documents = &row.line.documents;
    let part = |figure: u64| match documents.in_scope() {
        0 => 0,
        // What is there is seen, however little.
        all => scaled(figure, all).max(u64::from(figure > 0) * 6),
    };
    let failed = part(documents.failed);
    Bar { synced: part(documents.synced()).min(WIDTH - failed.min(WIDTH)), failed }
}

/// The part that is synced, never rounded up to all of it; `–` if there is nothing.
pub(super) fn percent(row: &BatchRow) -> String {
    let (synced, all) = (row.line.documents.synced(), row.line.documents.in_scope());
    if all == 0 {
        return "–".to_owned();
    }
    let tenths = scaled(synced, all);
    if tenths.is_multiple_of(10) { format!("{} %", tenths / 10) } else { format!("{}.{} %", tenths / 10, tenths % 10) }
}

/// How fast it goes and when it will be done, while it runs.
pub(super) fn pace(row: &BatchRow, frame: &Frame) -> Option<String> {
    let rate = row.per_minute.filter(|_| row.line.run_status == RunStatus::Running)?;
    let told = frame.say("{n} documents a minute", "每分钟 {n} 份单据").replace("{n}", &frame.number(rate));
    let pending = row.line.documents.pending;
    let left = pending.checked_div(rate).filter(|_| pending > 0);
    Some(match left {
        None => told,
        Some(0) => told + frame.say(", less than a minute left", "，剩余不到一分钟"),
        Some(minutes) => told + &frame.say(", about {t} left", "，约剩 {t}").replace("{t}", &length(minutes, frame)),
    })
}

fn length(minutes: u64, frame: &Frame) -> String {
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let parts = [
        (days, frame.say("d", "天")),
        (hours, frame.say("h", "小时")),
        (if days > 0 { 0 } else { rest }, frame.say("min", "分钟")),
    ];
    let told = parts.iter().filter(|(figure, _)| *figure > 0);
    told.map(|(figure, unit)| format!("{} {unit}", frame.number(*figure))).collect::<Vec<_>>().join(" ")
}

/// When its windows open or close.
pub(super) fn window(row: &BatchRow, frame: &Frame) -> Option<String> {
    let window = row.window?;
    let Some(changes) = window.changes else {
        return (!window.open).then(|| frame.say("its windows never open", "运行时段从不开启").to_owned());
    };
    let told = if window.open {
        frame.say("window open until {t} UTC", "运行时段开启至 {t} UTC")
    } else {
        frame.say("next window: {t} UTC", "下一运行时段：{t} UTC")
    };
    Some(told.replace("{t}", &frame.minute(&changes)))
}

fn scaled(figure: u64, all: u64) -> u64 {
    u64::try_from(u128::from(figure) * u128::from(WIDTH) / u128::from(all.max(1))).unwrap_or(WIDTH)
}
