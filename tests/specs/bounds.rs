//! Hostile and merely unusual files.

use std::time::{Duration, Instant};

use crate::program::{GOOD, Said, validate};

/// Refuses within a time that no one notices; a machine may be busy.
#[track_caller]
fn refused(content: &[u8], why: &str) -> Said {
    let start = Instant::now();
    let said = validate("hostile.yaml", content);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stderr.contains(why), "not said: {why}\n{}", said.stderr);
    assert!(said.stderr.len() < 4000, "{} bytes are no help to anyone", said.stderr.len());
    said
}

#[test]
fn a_hundred_thousand_brackets_are_refused_at_once() {
    refused("[".repeat(100_000).as_bytes(), "hostile.yaml:1:");
    refused(format!("{GOOD}x: {}", "{a: ".repeat(30_000)).as_bytes(), "nested more than 64 deep");
}

#[test]
fn a_billion_laughs_are_refused_at_once() {
    let mut labels = String::from("    a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
    for (name, before) in ('b'..='z').zip('a'..) {
        let nine = vec![format!("*{before}"); 9].join(", ");
        labels.push_str(&format!("    {name}: &{name} [{nine}]\n"));
    }
    let bomb = GOOD.replace("  labels: {team: \"财务\"}\n", &format!("  labels:\n{labels}"));
    assert_ne!(bomb, GOOD);
    refused(bomb.as_bytes(), "more than 32 aliases");
}

#[test]
fn many_aliases_of_one_long_label_are_refused_at_once() {
    let repeated = |aliases: usize| {
        let long = "ha".repeat(50_000);
        let aliases: String = (0..aliases).map(|number| format!("    l{number}: *a\n")).collect();
        GOOD.replace("  labels: {team: \"财务\"}\n", &format!("  labels:\n    a: &a {long}\n{aliases}"))
    };
    refused(repeated(10_000).as_bytes(), "more than 32 aliases");
    let few = validate("few.yaml", repeated(32).as_bytes());
    assert_eq!(few.code, Some(0), "{}", few.stderr);
}

#[test]
fn more_than_256_kib_are_refused_and_up_to_it_accepted() {
    let filled = |bytes: usize| format!("{GOOD}#{}\n", "x".repeat(bytes - GOOD.len() - 2));
    let most = validate("large.yaml", filled(256 * 1024).as_bytes());
    assert_eq!(most.code, Some(0), "{}", most.stderr);
    refused(filled(256 * 1024 + 1).as_bytes(), "262145 bytes; at most 262144");
}

#[test]
fn bytes_that_are_no_utf8_are_refused() {
    refused(b"apiVersion: batchferry/v1\nkind: \xb2\xc9\xbc\xaf\n", "UTF-8");
}

#[test]
fn a_byte_order_mark_windows_lines_and_chinese_are_accepted() {
    let chinese = GOOD.replace("[ACME]", "[\"北京分公司\", \"上海*\"]").replace("vouchers/", "凭证/");
    let windows = format!("\u{feff}{}", chinese.replace('\n', "\r\n"));
    let said = validate("采集-一月.yaml", windows.as_bytes());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}

#[test]
fn behind_a_byte_order_mark_and_windows_lines_places_are_still_right() {
    let broken = format!("\u{feff}{}", GOOD.replace("  filters:", "  filter:").replace('\n', "\r\n"));
    let said = validate("windows.yaml", broken.as_bytes());
    assert!(said.stderr.contains("windows.yaml:19:3"), "{}", said.stderr);
    assert!(!said.stderr.contains('\r'), "{:?}", said.stderr);
}

#[test]
fn words_of_a_quarter_of_a_mebibyte_are_refused_at_once_and_not_repeated() {
    let long = "x".repeat(250_000);
    refused(GOOD.replace("Asia/Shanghai", &long).as_bytes(), "unknown time zone");
    refused(GOOD.replace("verify: Checksum", &format!("verify: {long}")).as_bytes(), "expected one of");
    refused(GOOD.replace("  filters:", &format!("  ? {long}\n  : 1\n  filters:")).as_bytes(), "unknown field");
    refused(GOOD.replace("{organization}/{imageNumber}/", &format!("{{{long}}}/")).as_bytes(), "more than 1024");
    refused(GOOD.replace("bandwidth: 20MiB/s", &format!("bandwidth: {long}")).as_bytes(), "expected a rate");
}

#[test]
fn of_very_many_problems_the_first_are_told_and_the_others_counted() {
    let labels: String = (0..20_000).map(|_| "    a: 1\n").collect();
    let many = GOOD.replace("  labels: {team: \"财务\"}\n", &format!("  labels:\n{labels}"));
    let start = Instant::now();
    let said = validate("many.yaml", many.as_bytes());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(said.code, Some(1));
    assert_eq!(said.stderr.matches("error[").count(), 101);
    assert!(said.stderr.contains("more problems are not shown"), "{}", said.stderr);
}
