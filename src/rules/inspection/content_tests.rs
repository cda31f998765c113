use crate::model::checks::{Checks, Depth, FileTypes, Pages, Readable, Resolution, Severity};
use crate::model::facts::{Decoded, Dpi, Ending, FileFacts, FileKind};
use crate::model::failure::{Code, Outcome};

use super::tests::object;
use super::{ContentVerdict, content};

fn facts(kind: FileKind) -> FileFacts {
    FileFacts {
        kind: Some(kind),
        ending: Ending::Whole,
        dpi: Dpi::Known { x: 300.0, y: 300.0 },
        ..FileFacts::default()
    }
}

fn judged(checks: &Checks, key: &str, facts: &FileFacts) -> ContentVerdict {
    content(checks, &object(key, 10), facts)
}

fn assert_sound(verdict: &ContentVerdict) {
    assert!(verdict.failure.is_none() && verdict.findings.is_empty(), "{verdict:?}");
}

fn failed(checks: &Checks, key: &str, facts: &FileFacts) -> (Code, String, String) {
    let failure = judged(checks, key, facts).failure.unwrap();
    assert_eq!(failure.item, key);
    (failure.code, failure.expected.unwrap(), failure.actual.unwrap())
}

fn row(code: Code, expected: &str, actual: &str) -> (Code, String, String) {
    (code, expected.to_owned(), actual.to_owned())
}

#[test]
fn an_extension_promises_a_kind() {
    let checks = Checks::default();
    assert_sound(&judged(&checks, "a/1.JPG", &facts(FileKind::Jpeg)));
    assert_eq!(failed(&checks, "a/1.jpg", &facts(FileKind::Pdf)), row(Code::TypeMismatch, "jpeg", "pdf"));
    let nothing = FileFacts::default();
    assert_eq!(failed(&checks, "a/1.tif", &nothing), row(Code::TypeMismatch, "tiff", "none of the known types"));
    for no_promise in ["a/1.dat", "a.jpg/1", "a/jpg"] {
        assert_eq!(judged(&checks, no_promise, &facts(FileKind::Pdf)).failure, None, "{no_promise}");
    }
}

#[test]
fn the_most_telling_failure_wins() {
    let checks = Checks {
        file_type: Some(FileTypes { allow: vec![FileKind::Png, FileKind::Tiff], severity: Severity::Fail }),
        resolution: Some(Resolution { min_dpi: Some(600), ..Resolution::default() }),
        ..Checks::default()
    };
    let mut facts = FileFacts {
        kind: Some(FileKind::Pdf),
        dpi: Dpi::Known { x: 72.0, y: 72.4 },
        ending: Ending::Truncated,
        encrypted: Some(true),
        unreadable: Some("no trailer".to_owned()),
        ..FileFacts::default()
    };
    assert_eq!(content(&checks, &object("1.jpg", 0), &facts).failure.unwrap().code, Code::EmptyFile);
    assert_eq!(failed(&checks, "1.jpg", &facts).0, Code::TypeMismatch);
    assert_eq!(failed(&checks, "1.pdf", &facts), row(Code::Unreadable, "a readable pdf", "no trailer"));
    facts.unreadable = None;
    assert_eq!(failed(&checks, "1.pdf", &facts), row(Code::Truncated, "the end of the pdf", "the file ends before it"));
    facts.ending = Ending::Unknown;
    assert_eq!(failed(&checks, "1.pdf", &facts).0, Code::Encrypted);
    facts.encrypted = None;
    assert_eq!(failed(&checks, "1.pdf", &facts), row(Code::TypeNotAllowed, "png, tiff", "pdf"));
    facts.kind = Some(FileKind::Png);
    assert_eq!(failed(&checks, "1.png", &facts), row(Code::ResolutionTooLow, "at least 600 dpi", "72 × 72 dpi"));
    facts.dpi = Dpi::Known { x: 600.0, y: 600.0 };
    assert_sound(&judged(&checks, "1.png", &facts));
}

#[test]
fn what_only_warns_does_not_fail_a_file() {
    let checks = Checks {
        file_type: Some(FileTypes { allow: vec![FileKind::Png], severity: Severity::Warn }),
        resolution: Some(Resolution { min_dpi: Some(600), severity: Severity::Warn, ..Resolution::default() }),
        ..Checks::default()
    };
    let verdict = judged(&checks, "1.pdf", &facts(FileKind::Pdf));
    assert_eq!(verdict.failure, None);
    let found: Vec<_> = verdict.findings.iter().map(|finding| (finding.outcome, finding.failure.code)).collect();
    assert_eq!(found, [(Outcome::Warn, Code::TypeNotAllowed), (Outcome::Warn, Code::ResolutionTooLow)]);
}

#[test]
fn a_resolution_that_is_not_told_is_unknown_and_not_low() {
    let checks = Checks {
        resolution: Some(Resolution { min_dpi: Some(200), min_width: Some(100), ..Resolution::default() }),
        ..Checks::default()
    };
    let with = |dpi, pixels| FileFacts { dpi, pixels, ..facts(FileKind::Png) };
    let outcomes = |facts: &FileFacts| -> Vec<Outcome> {
        let verdict = judged(&checks, "1.png", facts);
        assert_eq!(verdict.failure, None);
        verdict.findings.iter().map(|finding| finding.outcome).collect()
    };
    assert_eq!(outcomes(&with(Dpi::Unknown, None)), [Outcome::Unknown, Outcome::Unknown]);
    assert_eq!(outcomes(&with(Dpi::Known { x: f32::NAN, y: 300.0 }, Some((100, 1)))), [Outcome::Unknown]);
    assert!(outcomes(&with(Dpi::NotApplicable, None)).is_empty());
    assert!(outcomes(&with(Dpi::Known { x: 199.9996, y: 200.0 }, Some((100, 1)))).is_empty());
}

#[test]
fn the_lower_direction_and_the_missing_pixels_count() {
    let dpi =
        Checks { resolution: Some(Resolution { min_dpi: Some(200), ..Resolution::default() }), ..Checks::default() };
    let with = |dpi, pixels| FileFacts { dpi, pixels, ..facts(FileKind::Tiff) };
    let fax = with(Dpi::Known { x: 204.0, y: 98.0 }, None);
    assert_eq!(failed(&dpi, "1.tif", &fax), row(Code::ResolutionTooLow, "at least 200 dpi", "204 × 98 dpi"));
    let pixels = |min_width, min_height| Checks {
        resolution: Some(Resolution { min_width, min_height, ..Resolution::default() }),
        ..Checks::default()
    };
    let small = with(Dpi::Unknown, Some((100, 200)));
    for (checks, expected) in [
        (pixels(Some(101), None), "at least 101 pixels across"),
        (pixels(None, Some(201)), "at least 201 pixels down"),
        (pixels(Some(100), Some(201)), "at least 100 × 201 pixels"),
    ] {
        assert_eq!(failed(&checks, "1.tif", &small), row(Code::ResolutionTooLow, expected, "100 × 200 pixels"));
    }
    assert_sound(&judged(&pixels(Some(100), Some(200)), "1.tif", &small));
}

fn readable(depth: Depth, severity: Severity) -> Checks {
    Checks { readable: Some(Readable { depth, severity }), ..Checks::default() }
}

#[test]
fn how_much_an_unreadable_file_matters_is_for_the_spec_to_say() {
    let facts = FileFacts { kind: Some(FileKind::Jpeg), ending: Ending::Truncated, ..FileFacts::default() };
    assert_eq!(content(&Checks::default(), &object("1.jpg", 9), &facts).failure.unwrap().code, Code::Truncated);
    let verdict = content(&readable(Depth::Header, Severity::Warn), &object("1.jpg", 9), &facts);
    let found: Vec<_> = verdict.findings.iter().map(|finding| (finding.outcome, finding.failure.code)).collect();
    assert_eq!((verdict.failure, found), (None, vec![(Outcome::Warn, Code::Truncated)]));
}

#[test]
fn a_bomb_is_told_as_one_and_what_could_not_be_decoded_is_unknown() {
    let bomb = FileFacts { kind: Some(FileKind::Png), bomb: Some("a lot".to_owned()), ..FileFacts::default() };
    let failure = content(&Checks::default(), &object("1.png", 9), &bomb).failure.unwrap();
    assert_eq!((failure.code, failure.actual.as_deref()), (Code::DecompressionBomb, Some("a lot")));
    let decoded = Decoded::Unknown("no decoder".to_owned());
    let unknown = FileFacts { kind: Some(FileKind::Png), decoded, ..FileFacts::default() };
    let verdict = content(&readable(Depth::Full, Severity::Fail), &object("1.png", 9), &unknown);
    assert_eq!((verdict.failure, verdict.findings[0].outcome), (None, Outcome::Unknown));
}

#[test]
fn pages_are_counted_where_there_can_be_any_and_their_number_is_known() {
    let asked = Pages { min: Some(2), max: Some(3), ..Pages::default() };
    let checks = Checks { pages: Some(asked), ..Checks::default() };
    let check = |kind, pages| {
        let facts = FileFacts { kind: Some(kind), pages, ..FileFacts::default() };
        let verdict = content(&checks, &object("1", 9), &facts);
        (verdict.failure.map(|failure| failure.actual.unwrap()), verdict.findings.len())
    };
    assert_eq!(check(FileKind::Pdf, Some(1)), (Some("1 page".to_owned()), 0));
    assert_eq!(check(FileKind::Pdf, Some(2)), (None, 0));
    assert_eq!(check(FileKind::Pdf, Some(4)), (Some("4 pages".to_owned()), 0));
    assert_eq!(check(FileKind::Pdf, None), (None, 1));
    assert_eq!(check(FileKind::Xml, None), (None, 0));
}
