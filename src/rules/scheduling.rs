//! What a batch may do now, by its spec's `after`, `repeat` and `transfer.windows`, and which of several goes first.

use std::cmp::Reverse;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::windows::{is_open, next_change};
use crate::model::batch::{BatchId, RunCause};
use crate::model::failure::Code;
use crate::model::ids::BatchName;
use crate::model::spec::{BatchSpec, Repeat, ResyncScope, Transfer};

/// What a spec says of order and time: the part that is kept of every batch while it does nothing.
#[derive(Debug, Clone)]
pub struct Orders {
    /// Higher first.
    pub priority: i32,
    /// Batches that must be complete before it begins.
    pub after: Vec<BatchName>,
    /// When to list again.
    pub repeat: Option<Repeat>,
    /// How and when documents may move.
    pub transfer: Transfer,
}

impl From<BatchSpec> for Orders {
    fn from(spec: BatchSpec) -> Self {
        Self { priority: spec.priority, after: spec.after, repeat: spec.repeat, transfer: spec.transfer }
    }
}

/// What the decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Of the newest accepted spec: what decides here acts at once, or before a run begins.
    pub orders: &'a Orders,
    /// How far its runs have come.
    pub progress: Progress,
    /// A resync that was asked for and not begun.
    pub asked: Option<ResyncScope>,
    /// Why it is to pause, if it is.
    pub suspended: Option<Code>,
    /// Deleted by a command.
    pub is_retired: bool,
}

/// How far the runs of a batch have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// None has begun.
    New,
    /// The last one has not ended: it is under way, or was interrupted.
    Unfinished,
    /// The last one ended at this time.
    Ended(Timestamp),
}

/// What a batch may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// There is nothing to do.
    Idle,
    /// Go on with the unfinished run.
    Continue,
    /// Begin a run.
    Begin(RunCause),
    /// There is something to do, but not now.
    Wait(Waiting),
    /// It is to pause.
    Suspended(Code),
}

/// What a batch waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// The next window, which opens then; `None`: none ever does.
    Window(Option<Timestamp>),
    /// These batches of `spec.after`, which are not complete or do not exist.
    Batches(Vec<BatchName>),
}

impl Waiting {
    /// The code of a condition that says so.
    pub fn code(&self) -> Code {
        match self {
            Self::Window(_) => Code::OutsideWindow,
            Self::Batches(_) => Code::WaitingForBatch,
        }
    }
}

/// What a batch may do now, and when to ask again though nothing else has changed; `None`: never.
///
/// - `after` holds back the first run alone. A batch that does not exist is not complete.
/// - Windows hold back everything that moves documents; when one closes, an unfinished run pauses.
/// - `repeat` begins a run so long after the last one ended, however that ended, if the local day is not after `until`
///   then. Such a run goes on beyond `until`.
/// - An unfinished run comes before a resync, and that before a repetition.
pub fn decide(
    standing: &Standing<'_>,
    is_complete: impl Fn(&BatchName) -> bool,
    zone: &TimeZone,
    now: Timestamp,
) -> (Decision, Option<Timestamp>) {
    if standing.is_retired {
        return (Decision::Idle, None);
    }
    if let Some(code) = standing.suspended {
        return (Decision::Suspended(code), None);
    }
    let wanted = match (standing.progress, standing.asked) {
        (Progress::New, _) => Decision::Begin(RunCause::First),
        (Progress::Unfinished, _) => Decision::Continue,
        (Progress::Ended(_), Some(scope)) => Decision::Begin(RunCause::Resync(scope)),
        (Progress::Ended(last), None) => return repetition(standing.orders, last, zone, now),
    };
    let missing = if standing.progress == Progress::New { missing(standing.orders, is_complete) } else { Vec::new() };
    if missing.is_empty() {
        within_windows(wanted, standing.orders, zone, now)
    } else {
        (Decision::Wait(Waiting::Batches(missing)), None)
    }
}

fn missing(orders: &Orders, is_complete: impl Fn(&BatchName) -> bool) -> Vec<BatchName> {
    orders.after.iter().filter(|name| !is_complete(name)).cloned().collect()
}

fn within_windows(wanted: Decision, orders: &Orders, zone: &TimeZone, now: Timestamp) -> (Decision, Option<Timestamp>) {
    let windows = &orders.transfer.windows;
    let change = next_change(windows, zone, now);
    if is_open(windows, zone, now) { (wanted, change) } else { (Decision::Wait(Waiting::Window(change)), change) }
}

fn repetition(orders: &Orders, last: Timestamp, zone: &TimeZone, now: Timestamp) -> (Decision, Option<Timestamp>) {
    let idle = (Decision::Idle, None);
    let Some(repeat) = &orders.repeat else { return idle };
    let Some(due) = due(repeat, last).filter(|due| is_within(repeat, zone, (*due).max(now))) else { return idle };
    if due > now {
        return (Decision::Idle, Some(due));
    }
    match within_windows(Decision::Begin(RunCause::Repeat), orders, zone, now) {
        // A window that opens after the last day opens for nothing.
        (Decision::Wait(_), opens) if !opens.is_some_and(|opens| is_within(repeat, zone, opens)) => idle,
        decided => decided,
    }
}

/// Whether a batch whose last run ended at `last` begins another by itself, sooner or later.
pub fn runs_again(orders: &Orders, last: Timestamp, zone: &TimeZone, now: Timestamp) -> bool {
    match repetition(orders, last, zone, now) {
        (Decision::Idle, again) => again.is_some(),
        _ => true,
    }
}

/// When the next repetition begins; `None`: beyond the end of time.
fn due(repeat: &Repeat, last: Timestamp) -> Option<Timestamp> {
    last.checked_add(SignedDuration::try_from(repeat.every.0).ok()?).ok()
}

fn is_within(repeat: &Repeat, zone: &TimeZone, instant: Timestamp) -> bool {
    zone.to_datetime(instant).date() <= repeat.until
}

/// Sorts batches that may run: a higher priority first, then the one that was accepted first.
pub fn rank(priority: i32, id: BatchId) -> (Reverse<i32>, BatchId) {
    (Reverse(priority), id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::date;

    use super::*;
    use crate::model::spec::BatchFile;
    use crate::model::units::Span;

    const MINIMAL: &str = r#"{
        "apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": "a"}, "spec": {
            "collected": {"from": "2025-01-01", "to": "2025-01-31", "timeZone": "Asia/Shanghai"},
            "source": {"store": "s", "catalog": {"keys": "{imageNumber}/{collected:%Y%m%d}"}}, "target": {"store": "t"}
        }
    }"#;

    fn orders() -> Orders {
        serde_json::from_str::<BatchFile>(MINIMAL).unwrap().spec.into()
    }

    fn named(names: &[&str]) -> Vec<BatchName> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn after(names: &[&str]) -> Orders {
        Orders { after: named(names), ..orders() }
    }

    fn windowed(mut orders: Orders, window: &str) -> Orders {
        orders.transfer.windows.push(window.parse().unwrap());
        orders
    }

    fn hourly() -> Orders {
        Orders { repeat: Some(Repeat { every: Span(Duration::from_secs(3600)), until: date(2025, 6, 30) }), ..orders() }
    }

    fn standing(orders: &Orders, progress: Progress) -> Standing<'_> {
        Standing { orders, progress, asked: None, suspended: None, is_retired: false }
    }

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    /// A local time in Shanghai.
    fn at(text: &str) -> Timestamp {
        shanghai().to_timestamp(text.parse().unwrap()).unwrap()
    }

    fn decided(standing: &Standing<'_>, complete: &[&str], now: &str) -> (Decision, Option<Timestamp>) {
        decide(standing, |name| complete.contains(&name.as_str()), &shanghai(), at(now))
    }

    const NOON: &str = "2025-05-01T12:00";

    #[test]
    fn a_new_batch_begins_and_an_unfinished_run_goes_on() {
        let spec = orders();
        assert_eq!(decided(&standing(&spec, Progress::New), &[], NOON), (Decision::Begin(RunCause::First), None));
        assert_eq!(decided(&standing(&spec, Progress::Unfinished), &[], NOON), (Decision::Continue, None));
        assert_eq!(decided(&standing(&spec, Progress::Ended(at(NOON))), &[], NOON), (Decision::Idle, None));
    }

    #[test]
    fn a_retired_batch_rests_and_a_suspended_one_says_why() {
        let spec = hourly();
        for progress in [Progress::New, Progress::Unfinished, Progress::Ended(at("2025-05-01T01:00"))] {
            let suspended = Standing {
                suspended: Some(Code::SuspendedBySpec),
                asked: Some(ResyncScope::All),
                ..standing(&spec, progress)
            };
            assert_eq!(decided(&suspended, &[], NOON), (Decision::Suspended(Code::SuspendedBySpec), None));
            let retired = Standing { is_retired: true, ..suspended };
            assert_eq!(decided(&retired, &[], NOON), (Decision::Idle, None));
        }
    }

    #[test]
    fn the_first_run_waits_for_every_batch_that_it_comes_after() {
        let spec = after(&["x", "y", "z"]);
        let new = standing(&spec, Progress::New);
        let waiting = |names: &[&str]| (Decision::Wait(Waiting::Batches(named(names))), None);
        assert_eq!(decided(&new, &[], NOON), waiting(&["x", "y", "z"]));
        assert_eq!(decided(&new, &["y"], NOON), waiting(&["x", "z"]));
        assert_eq!(decided(&new, &["x", "y", "z"], NOON).0, Decision::Begin(RunCause::First));
        // A resync asked for before the first run is the first run.
        let asked = Standing { asked: Some(ResyncScope::Failed), ..new };
        assert_eq!(decided(&asked, &[], NOON), waiting(&["x", "y", "z"]));
        assert_eq!(decided(&asked, &["x", "y", "z"], NOON).0, Decision::Begin(RunCause::First));
    }

    #[test]
    fn a_batch_that_has_begun_is_held_back_by_no_other() {
        let spec = Orders { repeat: hourly().repeat, ..after(&["x"]) };
        let ended = standing(&spec, Progress::Ended(at("2025-05-01T10:00")));
        assert_eq!(decided(&standing(&spec, Progress::Unfinished), &[], NOON).0, Decision::Continue);
        assert_eq!(decided(&ended, &[], NOON).0, Decision::Begin(RunCause::Repeat));
        let asked = Standing { asked: Some(ResyncScope::Failed), ..ended };
        assert_eq!(decided(&asked, &[], NOON).0, Decision::Begin(RunCause::Resync(ResyncScope::Failed)));
    }

    #[test]
    fn nothing_moves_outside_the_windows() {
        let spec = windowed(hourly(), "20:00-06:00");
        let (opens, closes) = (at("2025-05-01T20:00"), at("2025-05-02T06:00"));
        let ended = standing(&spec, Progress::Ended(at("2025-05-01T10:00")));
        let asked = Standing { asked: Some(ResyncScope::All), ..ended };
        for (standing, begins) in [
            (standing(&spec, Progress::New), Decision::Begin(RunCause::First)),
            (standing(&spec, Progress::Unfinished), Decision::Continue),
            (ended, Decision::Begin(RunCause::Repeat)),
            (asked, Decision::Begin(RunCause::Resync(ResyncScope::All))),
        ] {
            assert_eq!(decided(&standing, &[], NOON), (Decision::Wait(Waiting::Window(Some(opens))), Some(opens)));
            assert_eq!(decided(&standing, &[], "2025-05-01T20:00"), (begins, Some(closes)));
        }
    }

    #[test]
    fn other_batches_are_waited_for_before_a_window() {
        let spec = windowed(after(&["x"]), "20:00-06:00");
        let new = standing(&spec, Progress::New);
        assert_eq!(decided(&new, &[], NOON), (Decision::Wait(Waiting::Batches(named(&["x"]))), None));
        let opens = at("2025-05-01T20:00");
        assert_eq!(decided(&new, &["x"], NOON), (Decision::Wait(Waiting::Window(Some(opens))), Some(opens)));
    }

    #[test]
    fn what_is_waited_for_has_a_code() {
        assert_eq!(Waiting::Window(None).code(), Code::OutsideWindow);
        assert_eq!(Waiting::Batches(Vec::new()).code(), Code::WaitingForBatch);
    }

    #[test]
    fn a_repetition_begins_so_long_after_the_last_end() {
        let spec = hourly();
        let ended = standing(&spec, Progress::Ended(at("2025-05-01T11:00:01")));
        assert_eq!(decided(&ended, &[], NOON), (Decision::Idle, Some(at("2025-05-01T12:00:01"))));
        assert_eq!(decided(&ended, &[], "2025-05-01T12:00:01"), (Decision::Begin(RunCause::Repeat), None));
    }

    #[test]
    fn the_last_day_of_repetition_is_whole_and_local() {
        let spec = hourly();
        let ended = standing(&spec, Progress::Ended(at("2025-06-30T22:59:59")));
        assert_eq!(decided(&ended, &[], "2025-06-30T23:59:59").0, Decision::Begin(RunCause::Repeat));
        assert_eq!(decided(&ended, &[], "2025-07-01T00:00"), (Decision::Idle, None));
        // Due only after the last day.
        let late = standing(&spec, Progress::Ended(at("2025-06-30T23:30")));
        assert_eq!(decided(&late, &[], "2025-06-30T23:31"), (Decision::Idle, None));
        // What was begun goes on.
        assert_eq!(decided(&standing(&spec, Progress::Unfinished), &[], "2025-07-02T00:00").0, Decision::Continue);
    }

    #[test]
    fn a_window_that_opens_after_the_last_day_is_not_waited_for() {
        let spec = windowed(hourly(), "08:00-09:00");
        let ended = standing(&spec, Progress::Ended(at("2025-06-29T08:30")));
        let opens = at("2025-06-30T08:00");
        assert_eq!(
            decided(&ended, &[], "2025-06-29T12:00"),
            (Decision::Wait(Waiting::Window(Some(opens))), Some(opens))
        );
        assert_eq!(decided(&ended, &[], "2025-06-30T12:00"), (Decision::Idle, None));
    }

    #[test]
    fn a_repetition_beyond_the_end_of_time_never_comes() {
        let mut spec = hourly();
        for every in [Duration::MAX, Duration::from_secs(1 << 62)] {
            spec.repeat = Some(Repeat { every: Span(every), until: date(9999, 12, 31) });
            let ended = standing(&spec, Progress::Ended(at(NOON)));
            assert_eq!(decided(&ended, &[], NOON), (Decision::Idle, None));
        }
    }

    #[test]
    fn a_higher_priority_goes_first_and_then_the_older_batch() {
        let mut batches = [(0, 1), (10, 3), (-5, 2), (10, 2), (0, 4)];
        batches.sort_by_key(|(priority, id)| rank(*priority, *id));
        assert_eq!(batches, [(10, 2), (10, 3), (0, 1), (0, 4), (-5, 2)]);
    }

    #[test]
    fn a_repeated_batch_runs_again_until_its_last_day() {
        let zone = TimeZone::UTC;
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let again = |orders: &Orders, now: &str| runs_again(orders, at("2025-06-01T00:00:00Z"), &zone, at(now));
        assert!(again(&hourly(), "2025-06-01T00:00:01Z"), "it is to come");
        assert!(again(&hourly(), "2025-06-30T23:59:59Z"), "it is due");
        assert!(!again(&hourly(), "2025-07-01T00:00:00Z"), "its last day is over");
        assert!(!again(&orders(), "2025-06-01T00:00:01Z"), "nothing repeats it");
    }
}
