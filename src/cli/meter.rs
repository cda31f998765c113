//! What a command shows while it reads a store: a bar on a terminal, a line now and then elsewhere. Always on stderr.

use std::time::Duration;

use indicatif::ProgressBar;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::output::tell;
use super::progress::{Pace, TEMPLATE, TERMINAL_TICK, bar, style};
use crate::model::units::{Size, Span};
use crate::rules::reporting::count;

/// How often a line is printed where there is no bar.
const PLAIN_TICK: Duration = Duration::from_secs(10);

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Files done.
    pub files: u64,
    /// Bytes done, those that need not be read among them.
    pub bytes: u64,
    /// Bytes read: what the pace counts.
    pub read: u64,
}

/// Shows figures until it is dropped.
pub struct Meter {
    word: &'static str,
    total: Option<u64>,
    began: Instant,
    bar: Option<ProgressBar>,
    tick: Interval,
}

impl Meter {
    /// `word` says what is done with files; `total`: their bytes, if that is known. Within a runtime.
    pub fn new(word: &'static str, total: Option<u64>) -> Self {
        let (bar, total) = (bar(), total.filter(|total| *total > 0));
        if let Some((bar, total)) = bar.as_ref().zip(total) {
            bar.set_style(style(TEMPLATE));
            bar.set_length(total);
        }
        let period = if bar.is_some() { TERMINAL_TICK } else { PLAIN_TICK };
        let mut tick = interval_at(Instant::now() + period, period);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { word, total, began: Instant::now(), bar, tick }
    }

    /// Shows `figures` until `work` is done, and gives its result back.
    pub async fn during<T>(&mut self, figures: impl Fn() -> Figures, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = self.tick.tick() => self.show(figures()),
            }
        }
    }

    fn show(&self, figures: Figures) {
        let line = line(self.word, figures, self.total, self.began.elapsed());
        match &self.bar {
            None => tell(format_args!("{line}\n")),
            Some(bar) => {
                bar.set_position(self.total.map_or(0, |total| figures.bytes.min(total)));
                bar.set_message(line);
                bar.tick();
            }
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(word: &str, figures: Figures, total: Option<u64>, elapsed: Duration) -> String {
    let Figures { files, bytes, read } = figures;
    let of = total.map(|total| format!(" of {}", Size(total))).unwrap_or_default();
    let pace = Pace::of(elapsed, read, read, total.unwrap_or(0).saturating_sub(bytes));
    let rate = if pace.bytes > 0 { format!(", {}/s", Size(pace.bytes)) } else { String::new() };
    let left = pace.left.map(|left| format!(", {} left", Span(left))).unwrap_or_default();
    format!("{word} {}, {}{of}{rate}{left}", count(files, "file", "files"), Size(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_how_long_it_will_take() {
        let figures = |files, bytes, read| Figures { files, bytes, read };
        let second = Duration::from_secs(1);
        assert_eq!(line("verified", figures(1, 2048, 2048), None, second), "verified 1 file, 2.0 KiB, 2.0 KiB/s");
        let half = figures(1200, 3 << 20, 1 << 20);
        let told = "downloaded 1,200 files, 3.0 MiB of 5.0 MiB, 1.0 MiB/s, 2s left";
        assert_eq!(line("downloaded", half, Some(5 << 20), second), told);
        let kept = figures(3, 4096, 0);
        assert_eq!(line("downloaded", kept, Some(4096), second), "downloaded 3 files, 4.0 KiB of 4.0 KiB");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_shown_does_not_change_what_comes_of_the_work() {
        let mut meter = Meter::new("read", Some(0));
        let work = async {
            tokio::time::sleep(PLAIN_TICK * 3).await;
            7
        };
        assert_eq!(meter.during(Figures::default, work).await, 7);
    }
}
