use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;

use crate::model::checks::{Checks, FileSize, Pages, RequiredFields, RequiredRoles, Severity, SeverityOnly};
use crate::model::document::{CatalogRecord, Collected, Fields, FileRecord, FileState, Role, SourceObject};
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::outcomes::Outcomes;
use crate::model::units::Size;

use super::{draft_fields, listing};

pub(super) fn object(key: &str, size: u64) -> SourceObject {
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
