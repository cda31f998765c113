//! Push-down against a set of keys that stands for a store.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::catalogs::{KeyFields, KeyReading, KeyTemplate, Zones};

use super::{Frontier, Selection, expand, start};

const USUAL: &str = "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}";

/// What was asked of the store.
#[derive(Debug, Default)]
struct Asked {
    lists: Vec<String>,
    discoveries: Vec<String>,
}

fn zones(catalog: &str) -> Zones {
    Zones { catalog: TimeZone::get(catalog).unwrap(), range: TimeZone::get("Asia/Shanghai").unwrap() }
}

fn walk(template: &str, prefix: &str, keys: &[String], selection: &Selection<'_>, zones: &Zones) -> Asked {
    let template = KeyTemplate::parse(template).unwrap();
    let mut asked = Asked::default();
    let mut open = start(&template, prefix, selection, zones);
    while let Some(frontier) = open.pop() {
        match frontier {
            Frontier::List(shard) => asked.lists.push(shard.prefix),
            Frontier::Discover(discovery) => {
                let directories: Vec<_> = directories(keys, &discovery.prefix).into_iter().collect();
                open.extend(expand(&template, &discovery, &directories, selection, zones));
                asked.discoveries.push(discovery.prefix);
            }
        }
    }
    asked.lists.sort();
    asked.discoveries.sort();
    asked
}

/// What a listing with a delimiter returns.
fn directories(keys: &[String], prefix: &str) -> BTreeSet<String> {
    let end = |key: &String| key.strip_prefix(prefix)?.find('/').map(|at| key[..=prefix.len() + at].to_owned());
    keys.iter().filter_map(end).collect()
}

const ALL: &(dyn Fn(&str, &str) -> bool + Sync) = &|_, _| true;

fn between(from: Date, to: Date) -> Selection<'static> {
    Selection {
        from,
        to,
        organizations: None,
        organization_head: String::new(),
        document_types: None,
        document_type_head: String::new(),
        image_numbers: None,
        accepts: ALL,
    }
}

fn texts(texts: &[&str]) -> Option<Vec<String>> {
    Some(texts.iter().map(|text| (*text).to_owned()).collect())
}

/// The lists and discoveries without a store.
fn first(template: &str, selection: &Selection<'_>) -> Asked {
    walk(template, "scans/", &[], selection, &zones("Asia/Shanghai"))
}

/// A year of documents of three organizations and two types.
fn year_of_keys() -> Vec<String> {
    let days = date(2025, 1, 1).series(1.day()).take(365);
    let mut keys = Vec::new();
    for day in days {
        for (organization, kind) in [("ACME-1", "e"), ("ACME-1", "f"), ("ACME-2", "e"), ("OTHER", "e")] {
            keys.push(format!("scans/{organization}/{kind}/{}/I/cover-1.pdf", day.strftime("%Y/%m/%d")));
        }
    }
    keys
}

#[test]
fn one_day_of_a_year_costs_one_shard_for_each_organization_and_type() {
    let day = date(2025, 3, 5);
    let literal = Selection {
        organizations: texts(&["ACME-1", "OTHER"]),
        document_types: texts(&["e", "f"]),
        ..between(day, day)
    };
    let asked = walk(USUAL, "scans/", &year_of_keys(), &literal, &zones("Asia/Shanghai"));
    let expected = ["ACME-1/e", "ACME-1/f", "OTHER/e", "OTHER/f"].map(|pair| format!("scans/{pair}/2025/03/05/"));
    assert_eq!(asked.lists, expected);
    assert!(asked.discoveries.is_empty());
}

#[test]
fn unknown_organizations_and_types_cost_one_listing_of_each_level() {
    let accepts = |field: &str, value: &str| field != "organization" || value.starts_with("ACME-");
    let day = date(2025, 3, 5);
    let globs = Selection { organization_head: "ACME-".to_owned(), accepts: &accepts, ..between(day, day) };
    let asked = walk(USUAL, "scans/", &year_of_keys(), &globs, &zones("Asia/Shanghai"));
    assert_eq!(asked.discoveries, ["scans/ACME-", "scans/ACME-1/", "scans/ACME-2/"]);
    let expected = ["ACME-1/e", "ACME-1/f", "ACME-2/e"].map(|pair| format!("scans/{pair}/2025/03/05/"));
    assert_eq!(asked.lists, expected);
}

#[test]
fn a_period_within_the_range_is_one_prefix() {
    let selection = Selection {
        organizations: texts(&["A"]),
        document_types: texts(&["t"]),
        ..between(date(2023, 12, 30), date(2025, 2, 2))
    };
    let expected = ["2023/12/30/", "2023/12/31/", "2024/", "2025/01/", "2025/02/01/", "2025/02/02/"];
    assert_eq!(first(USUAL, &selection).lists, expected.map(|period| format!("scans/A/t/{period}")));
    let joined = "{collected:%Y%m%d}/{imageNumber}/{fileName}";
    assert_eq!(first(joined, &between(date(2024, 1, 30), date(2024, 2, 1))).lists.len(), 3);
    let by_day_of_year = "{collected:%Y/%j}/{imageNumber}/{fileName}";
    let expected = ["scans/2023/364/", "scans/2023/365/", "scans/2024/", "scans/2025/001/"];
    assert_eq!(first(by_day_of_year, &between(date(2023, 12, 30), date(2025, 1, 1))).lists, expected);
}

#[test]
fn days_before_years_never_collapse() {
    let template = "{collected:%d/%m/%Y}/{imageNumber}/{fileName}";
    let asked = first(template, &between(date(2024, 1, 1), date(2024, 12, 31)));
    assert_eq!(asked.lists.len(), 366);
    let asked = first(template, &between(date(2024, 2, 29), date(2024, 3, 1)));
    assert_eq!(asked.lists, ["scans/01/03/2024/", "scans/29/02/2024/"]);
}

#[test]
fn literal_fields_after_the_date_keep_the_days_apart() {
    let template = "{collected:%Y/%m}/{organization}/{imageNumber}/{collected:%d}-{fileName}";
    let january = between(date(2025, 1, 1), date(2025, 1, 31));
    assert_eq!(first(template, &january).lists, ["scans/2025/01/"]);
    let two = Selection { organizations: texts(&["A", "B"]), ..january };
    assert_eq!(first(template, &two).lists, ["scans/2025/01/A/", "scans/2025/01/B/"]);
}

#[test]
fn the_directory_of_a_document_is_listed_whole() {
    let template = "{organization}/{imageNumber}/{collected:%Y/%m/%d}/{fileName}";
    let selection = Selection {
        organizations: texts(&["A"]),
        image_numbers: texts(&["I1", "I2"]),
        ..between(date(2025, 1, 1), date(2025, 1, 1))
    };
    assert_eq!(first(template, &selection).lists, ["scans/A/I1/", "scans/A/I2/"]);
}

#[test]
fn image_numbers_are_never_discovered() {
    let template = "{imageNumber}/{collected:%Y/%m/%d}/{fileName}";
    let asked = first(template, &between(date(2025, 1, 1), date(2025, 1, 1)));
    assert_eq!((asked.lists, asked.discoveries), (vec!["scans/".to_owned()], vec![]));
}

#[test]
fn too_many_image_numbers_are_not_made_into_shards() {
    let day = date(2025, 1, 1);
    let numbers = |count: usize| Some((0..count).map(|number| format!("I{number:06}")).collect::<Vec<_>>());
    let template = "{collected:%Y/%m/%d}/{imageNumber}/{fileName}";
    let few = Selection { image_numbers: numbers(10_000), ..between(day, day) };
    assert_eq!(first(template, &few).lists.len(), 10_000);
    let many = Selection { image_numbers: numbers(10_001), ..between(day, day) };
    assert_eq!(first(template, &many).lists, ["scans/2025/01/01/"]);
}

#[test]
fn lists_of_any_length_take_bounded_memory() {
    let long = |letter: char| Some((0..20_000).map(|number| format!("{letter}{number}")).collect::<Vec<_>>());
    let selection = Selection {
        organizations: long('O'),
        document_types: long('T'),
        ..between(date(1900, 1, 2), date(2099, 12, 30))
    };
    let asked = first(USUAL, &selection);
    assert_eq!(asked.lists.len(), 20_000);
    assert!(asked.lists.iter().all(|prefix| prefix.starts_with("scans/O")));
}

#[test]
fn times_of_another_zone_widen_the_range() {
    let template = "{collected:%Y/%m/%dT%H%M}/{imageNumber}/{fileName}";
    let day = date(2025, 1, 10);
    let same = walk(template, "", &[], &between(day, day), &zones("Asia/Shanghai"));
    assert_eq!(same.lists, ["2025/01/10T"]);
    let other = walk(template, "", &[], &between(day, day), &zones("UTC"));
    assert_eq!(other.lists, ["2025/01/08T", "2025/01/09T", "2025/01/10T", "2025/01/11T", "2025/01/12T"]);
    let bare = walk("{collected:%F}/{imageNumber}/x", "", &[], &between(day, day), &zones("UTC"));
    assert_eq!(bare.lists, ["2025-01-10/"]);
}

#[test]
fn a_prefix_that_ends_within_a_name_is_kept() {
    let day = date(2025, 1, 1);
    let keys = ["scans-A/2025/01/01/I/f".to_owned(), "scans-B/2025/01/02/I/f".to_owned()];
    let template = "{box}/{collected:%Y/%m/%d}/{imageNumber}/{fileName}";
    let asked = walk(template, "scans-", &keys, &between(day, day), &zones("UTC"));
    assert_eq!(asked.discoveries, ["scans-"]);
    assert_eq!(asked.lists, ["scans-A/2025/01/01/", "scans-B/2025/01/01/"]);
}

// The property: whatever the template, the keys and the selection.

const DATES: [&str; 9] = [
    "{collected:%Y/%m/%d}",
    "{collected:%Y%m%d}",
    "{collected:%Y-%m/%d}",
    "{collected:%d/%m/%Y}",
    "{collected:%Y/%j}",
    "{collected:%m/%Y}-{collected:%d}",
    "{collected:%Y/%m/%d/%H%M}",
    "{collected:%Y/%m/%dT%H%z}",
    "{collected:%s}",
];

fn any_template() -> impl Strategy<Value = String> {
    let own = prop_oneof![Just("{box}"), Just("{organization}"), Just("lit")];
    (
        own,
        prop::sample::select(&DATES[..]),
        prop::collection::vec(prop::sample::select(vec!["/", "/", "-", "_"]), 5),
        any::<bool>(),
    )
        .prop_flat_map(|(own, date, between, nested)| {
            let fields = vec!["{organization}", "{documentType}", "{imageNumber}", own, date];
            Just(fields).prop_shuffle().prop_map(move |fields| {
                let middle: String =
                    fields.iter().zip(&between).map(|(field, text)| format!("{field}{text}")).collect();
                let file = if nested { "{role}-{sequence}.{extension}" } else { "{fileName}" };
                format!("{middle}{file}")
            })
        })
}

/// A key of the template with values that are easily mistaken for each other; some end in a stray file.
fn any_key(template: String) -> impl Strategy<Value = String> {
    let organization = prop::sample::select(vec!["A", "AB", "A-B", "B", "A_t"]);
    let kind = prop::sample::select(vec!["t", "t_u", "u", "t-I"]);
    let image = prop::sample::select(vec!["I", "I-1", "J", "2024"]);
    let own = prop::sample::select(vec!["x", "y-z", "A"]);
    (organization, kind, image, own, 0_i64..45, 0_i64..1440, 0_u8..10).prop_map(
        move |(organization, kind, image, own, day, minute, stray)| {
            let at = date(2023, 12, 15).at(0, 0, 0, 0) + day.days() + minute.minutes();
            let at = at.to_zoned_datetime(TimeZone::fixed(jiff::tz::offset(-9))).unwrap();
            let mut key = template.clone();
            for (field, value) in [
                ("{organization}", organization),
                ("{documentType}", kind),
                ("{imageNumber}", image),
                ("{box}", own),
                ("{role}", "cover"),
                ("{sequence}", "1"),
                ("{extension}", "pdf"),
                ("{fileName}", "f.pdf"),
            ] {
                key = key.replace(field, value);
            }
            while let Some(start) = key.find("{collected:") {
                let end = start + key[start..].find('}').unwrap();
                let text = at.strftime(&key[start + "{collected:".len()..end]).to_string();
                key.replace_range(start..=end, &text);
            }
            match stray {
                0 => format!("{}/stray/x", key.rsplit_once('/').map_or("", |(directory, _)| directory)),
                _ => key,
            }
        },
    )
}

fn any_selection() -> impl Strategy<Value = Selection<'static>> {
    let organizations = prop::sample::select(vec![None, texts(&["A"]), texts(&["A", "A-B", "AB"]), texts(&["A", "B"])]);
    let kinds = prop::sample::select(vec![None, texts(&["t"]), texts(&["t", "t_u"])]);
    let images = prop::sample::select(vec![None, None, texts(&["I"]), texts(&["I", "I-1"])]);
    (organizations, kinds, images, -3_i64..48, prop_oneof![0_i64..3, 0_i64..500], any::<bool>()).prop_map(
        |(organizations, document_types, image_numbers, from, days, glob)| {
            let from = date(2023, 12, 15).saturating_add(from.days());
            let glob = glob && organizations.is_none();
            Selection {
                organizations,
                organization_head: if glob { "A".to_owned() } else { String::new() },
                document_types,
                image_numbers,
                accepts: if glob { &|field, value| field != "organization" || value.starts_with('A') } else { ALL },
                ..between(from, from.saturating_add(days.days()))
            }
        },
    )
}

fn in_scope(read: &KeyFields, selection: &Selection<'_>) -> bool {
    let fields = &read.fields;
    let among = |literals: &Option<Vec<String>>, value: Option<&str>| {
        literals
            .as_ref()
            .is_none_or(|literals| value.is_some_and(|value| literals.iter().any(|literal| literal == value)))
    };
    let accepted = fields.organization.as_deref().is_none_or(|value| (selection.accepts)("organization", value));
    let dated = fields.collected.is_none_or(|collected| (selection.from..=selection.to).contains(&collected.day));
    among(&selection.organizations, fields.organization.as_deref())
        && among(&selection.document_types, fields.document_type.as_deref())
        && among(&selection.image_numbers, Some(read.image_number.as_str()))
        && accepted
        && dated
}

/// The files in scope, and what else lies in the directories of their documents.
fn must_be_listed<'k>(
    template: &str,
    keys: &'k [String],
    selection: &Selection<'_>,
    zones: &Zones,
) -> BTreeSet<&'k String> {
    let template = KeyTemplate::parse(template).unwrap();
    let read = |key: &String| template.read(&key["scans/".len()..], zones);
    let depth = template.document_segment() + 2;
    let directory = |key: &'k String| key.split('/').take(depth).collect::<Vec<_>>();
    let files: BTreeSet<&String> = keys
        .iter()
        .filter(|key| matches!(read(key), KeyReading::File(fields) if in_scope(&fields, selection)))
        .collect();
    let directories: BTreeSet<_> = files.iter().map(|key| directory(key)).collect();
    let strays = keys
        .iter()
        .filter(|key| matches!(read(key), KeyReading::InDirectory(_)) && directories.contains(&directory(key)));
    strays.chain(files.iter().copied()).collect()
}

fn any_case() -> impl Strategy<Value = (String, Vec<String>, Selection<'static>, bool)> {
    any_template().prop_filter("fields must not touch", |template| KeyTemplate::parse(template).is_ok()).prop_flat_map(
        |template| {
            let keys = prop::collection::vec(any_key(template.clone()), 1..60);
            (Just(template), keys, any_selection(), any::<bool>())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_key_in_scope_starts_with_a_prefix_and_no_prefix_contains_another(
        (template, keys, selection, utc) in any_case(),
    ) {
        let zones = zones(if utc { "UTC" } else { "Asia/Shanghai" });
        let keys: Vec<String> = keys.into_iter().map(|key| format!("scans/{key}")).collect();
        let asked = walk(&template, "scans/", &keys, &selection, &zones);
        for pair in asked.lists.windows(2) {
            prop_assert!(!pair[1].starts_with(&pair[0]), "{template}: {pair:?}");
        }
        for key in must_be_listed(&template, &keys, &selection, &zones) {
            let listed = asked.lists.iter().any(|prefix| key.starts_with(prefix.as_str()));
            prop_assert!(listed, "{template}: {key} is not below any of {} prefixes for {selection:?}", asked.lists.len());
        }
    }
}
