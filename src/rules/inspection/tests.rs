use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;

use crate::model::checks::{
    Checks, Depth, FileSize, FileTypes, Pages, Readable, RequiredFields, RequiredRoles, Resolution, Severity,
    SeverityOnly,
};
use crate::model::document::{CatalogRecord, Collected, Fields, FileRecord, FileState, Role, SourceObject};
use crate::model::facts::{Decoded, Dpi, Ending, FileFacts, FileKind};
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::outcomes::Outcomes;
use crate::model::units::Size;

use super::{ContentVerdict, content, draft_fields, listing};

fn object(key: &str, size: u64) -> SourceObject {
    SourceObject { key: key.to_owned(), size, etag: None, modified: Timestamp::UNIX_EPOCH }
}

fn file(key: &str) -> FileRecord {
    let fields = Fields {
        organization: Some("ACME".to_owned()),
        document_type: Some("expense".to_owned()),
        collected: Some(Collected { day: date(2025, 1, 31), instant: None }),
        extra: BTreeMap::from([("box".to_owned(), " ".to_owned())]),
        ..Fields::default()
    };
    let record = CatalogRecord {
        image_number: ImageNumber::new("IMG-1"),
        fields,
        unreadable: Vec::new(),
        role: Role::Invoice,
        role_label: None,
        sequence: None,
        recognised: true,
    };
    FileRecord {
        object: object(key, 10),
        record,
        state: FileState::Pending,
        findings: Vec::new(),
        unaddressable: None,
        seen: 1,
        checks: Outcomes::default(),
    }
}

fn changed(key: &str, change: impl FnOnce(&mut FileRecord)) -> FileRecord {
    let mut file = file(key);
    change(&mut file);
    file
}

fn codes(failures: &[Failure]) -> Vec<Code> {
    failures.iter().map(|failure| failure.code).collect()
}

fn file_codes(checks: &Checks, files: &[FileRecord]) -> Vec<Option<Code>> {
    listing(checks, files).files.iter().map(|failure| failure.as_ref().map(|failure| failure.code)).collect()
}

#[test]
fn a_sound_listing_has_no_failures_and_no_findings() {
    let checks = Checks {
        required_fields: Some(RequiredFields { fields: vec!["organization".to_owned()], severity: Severity::Fail }),
        required_roles: Some(RequiredRoles { invoice: 2, ..RequiredRoles::default() }),
        file_size: Some(FileSize { max: Some(Size(10)), severity: Severity::Fail }),
        ..Checks::default()
    };
    let verdict = listing(&checks, &[file("a/1.pdf"), file("a/2.pdf")]);
    assert_eq!((verdict.document, verdict.files, verdict.findings), (vec![], vec![None, None], vec![]));
}

#[test]
fn each_file_gets_its_own_failure_in_its_own_place() {
    let checks = Checks {
        file_size: Some(FileSize { max: Some(Size(50 << 20)), severity: Severity::Fail }),
        ..Checks::default()
    };
    let files = [
        file("a/1.pdf"),
        changed("a/2.pdf", |file| file.object.size = 0),
        changed("a/3.pdf", |file| file.object.size = 60 << 20),
        changed("a/4.txt", |file| file.record.recognised = false),
        file("a/../5.pdf"),
        changed("a/", |file| (file.object.size, file.record.recognised) = (0, false)),
    ];
    let expected = [
        None,
        Some(Code::EmptyFile),
        Some(Code::FileTooLarge),
        Some(Code::UnrecognisedFile),
        Some(Code::UnsafeKey),
        Some(Code::UnrecognisedFile),
    ];
    assert_eq!(file_codes(&checks, &files), expected);
    let too_large = listing(&checks, &files).files[2].clone().unwrap();
    assert_eq!(too_large.item, "a/3.pdf");
    assert_eq!(
        (too_large.expected.unwrap().as_str(), too_large.actual.unwrap().as_str()),
        ("at most 50.0 MiB", "60.0 MiB")
    );
}

#[test]
fn what_only_warns_is_a_finding() {
    let checks = Checks {
        unrecognised_files: Some(SeverityOnly { severity: Severity::Warn }),
        file_size: Some(FileSize { max: Some(Size(1)), severity: Severity::Warn }),
        required_roles: Some(RequiredRoles { cover: 1, severity: Severity::Warn, ..RequiredRoles::default() }),
        required_fields: Some(RequiredFields { fields: vec!["documentNumber".to_owned()], severity: Severity::Warn }),
        ..Checks::default()
    };
    let verdict = listing(&checks, &[changed("a/x", |file| file.record.recognised = false)]);
    assert_eq!((verdict.document, verdict.files), (vec![], vec![None]));
    let found: Vec<_> = verdict.findings.iter().map(|finding| (finding.outcome, finding.failure.code)).collect();
    let warned = [Code::MissingField, Code::MissingRole, Code::UnrecognisedFile, Code::FileTooLarge];
    assert_eq!(found, warned.map(|code| (Outcome::Warn, code)));
}

#[test]
fn every_missing_field_is_named_and_blank_is_missing() {
    let fields = ["organization", "documentNumber", "collected", "box", "imageNumber"].map(str::to_owned).to_vec();
    let checks =
        Checks { required_fields: Some(RequiredFields { fields, severity: Severity::Fail }), ..Checks::default() };
    let verdict = listing(&checks, &[file("a/1.pdf")]);
    let missing: Vec<_> = verdict.document.iter().map(|failure| (failure.code, failure.item.as_str())).collect();
    assert_eq!(missing, [(Code::MissingField, "documentNumber"), (Code::MissingField, "box")]);
}

#[test]
fn an_unreadable_date_always_fails_and_is_reported_once() {
    let unreadable = |key: &str| {
        changed(key, |file| {
            file.record.fields.collected = None;
            file.record.unreadable = vec![("collected".to_owned(), "2025/02/30".to_owned())];
        })
    };
    let checks = Checks {
        required_fields: Some(RequiredFields { fields: vec!["collected".to_owned()], severity: Severity::Warn }),
        ..Checks::default()
    };
    let verdict = listing(&checks, &[unreadable("a/1.pdf"), unreadable("a/2.pdf")]);
    let expected = Failure::new(Code::MissingField, "collected").with("a date of the calendar", "2025/02/30");
    assert_eq!((verdict.document, verdict.findings), (vec![expected], vec![]));
}

#[test]
fn roles_are_counted_among_recognised_files_alone() {
    let checks = Checks {
        required_roles: Some(RequiredRoles { cover: 1, invoice: 2, ..RequiredRoles::default() }),
        ..Checks::default()
    };
    let files = [file("a/1.pdf"), changed("a/2.pdf", |file| file.record.recognised = false)];
    let missing: Vec<_> = listing(&checks, &files)
        .document
        .into_iter()
        .map(|failure| (failure.item, failure.expected.unwrap(), failure.actual.unwrap()))
        .collect();
    let row = |role: &str, expected: &str, actual: &str| (role.to_owned(), expected.to_owned(), actual.to_owned());
    assert_eq!(missing, [row("cover", "at least 1", "0"), row("invoice", "at least 2", "1")]);
}

#[test]
fn two_sets_of_files_are_a_duplicate_that_names_every_key() {
    let other = |key: &str| changed(key, |file| file.record.fields.organization = Some("OTHER".to_owned()));
    let verdict = listing(&Checks::default(), &[file("a/2.pdf"), other("b/1.pdf"), file("a/1.pdf")]);
    assert_eq!(codes(&verdict.document), [Code::DuplicateDocument]);
    assert_eq!(verdict.document[0].item, "IMG-1");
    assert_eq!(
        verdict.document[0].actual.as_deref().unwrap(),
        "ACME / expense / 2025-01-31: a/1.pdf, a/2.pdf; OTHER / expense / 2025-01-31: b/1.pdf"
    );
}

#[test]
fn type_and_day_make_a_duplicate_as_well_and_strays_do_not() {
    let changes: [fn(&mut FileRecord); 3] = [
        |file| file.record.fields.document_type = None,
        |file| file.record.fields.collected = Some(Collected { day: date(2025, 2, 1), instant: None }),
        |file| file.record.fields.collected = None,
    ];
    for change in changes {
        let mut other = changed("b", change);
        assert_eq!(
            codes(&listing(&Checks::default(), &[file("a"), other.clone()]).document),
            [Code::DuplicateDocument]
        );
        other.record.recognised = false;
        assert!(listing(&Checks::default(), &[file("a"), other]).document.is_empty());
    }
}

#[test]
fn a_duplicate_of_many_files_is_bounded_and_says_how_many_it_leaves_out() {
    let keyed = |index: usize| {
        changed(&format!("{index:03}"), |file| file.record.fields.organization = Some(format!("O{}", index % 30)))
    };
    let files: Vec<_> = (0..300).map(keyed).collect();
    let actual = listing(&Checks::default(), &files).document[0].actual.clone().unwrap();
    assert!(actual.ends_with("; and 280 more files"), "{actual}");
    assert!(actual.len() < 1000);
}

#[test]
fn the_draft_is_the_first_recognised_file_by_key() {
    let named = |key: &str, organization: &str, recognised| {
        changed(key, |file| {
            file.record.fields.organization = Some(organization.to_owned());
            file.record.recognised = recognised;
        })
    };
    let draft = |files: &[FileRecord]| draft_fields(files).organization;
    let files = [named("c", "C", true), named("a", "A", false), named("b", "B", true)];
    assert_eq!(draft(&files).as_deref(), Some("B"));
    assert_eq!(draft(&files[1..2]).as_deref(), Some("A"));
    assert_eq!(draft(&[]), None);
}

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

#[test]
fn a_number_that_is_missing_among_the_files_of_a_role_is_named() {
    let numbered = |role, sequence: &str| {
        changed(&format!("{sequence}.jpg"), |file| {
            (file.record.role, file.record.sequence) = (role, Some(sequence.to_owned()));
        })
    };
    let files = ["02", "05"].map(|sequence| numbered(Role::Invoice, sequence)).to_vec();
    let more = ["0", "1", "1", "2"].map(|sequence| numbered(Role::Cover, sequence)).to_vec();
    let checks = Checks { sequence: Some(SeverityOnly::default()), ..Checks::default() };
    let failures = listing(&checks, &[files, more].concat()).document;
    let found: Vec<_> = failures.iter().map(|failure| (failure.code, failure.item.as_str())).collect();
    assert_eq!(found, [(Code::SequenceGap, "invoice")], "{failures:?}");
    assert_eq!(failures[0].actual.as_deref(), Some("missing 1, 3, 4"));
    let far = listing(&checks, &[numbered(Role::Attachment, "18446744073709551615")]).document;
    assert!(far[0].actual.as_ref().unwrap().ends_with(" more"), "{far:?}");
}

#[test]
fn checks_of_a_type_take_the_place_of_those_for_all() {
    let own = Checks { pages: Some(Pages { max: Some(9), ..Pages::default() }), ..Checks::default() };
    let all = Checks {
        pages: Some(Pages { max: Some(1), ..Pages::default() }),
        sequence: Some(SeverityOnly::default()),
        by_type: BTreeMap::from([("contract".to_owned(), own.clone())]),
        ..Checks::default()
    };
    assert_eq!(*all.of_type(Some("voucher")), all);
    let contract = all.of_type(Some("contract"));
    assert_eq!((&contract.pages, &contract.sequence), (&own.pages, &all.sequence));
}
