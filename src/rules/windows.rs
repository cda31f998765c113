//! Whether a batch may move documents now, and when that changes.
//!
//! The clock on the wall in the batch's zone decides, as it does for people: an instant is inside a window if the local
//! day and time are. So, where clocks are changed, a window that would open at a time that is skipped opens when clocks
//! go on, one that lies in the skipped hour as a whole does not open, and an hour that is repeated is inside at both
//! passes or at neither.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::model::window::Window;

/// Within so many days every window opens and closes: a week, and another two in case that clocks skip its only hour.
const HORIZON_DAYS: i32 = 22;

/// Whether one of the windows is open; without any, documents may always move.
pub fn is_open(windows: &[Window], zone: &TimeZone, now: Timestamp) -> bool {
    let local = zone.to_datetime(now);
    windows.is_empty() || windows.iter().any(|window| is_inside(window, local))
}

/// The first instant after `now` at which [`is_open`] changes; `None`: it never does.
pub fn next_change(windows: &[Window], zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let open = is_open(windows, zone, now);
    let today = zone.to_datetime(now).date();
    let mut instants = edges(windows, zone, today);
    instants.extend(changes_of_clocks(zone, now));
    instants.retain(|instant| *instant > now);
    instants.sort_unstable();
    instants.into_iter().find(|instant| is_open(windows, zone, *instant) != open)
}

fn is_inside(window: &Window, local: DateTime) -> bool {
    let (day, time) = (local.date().weekday(), local.time());
    let (opens_today, opened_yesterday) = (window.days.contains(&day), window.days.contains(&day.previous()));
    if window.to == Time::midnight() {
        opens_today && time >= window.from
    } else if window.from < window.to {
        opens_today && time >= window.from && time < window.to
    } else {
        (opens_today && time >= window.from) || (opened_yesterday && time < window.to)
    }
}

/// Every instant of the coming days at which the clock shows a time at which a window opens or closes.
fn edges(windows: &[Window], zone: &TimeZone, today: Date) -> Vec<Timestamp> {
    let mut times: Vec<Time> = windows.iter().flat_map(|window| [window.from, window.to]).collect();
    times.sort_unstable();
    times.dedup();
    // From yesterday on, because clocks that are put back at midnight show it again.
    let days = (-1..=HORIZON_DAYS).filter_map(|day| today.checked_add(day.days()).ok());
    let shown = days.flat_map(|day| times.iter().map(move |time| day.to_datetime(*time)));
    shown.flat_map(|local| instants(zone, local)).collect()
}

/// The instants at which the clock shows a day and time: one, two where an hour is repeated, none where it is skipped.
fn instants(zone: &TimeZone, local: DateTime) -> impl Iterator<Item = Timestamp> + use<> {
    let offsets = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
        AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
        AmbiguousOffset::Gap { .. } => [None, None],
    };
    offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(local).ok())
}

fn changes_of_clocks(zone: &TimeZone, now: Timestamp) -> Vec<Timestamp> {
    let Ok(end) = now.checked_add((24 * i64::from(HORIZON_DAYS)).hours()) else { return Vec::new() };
    // A zone file that says nothing of the time after its last change gives that change again and again.
    let mut last = now;
    let goes_on = |change: &Timestamp| *change > std::mem::replace(&mut last, *change) && *change <= end;
    zone.following(now).map(|change| change.timestamp()).take_while(goes_on).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use jiff::civil::Weekday;
    use proptest::prelude::*;

    use super::*;

    /// Zones whose clocks are changed by an hour, by half an hour, never; one that showed the evening before again, and
    /// one that once skipped a day.
    const ZONES: [&str; 7] = [
        "Europe/Berlin",
        "America/New_York",
        "Asia/Shanghai",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Pacific/Apia",
        "UTC",
    ];

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn windows(texts: &[&str]) -> Vec<Window> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The changes from a local day and time on, in local time with the offset.
    #[track_caller]
    fn changes(texts: &[&str], zone_name: &str, from: &str, expected: &[&str]) {
        let (windows, zone) = (windows(texts), zone(zone_name));
        let mut now = zone.to_timestamp(from.parse().unwrap()).unwrap();
        let mut found = Vec::new();
        for _ in expected {
            now = next_change(&windows, &zone, now).unwrap();
            let state = if is_open(&windows, &zone, now) { "opens" } else { "closes" };
            let local = zone.to_datetime(now).strftime("%a %F %R");
            found.push(format!("{state} {local}{}", zone.to_offset(now)));
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn without_windows_it_is_always_open() {
        let now = at("2025-03-30T00:59:59Z");
        assert!(is_open(&[], &zone("Europe/Berlin"), now));
        assert_eq!(next_change(&[], &zone("Europe/Berlin"), now), None);
    }

    #[test]
    fn windows_that_fill_the_week_never_close() {
        for full in [
            &["Mon-Sun"][..],
            &["Mon-Thu", "Fri-Sun 00:00-12:00", "Fri-Sun 12:00-24:00"],
            &["20:00-08:00", "8:00-20:00"],
        ] {
            let windows = windows(full);
            assert!(is_open(&windows, &zone("Europe/Berlin"), at("2025-03-30T01:00:00Z")), "{full:?}");
            assert_eq!(next_change(&windows, &zone("Europe/Berlin"), at("2025-03-28T12:00:00Z")), None, "{full:?}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        changes(
            &["Mon-Fri 20:00-06:00"],
            "Asia/Shanghai",
            "2025-05-01T12:00",
            &[
                "opens Thu 2025-05-01 20:00+08",
                "closes Fri 2025-05-02 06:00+08",
                "opens Fri 2025-05-02 20:00+08",
                "closes Sat 2025-05-03 06:00+08",
                "opens Mon 2025-05-05 20:00+08",
            ],
        );
    }

    #[test]
    fn windows_that_touch_or_overlap_are_one() {
        changes(
            &["Fri 20:00-24:00", "Sat-Sun", "Sun 22:00-01:00", "Mon 01:00-02:00"],
            "Asia/Shanghai",
            "2025-05-02T12:00",
            &["opens Fri 2025-05-02 20:00+08", "closes Mon 2025-05-05 02:00+08"],
        );
    }

    #[test]
    fn where_clocks_skip_the_opening_it_opens_when_they_go_on() {
        changes(
            &["02:30-05:00"],
            "Europe/Berlin",
            "2025-03-29T12:00",
            &["opens Sun 2025-03-30 03:00+02", "closes Sun 2025-03-30 05:00+02", "opens Mon 2025-03-31 02:30+02"],
        );
    }

    #[test]
    fn where_clocks_skip_the_closing_it_closes_when_they_go_on() {
        changes(&["Sat 22:00-02:30"], "Europe/Berlin", "2025-03-29T23:00", &["closes Sun 2025-03-30 03:00+02"]);
    }

    #[test]
    fn a_window_within_a_skipped_hour_waits_for_another_week() {
        changes(&["Sun 02:10-02:50"], "Europe/Berlin", "2025-03-23T03:00", &["opens Sun 2025-04-06 02:10+02"]);
    }

    #[test]
    fn a_repeated_hour_is_inside_at_both_passes() {
        changes(
            &["Sun 01:00-02:30"],
            "Europe/Berlin",
            "2025-10-26T00:00",
            &[
                "opens Sun 2025-10-26 01:00+02",
                "closes Sun 2025-10-26 02:30+02",
                "opens Sun 2025-10-26 02:00+01",
                "closes Sun 2025-10-26 02:30+01",
            ],
        );
    }

    #[test]
    fn clocks_that_are_put_back_over_midnight_show_the_evening_again() {
        // At 00:01 it was 23:01 again.
        changes(
            &["Sat 23:30-24:00"],
            "America/St_Johns",
            "2010-11-06T23:59",
            &[
                "closes Sun 2010-11-07 00:00-02:30",
                "opens Sat 2010-11-06 23:30-03:30",
                "closes Sun 2010-11-07 00:00-03:30",
            ],
        );
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        for now in [Timestamp::MIN, Timestamp::MAX] {
            for name in ZONES {
                let _ = next_change(&windows(&["Mon 08:00-09:00", "Fri-Sun"]), &zone(name), now);
            }
        }
    }

    #[test]
    fn a_zone_file_that_ends_with_its_last_change_is_no_endless_loop() {
        let block = |changes: &[i64]| {
            let mut block = [&b"TZif2"[..], &[0; 15]].concat();
            let count = u32::try_from(changes.len()).unwrap();
            block.extend([0, 0, 0, count, 1, 2].into_iter().flat_map(u32::to_be_bytes));
            block.extend(changes.iter().flat_map(|change| change.to_be_bytes()));
            block.extend(vec![0; changes.len()]);
            [&block[..], &3600_i32.to_be_bytes(), &[0, 0], b"X\0"].concat()
        };
        let zone = TimeZone::tzif("X", &[&block(&[])[..], &block(&[1000, 2000]), b"\n\n"].concat()).unwrap();
        let hours = windows(&["08:00-09:00"]);
        for day in ["1970-01-01T00:00:00Z", "2025-01-01T00:00:00Z"].map(at) {
            assert_eq!(next_change(&hours, &zone, day), Some(day + 7.hours()));
        }
    }

    fn any_windows() -> impl Strategy<Value = Vec<Window>> {
        // Few times, so that windows touch, and those around which clocks are changed.
        let times = prop_oneof![(0..4_i8, prop_oneof![Just(0_i8), Just(30), Just(15)]), (0..24_i8, Just(0_i8))]
            .prop_map(|(hour, minute)| jiff::civil::time(hour, minute, 0, 0));
        let days: Vec<Weekday> = Weekday::Monday.cycle_forward().take(7).collect();
        let days = proptest::sample::subsequence(days, 1..=7);
        let window = (days, times.clone(), times).prop_map(|(days, from, to)| Window { days, from, to });
        proptest::collection::vec(window, 1..4)
    }

    /// Around the days on which clocks are changed, and any other time.
    fn any_start() -> impl Strategy<Value = Timestamp> {
        let around = ["2025-03-25T00:00:00Z", "2025-10-20T00:00:00Z", "2010-11-05T00:00:00Z", "2011-12-24T00:00:00Z"];
        let around = proptest::sample::select(around.map(at).to_vec());
        let any = (0..50_i64 * 365).prop_map(|day| Timestamp::UNIX_EPOCH + (24 * day).hours());
        (prop_oneof![around, any], 0..20_000_i64).prop_map(|(start, minutes)| start + minutes.minutes())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        /// Minute by minute for up to three weeks.
        #[test]
        fn it_stays_as_it_is_until_the_next_change(
            windows in any_windows(), name in proptest::sample::select(&ZONES[..]), now in any_start()
        ) {
            let zone = zone(name);
            let open = is_open(&windows, &zone, now);
            let next = next_change(&windows, &zone, now);
            let minute = SignedDuration::from_mins(1);
            let walked = (1..=i64::from(HORIZON_DAYS) * 24 * 60).map(|minutes| now + SignedDuration::from_mins(minutes));
            let first = walked.take_while(|instant| next.is_none_or(|next| *instant < next + minute));
            let first = first.into_iter().find(|instant| is_open(&windows, &zone, *instant) != open);
            prop_assert_eq!(first, next);
            if let Some(next) = next {
                prop_assert!(is_open(&windows, &zone, next - SignedDuration::from_nanos(1)) == open);
            }
        }
    }
}
