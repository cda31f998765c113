//! What a run shows while it works: a bar on a terminal, plain lines elsewhere. Always on stderr.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::context::Meters;
use crate::ledger::Reader;
use crate::model::batch::{BatchRecord, ConditionKind, Stage};
use crate::model::counts::Counts;
use crate::model::ids::BatchName;
use crate::model::text::one_line;
use crate::model::units::Size;
use crate::rules::reporting::count;

/// How often the bar moves.
const TERMINAL_TICK: Duration = Duration::from_millis(200);
/// How often a plain line is printed.
const PLAIN_TICK: Duration = Duration::from_secs(10);

/// Shows a batch's progress until it is dropped.
pub struct Shown {
    reader: Reader,
    batch: BatchName,
    meters: Arc<Meters>,
    began: Instant,
    before: u64,
    bar: Option<ProgressBar>,
}

impl Shown {
    /// Progress of one batch.
    pub fn new(reader: Reader, batch: &BatchRecord, meters: Arc<Meters>) -> Self {
        let before = reader.counts(batch.id).map(|counts| decided(&counts)).unwrap_or_default();
        Self { reader, batch: batch.name.clone(), meters, began: Instant::now(), before, bar: bar() }
    }

    /// Progress of a batch that is not in the ledger yet.
    pub fn of_new(reader: Reader, batch: BatchName, meters: Arc<Meters>) -> Self {
        Self { reader, batch, meters, began: Instant::now(), before: 0, bar: bar() }
    }

    /// Shows progress until `work` is done, and gives its result back.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut tick = tokio::time::interval(if self.bar.is_some() { TERMINAL_TICK } else { PLAIN_TICK });
        tick.tick().await;
        tokio::pin!(work);
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                _ = tick.tick() => self.show(),
            }
        };
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        result
    }

    fn show(&self) {
        // A figure that cannot be read now is read at the next tick; the run itself reports what is wrong.
        let Ok(Some(record)) = self.reader.batch_by_name(&self.batch) else { return };
        let Ok(counts) = self.reader.counts(record.id) else { return };
        let text = self.line(&record, &counts);
        match &self.bar {
            None => eprintln!("{}: {text}", self.batch),
            Some(bar) => {
                bar.set_length(counts.documents.in_scope().max(1));
                bar.set_position(decided(&counts));
                bar.set_message(text);
            }
        }
    }

    fn line(&self, record: &BatchRecord, counts: &Counts) -> String {
        if let Some(stalled) = record.condition(ConditionKind::Stalled) {
            return format!("stalled, {}: {}", stalled.reason, one_line(&stalled.message));
        }
        match record.stage {
            Stage::Discovering => {
                format!("looking for prefixes, {}", self.requests())
            }
            Stage::Listing => format!(
                "listing, {}, {}",
                count(self.meters.listed.load(Ordering::Relaxed), "object", "objects"),
                self.requests()
            ),
            Stage::Grouping => {
                format!("grouping, {}", count(self.meters.grouped.load(Ordering::Relaxed), "document", "documents"))
            }
            Stage::Moving => self.moving(counts),
        }
    }

    fn requests(&self) -> String {
        count(self.meters.requests.load(Ordering::Relaxed), "request", "requests")
    }

    fn moving(&self, counts: &Counts) -> String {
        let elapsed = self.began.elapsed().as_secs_f64().max(0.001);
        let done = decided(counts).saturating_sub(self.before);
        let bytes = self.meters.bytes_read.load(Ordering::Relaxed);
        // Both figures stay far below 2^52, where f64 is exact.
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rates for people"
        )]
        let (rate, left) = {
            let per_second = done as f64 / elapsed;
            let left =
                (per_second > 0.0).then(|| Duration::from_secs((counts.documents.pending as f64 / per_second) as u64));
            ((bytes as f64 / elapsed) as u64, left)
        };
        let left = left.map_or("?".to_owned(), |left| crate::model::units::Span(left).to_string());
        format!(
            "documents {}/{}, files {}/{}, {} read, {}/s, {} failed, {left} left",
            decided(counts),
            counts.documents.in_scope(),
            counts.files.synced(),
            counts.files.in_scope(),
            Size(bytes),
            Size(rate),
            counts.documents.failed,
        )
    }
}

fn decided(counts: &Counts) -> u64 {
    counts.documents.in_scope() - counts.documents.pending
}

fn bar() -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
    // The template is a constant and is covered by a test.
    let style = ProgressStyle::with_template(TEMPLATE).expect("a sound template");
    bar.set_style(style.progress_chars("━╸ "));
    Some(bar)
}

const TEMPLATE: &str = "{spinner} [{bar:30}] {percent:>3}% {msg}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_the_bar_is_sound() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
