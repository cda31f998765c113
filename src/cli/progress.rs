//! What a run shows while it works: a bar on a terminal, plain lines elsewhere. Always on stderr.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::tell;
use crate::engine::context::Meters;
use crate::engine::view;
use crate::ledger::Reader;
use crate::model::batch::{BatchRecord, ConditionKind, Stage};
use crate::model::counts::Counts;
use crate::model::ids::BatchName;
use crate::model::text::one_line;
use crate::model::units::{Size, Span};
use crate::rules::reporting::count;

/// How often a bar moves.
pub(super) const TERMINAL_TICK: Duration = Duration::from_millis(200);
/// How often a batch is looked at where there is no bar: often enough to see when documents begin to move.
const PLAIN_TICK: Duration = Duration::from_secs(1);
/// Looks for each plain line.
const LOOKS: u32 = 10;

/// Shows a batch's progress until it is dropped.
pub struct Shown {
    reader: Reader,
    batch: BatchName,
    meters: Arc<Meters>,
    moving: OnceLock<Began>,
    /// The last plain line.
    told: Mutex<String>,
    bar: Option<ProgressBar>,
}

/// Where things stood when documents began to move: what rates count from. Listing has a pace of its own.
struct Began {
    at: Instant,
    decided: u64,
    bytes: u64,
}

impl Shown {
    /// Progress of one batch.
    pub fn new(reader: Reader, batch: BatchName, meters: Arc<Meters>) -> Self {
        Self { reader, batch, meters, moving: OnceLock::new(), told: Mutex::default(), bar: bar() }
    }

    /// Shows progress until `work` is done, and gives its result back.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut tick = tokio::time::interval(if self.bar.is_some() { TERMINAL_TICK } else { PLAIN_TICK });
        tick.tick().await;
        tokio::pin!(work);
        let mut looks = 0;
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                _ = tick.tick() => {
                    looks = (looks + 1) % LOOKS;
                    self.show(looks == 0);
                }
            }
        };
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        result
    }

    fn show(&self, print: bool) {
        // A figure that cannot be read now is read at the next tick; the run itself reports what is wrong.
        let Ok(Some(record)) = self.reader.batch_by_name(&self.batch) else { return };
        let Ok(counts) = self.reader.counts(record.id) else { return };
        let text = self.line(&record, &counts);
        match &self.bar {
            None if print && self.is_news(&text) => tell(format_args!("{}: {text}\n", self.batch)),
            None => {}
            Some(bar) => {
                let known = record.stage == Stage::Moving;
                bar.set_style(style(if known { TEMPLATE } else { TEMPLATE_BEFORE }));
                bar.update(|state| {
                    state.set_len(counts.documents.in_scope().max(1));
                    state.set_pos(decided(&counts));
                });
                bar.set_message(text);
            }
        }
    }

    /// Whether a line says something else than the last one: a log need not hold the same sixty times.
    fn is_news(&self, text: &str) -> bool {
        // What is in it is replaced whole.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = *told != text;
        told.replace_range(.., text);
        is_news
    }

    fn line(&self, record: &BatchRecord, counts: &Counts) -> String {
        if let Some(stalled) = record.condition(ConditionKind::Stalled) {
            // Who waits should know for how long, and that it need not be begun again.
            let wait = view::spec(record).map(|file| file.spec.transfer.store_wait.to_string()).unwrap_or_default();
            return format!(
                "stalled, {}: {}; tried again for {wait} (`transfer.storeWait`) before it is given up",
                stalled.reason,
                one_line(&stalled.message)
            );
        }
        match record.stage {
            Stage::Discovering => {
                format!("looking for prefixes, {}{}", self.counted(&self.meters.requests, "request"), self.rows())
            }
            Stage::Listing => format!(
                "listing, {}, {}{}",
                self.counted(&self.meters.listed, "object"),
                self.counted(&self.meters.requests, "request"),
                self.rows()
            ),
            Stage::Grouping => format!("grouping, {}", self.counted(&self.meters.grouped, "document")),
            Stage::Moving => self.moving(counts),
        }
    }

    /// Of a catalog whose table is read before or beside the listing.
    fn rows(&self) -> String {
        match self.meters.rows.load(Ordering::Relaxed) {
            0 => String::new(),
            rows => format!(", {} of the index", counted(rows, "row")),
        }
    }

    fn counted(&self, meter: &AtomicU64, noun: &str) -> String {
        counted(meter.load(Ordering::Relaxed), noun)
    }

    fn moving(&self, counts: &Counts) -> String {
        let (decided, bytes) = (decided(counts), self.meters.bytes_read.load(Ordering::Relaxed));
        let began = self.moving.get_or_init(|| Began { at: Instant::now(), decided, bytes });
        let (done, read) = (decided.saturating_sub(began.decided), bytes.saturating_sub(began.bytes));
        let pace = Pace::of(began.at.elapsed(), done, read, counts.documents.pending);
        let left = pace.left.map(|left| format!(", {} left", Span(left))).unwrap_or_default();
        let rate = if pace.bytes > 0 { format!(", {}/s", Size(pace.bytes)) } else { String::new() };
        // What matters most stands first: a narrow terminal shows no more.
        format!(
            "{decided}/{}, {} failed{left}{rate}, {}/{}",
            counted(counts.documents.in_scope(), "document"),
            counts.documents.failed,
            counts.files.synced(),
            counted(counts.files.in_scope(), "file"),
        )
    }
}

/// How fast it goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// Bytes read in a second.
    pub(super) bytes: u64,
    /// Until the rest is done, at the same pace; `None`: nothing is done yet, or nothing is left.
    pub(super) left: Option<Duration>,
}

impl Pace {
    /// What was done and read in a time, and what is pending.
    pub(super) fn of(elapsed: Duration, done: u64, bytes: u64, pending: u64) -> Self {
        let millis = elapsed.as_millis().max(1);
        let whole = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
        let left = (done > 0 && pending > 0)
            .then(|| Duration::from_secs(whole((millis * u128::from(pending) / u128::from(done)).div_ceil(1000))));
        Self { bytes: whole(u128::from(bytes) * 1000 / millis), left }
    }
}

fn counted(number: u64, noun: &str) -> String {
    count(number, noun, &format!("{noun}s"))
}

fn decided(counts: &Counts) -> u64 {
    counts.documents.in_scope() - counts.documents.pending
}

/// A bar on a terminal; `None` elsewhere.
pub(super) fn bar() -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
    bar.set_style(style(TEMPLATE_BEFORE));
    Some(bar)
}

/// The style of one of the two templates.
pub(super) fn style(template: &str) -> ProgressStyle {
    // Both templates are constants and are covered by a test.
    ProgressStyle::with_template(template).expect("a sound template").progress_chars("━╸ ")
}

/// Of a bar that knows how much there is to do.
pub(super) const TEMPLATE: &str = "{spinner} [{bar:20}] {percent:>3}% {wide_msg}";
/// How much there is to do is not known, or not yet.
const TEMPLATE_BEFORE: &str = "{spinner} {wide_msg}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_of_the_bar_are_sound() {
        for template in [TEMPLATE, TEMPLATE_BEFORE] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn the_time_left_is_told_once_there_is_a_pace() {
        let second = Duration::from_secs(1);
        assert_eq!(Pace::of(second, 0, 10, 5), Pace { bytes: 10, left: None });
        assert_eq!(Pace::of(second * 2, 4, 3_000, 6), Pace { bytes: 1_500, left: Some(second * 3) });
        assert_eq!(Pace::of(second, 4, 0, 0).left, None);
        assert_eq!(Pace::of(Duration::ZERO, 1, 1, 1), Pace { bytes: 1_000, left: Some(second) });
    }
}
