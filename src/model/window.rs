//! When documents may move: days of the week and times of day, as specs write them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Time, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The days of a week, in the order and by the names that specs use.
const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Mon"),
    (Weekday::Tuesday, "Tue"),
    (Weekday::Wednesday, "Wed"),
    (Weekday::Thursday, "Thu"),
    (Weekday::Friday, "Fri"),
    (Weekday::Saturday, "Sat"),
    (Weekday::Sunday, "Sun"),
];

/// One window: on each of its days it opens at `from` and closes at `to`, the next day if that is not later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The days on which it opens, Monday first; at least one.
    pub days: Vec<Weekday>,
    /// When it opens.
    pub from: Time,
    /// When it closes; midnight is the end of the day.
    pub to: Time,
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            |why| format!("expected days, times or both, such as Mon-Fri 20:00-06:00, Sat-Sun or 22:00-05:00; {why}");
        if text.trim().is_empty() {
            return Err(wrong("found nothing".to_owned()));
        }
        // No day has a digit in its name.
        let (days, times) = text.split_at(text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len()));
        let named =
            if days.trim().is_empty() { WEEK.map(|(day, _)| day).to_vec() } else { list(days).map_err(wrong)? };
        if !days.is_empty() && !times.is_empty() && !days.ends_with(char::is_whitespace) {
            return Err(wrong(format!("found {text:?}, with no space between days and times")));
        }
        let whole_day = (Time::midnight(), Time::midnight());
        let (from, to) = if times.is_empty() { whole_day } else { span(times).map_err(wrong)? };
        Ok(Self { days: named, from, to })
    }
}

/// Days and ranges of days between commas, each day once.
fn list(text: &str) -> Result<Vec<Weekday>, String> {
    let mut named = [false; WEEK.len()];
    for item in text.split(',') {
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        let (mut index, last) = (day(first)?, day(last)?);
        while index != last {
            named[index] = true;
            index = (index + 1) % WEEK.len();
        }
        named[last] = true;
    }
    Ok(WEEK.iter().zip(named).filter(|(_, named)| *named).map(|((day, _), _)| *day).collect())
}

/// The place of a day in the week.
fn day(text: &str) -> Result<usize, String> {
    let text = text.trim();
    WEEK.iter()
        .position(|(_, name)| name.eq_ignore_ascii_case(text))
        .ok_or_else(|| format!("found {text:?} in place of Mon, Tue, Wed, Thu, Fri, Sat or Sun"))
}

fn span(text: &str) -> Result<(Time, Time), String> {
    let Some((from, to)) = text.split_once('-') else {
        return Err(format!("found {:?} in place of two times with '-' between them", text.trim()));
    };
    let (from, to) = (from.trim(), to.trim());
    let opens = time(from)?;
    let closes = if to == "24:00" { Time::midnight() } else { time(to)? };
    if opens == closes && to != "24:00" {
        return Err(format!("found {to} for both times; leave them out to mean the whole day"));
    }
    Ok((opens, closes))
}

fn time(text: &str) -> Result<Time, String> {
    let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i8>().ok())?;
    let parts = text.split_once(':').filter(|(hour, minute)| (1..=2).contains(&hour.len()) && minute.len() == 2);
    parts
        .and_then(|(hour, minute)| Time::new(number(hour)?, number(minute)?, 0, 0).ok())
        .ok_or_else(|| format!("found {text:?} in place of a time from 00:00 to 23:59 (24:00 only as the end)"))
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_whole_day = self.from == Time::midnight() && self.to == Time::midnight();
        let is_every_day = self.days.len() == WEEK.len();
        let mut text = String::new();
        if !is_every_day || is_whole_day {
            text.push_str(&ranges(&self.days));
        }
        if !is_whole_day {
            let gap = if is_every_day { "" } else { " " };
            let to = if self.to == Time::midnight() { "24:00".to_owned() } else { clock(self.to) };
            text.push_str(&format!("{gap}{}-{to}", clock(self.from)));
        }
        f.pad(&text)
    }
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// Days as specs write them, those that follow each other as ranges.
fn ranges(days: &[Weekday]) -> String {
    let named = WEEK.map(|(day, name)| days.contains(&day).then_some(name));
    let runs = named.split(Option::is_none).filter(|run| !run.is_empty());
    let text = |run: &[Option<&str>]| match run {
        [Some(first), .., Some(last)] => format!("{first}-{last}"),
        run => run.iter().flatten().copied().collect(),
    };
    runs.map(text).collect::<Vec<String>>().join(",")
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What [`Window::from_str`] takes (but for equal times, which no pattern can tell), for editors.
fn pattern() -> String {
    let letter = |c: char| format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase());
    let day = WEEK.map(|(_, name)| name.chars().map(letter).collect::<String>()).join("|");
    let item = format!(r"\s*({day})\s*(-\s*({day})\s*)?");
    let days = format!("{item}(,{item})*");
    let time = "([01]?[0-9]|2[0-3]):[0-5][0-9]";
    let times = format!(r"{time}\s*-\s*({time}|24:00)");
    format!(r"^({days}(\s{times}\s*)?|\s*{times}\s*)$")
}

impl JsonSchema for Window {
    fn schema_name() -> Cow<'static, str> {
        "Window".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Days of the week, times of day or both, such as `Mon-Fri 20:00-06:00`, `Sat-Sun` or `22:00-05:00`; \
                            with a time to close that is earlier than the time to open, it closes the next day",
            "type": "string",
            "pattern": pattern()
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    fn read(text: &str) -> Window {
        text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
    }

    #[track_caller]
    fn reads_as(text: &str, days: &[Weekday], from: &str, to: &str) {
        let expected = Window { days: days.to_vec(), from: from.parse().unwrap(), to: to.parse().unwrap() };
        assert_eq!(read(text), expected, "{text:?}");
    }

    #[test]
    fn days_times_or_both_are_read() {
        use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
        let week = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
        reads_as("Mon-Fri 20:00-06:00", &week[..5], "20:00", "06:00");
        reads_as("Sat-Sun", &[Saturday, Sunday], "00:00", "00:00");
        reads_as("22:00-05:00", &week, "22:00", "05:00");
        reads_as("Mon,Wed,Fri 08:00-12:00", &[Monday, Wednesday, Friday], "08:00", "12:00");
        reads_as("Fri-Mon", &[Monday, Friday, Saturday, Sunday], "00:00", "00:00");
        reads_as("sUN 8:00-24:00", &[Sunday], "08:00", "00:00");
        reads_as("00:00-24:00", &week, "00:00", "00:00");
        reads_as(" wed , mon - tue,TUE  20:00 - 00:00 ", &[Monday, Tuesday, Wednesday], "20:00", "00:00");
    }

    #[test]
    fn what_is_wrong_is_told_with_an_example() {
        for (text, why) in [
            ("", "found nothing"),
            ("  ", "found nothing"),
            ("Monday", "found \"Monday\" in place of Mon, Tue"),
            ("Mon,,Tue", "found \"\" in place of Mon"),
            ("Mon-", "found \"\" in place of Mon"),
            ("Mon–Fri", "found \"Mon–Fri\""),
            ("周一 08:00-12:00", "found \"周一\""),
            ("Mon20:00-21:00", "with no space between"),
            ("Mon 20:00", "found \"20:00\" in place of two times"),
            ("20-21", "found \"20\" in place of a time"),
            ("20:0-21:00", "found \"20:0\""),
            ("+8:00-21:00", "found \"+\" in place of Mon"),
            ("08:+1-21:00", "found \"08:+1\""),
            ("24:00-06:00", "found \"24:00\""),
            ("20:00-24:30", "found \"24:30\""),
            ("20:60-21:00", "found \"20:60\""),
            ("08:00-09:00-10:00", "found \"09:00-10:00\""),
            ("08:00-12:00 Mon", "found \"12:00 Mon\""),
            ("08:00-08:00", "found 08:00 for both times; leave them out"),
            ("Mon 00:00-00:00", "found 00:00 for both times"),
        ] {
            let said = text.parse::<Window>().unwrap_err();
            assert!(said.contains(why) && said.contains("Mon-Fri 20:00-06:00"), "{text:?}: {said}");
        }
    }

    #[test]
    fn the_shortest_text_is_written() {
        for (text, written) in [
            ("mon-fri 20:00-6:00", "Mon-Fri 20:00-06:00"),
            ("Fri-Mon", "Mon,Fri-Sun"),
            ("Mon-Sun 22:00-00:00", "22:00-24:00"),
            ("00:00-24:00", "Mon-Sun"),
            ("Tue 00:00-24:00", "Tue"),
            ("Mon,Wed,Fri", "Mon,Wed,Fri"),
        ] {
            assert_eq!(read(text).to_string(), written);
            assert_eq!(serde_json::to_value(read(text)).unwrap(), written);
            assert_eq!(serde_json::from_value::<Window>(text.into()).unwrap(), read(text));
        }
    }

    fn windows() -> impl Strategy<Value = Window> {
        let times = (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| time(hour, minute, 0, 0));
        let days = proptest::sample::subsequence(WEEK.map(|(day, _)| day).to_vec(), 1..=7);
        (days, times.clone(), times)
            .prop_map(|(days, from, to)| Window { days, from, to })
            .prop_filter("equal times mean nothing", |window| window.from != window.to || window.to == Time::midnight())
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(window in windows()) {
            prop_assert_eq!(window.to_string().parse(), Ok(window));
        }

        #[test]
        fn editors_take_what_is_read(
            text in "( |[Mm]on|Tue|sun|-|,| |[0-2]?[0-9]:[0-6]0|24:00|x){1,8}"
        ) {
            let taken = Regex::new(&pattern()).unwrap().is_match(&text);
            let read = text.parse::<Window>();
            let is_equal = read.as_ref().is_err_and(|error| error.contains("for both times"));
            prop_assert_eq!(taken, read.is_ok() || is_equal, "{:?}: {:?}", text, read);
        }

        #[test]
        fn editors_take_what_is_written(window in windows()) {
            prop_assert!(Regex::new(&pattern()).unwrap().is_match(&window.to_string()));
        }
    }
}
