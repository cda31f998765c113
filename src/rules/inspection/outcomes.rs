//! What came of each check, told from what it found: a check that ran and found nothing has passed, and one that could
//! not run has not.

use crate::model::checks::Checks;
use crate::model::document::FileRecord;
use crate::model::facts::{Dpi, FileFacts, FileKind};
use crate::model::failure::{Failure, Finding, Outcome};
use crate::model::outcomes::{Check, Outcomes};

use super::verdict::Verdict;

/// Checks of a document as a whole: the same for each of its files.
const OF_DOCUMENT: [Check; 4] =
    [Check::DuplicateDocument, Check::RequiredFields, Check::RequiredRoles, Check::Sequence];
/// Checks of one file as it is listed.
const OF_LISTING: [Check; 4] = [Check::UnrecognisedFiles, Check::SafeKey, Check::NotEmpty, Check::FileSize];
/// Checks of what the bytes of a file say.
const OF_CONTENT: [Check; 6] =
    [Check::TypeMatches, Check::Readable, Check::NotEncrypted, Check::FileType, Check::Resolution, Check::Pages];
/// Checks that others run.
const BESIDE: [Check; 3] = [Check::Virus, Check::DuplicateContent, Check::DuplicateInvoice];

/// What came of a check that was run by itself. A failure that is not its own kept it from running.
pub fn told(check: Check, failure: Option<&Failure>, findings: &[Finding]) -> Outcome {
    let is_own = |failure: &Failure| Check::of(failure.code) == Some(check);
    match failure {
        Some(failure) if is_own(failure) => Outcome::Fail,
        Some(_) => Outcome::NotRun,
        None => findings.iter().find(|found| is_own(&found.failure)).map_or(Outcome::Pass, |found| found.outcome),
    }
}

/// What came of the checks of a document.
pub(super) fn of_document(checks: &Checks, files: &[FileRecord], verdict: &Verdict) -> Outcomes {
    let mut outcomes = ran(checks, &OF_DOCUMENT);
    let mut recognised = files.iter().filter(|file| file.record.recognised);
    if checks.sequence.is_some() && !recognised.any(|file| file.record.sequence.is_some()) {
        outcomes.set(Check::Sequence, Outcome::NotApplicable);
    }
    found(&mut outcomes, verdict);
    outcomes
}

/// What came of the checks of a listed file; nothing of its content has been looked at.
pub(super) fn of_listing(checks: &Checks, document: &Outcomes, verdict: &Verdict) -> Outcomes {
    let mut outcomes = *document;
    outcomes.take(&ran(checks, &OF_LISTING));
    for &check in OF_CONTENT.iter().chain(&BESIDE).filter(|check| is_asked(checks, **check)) {
        outcomes.set(check, Outcome::NotRun);
    }
    found(&mut outcomes, verdict);
    outcomes
}

/// What came of the checks of a file's content.
pub(super) fn of_content(
    checks: &Checks,
    promised: Option<FileKind>,
    facts: &FileFacts,
    verdict: &Verdict,
) -> Outcomes {
    let mut outcomes = ran(checks, &OF_CONTENT);
    let mut set = |check: Check, outcome: Outcome| {
        if outcomes.get(check).is_some() {
            outcomes.set(check, outcome);
        }
    };
    if promised.is_none() {
        set(Check::TypeMatches, Outcome::NotApplicable);
    }
    if facts.encrypted.is_none() {
        set(Check::NotEncrypted, Outcome::Unknown);
    }
    if facts.kind.is_none() {
        // Nobody can say of content of an unknown type whether it is whole.
        set(Check::Readable, Outcome::Unknown);
    }
    if facts.dpi == Dpi::NotApplicable {
        set(Check::Resolution, Outcome::NotApplicable);
    }
    if !facts.kind.is_some_and(FileKind::has_pages) {
        set(Check::Pages, Outcome::NotApplicable);
    }
    found(&mut outcomes, verdict);
    outcomes
}

/// What is known of a file whose content cannot be looked at for this failure.
pub(super) fn only(failure: &Failure) -> Outcomes {
    let mut outcomes = Outcomes::default();
    if let Some(check) = Check::of(failure.code) {
        outcomes.set(check, Outcome::Fail);
    }
    outcomes
}

/// Those of `which` that are asked for, passed as long as nothing is found.
fn ran(checks: &Checks, which: &[Check]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for &check in which.iter().filter(|check| is_asked(checks, **check)) {
        outcomes.set(check, Outcome::Pass);
    }
    outcomes
}

fn found(outcomes: &mut Outcomes, verdict: &Verdict) {
    let failed = verdict.failures.iter().map(|failure| (failure, Outcome::Fail));
    let others = verdict.findings.iter().map(|finding| (&finding.failure, finding.outcome));
    for (failure, outcome) in failed.chain(others) {
        if let Some(check) = Check::of(failure.code) {
            outcomes.worsen(check, outcome);
        }
    }
}

fn is_asked(checks: &Checks, check: Check) -> bool {
    match check {
        Check::RequiredFields => checks.required_fields.is_some(),
        Check::RequiredRoles => checks.required_roles.is_some(),
        Check::Sequence => checks.sequence.is_some(),
        Check::FileSize => checks.file_size.is_some(),
        Check::FileType => checks.file_type.is_some(),
        Check::Resolution => checks.resolution.is_some(),
        Check::Pages => checks.pages.is_some(),
        Check::Virus => checks.virus.is_some(),
        Check::DuplicateContent => checks.duplicate_content.is_some(),
        Check::DuplicateInvoice => checks.duplicate_invoice.is_some(),
        always => always.is_always_run(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::checks::{Depth, Pages, Readable, RequiredFields, Resolution, Severity, SeverityOnly};
    use crate::model::document::{CatalogRecord, FieldOrigin, Fields, FileState, Role, SourceObject};
    use crate::model::facts::{Decoded, Ending};
    use crate::model::failure::Code;
    use crate::model::ids::ImageNumber;
    use crate::rules::inspection::{content, listing};

    fn object(key: &str, size: u64) -> SourceObject {
        SourceObject { key: key.to_owned(), size, etag: None, modified: Timestamp::UNIX_EPOCH }
    }

    fn file(key: &str, size: u64) -> FileRecord {
        let record = CatalogRecord {
            image_number: ImageNumber::new("IMG-1"),
            fields: Fields::default(),
            unreadable: Vec::new(),
            role: Role::Cover,
            role_label: None,
            sequence: None,
            recognised: true,
            origin: FieldOrigin::default(),
            absent: false,
        };
        FileRecord {
            object: object(key, size),
            record,
            state: FileState::Pending,
            findings: Vec::new(),
            unaddressable: None,
            seen: 1,
            checks: Outcomes::default(),
        }
    }

    fn asked() -> Checks {
        Checks {
            resolution: Some(Resolution { min_dpi: Some(200), severity: Severity::Warn, ..Resolution::default() }),
            pages: Some(Pages { max: Some(1), ..Pages::default() }),
            ..Checks::default()
        }
    }

    fn of(key: &str, facts: &FileFacts) -> Outcomes {
        content(&asked(), &object(key, 9), facts).outcomes
    }

    fn scan(kind: FileKind, dpi: Dpi) -> FileFacts {
        FileFacts { kind: Some(kind), dpi, ending: Ending::Whole, pages: Some(1), ..FileFacts::default() }
    }

    #[test]
    fn a_resolution_has_every_outcome_that_a_check_can_have() {
        let known = |dpi| Dpi::Known { x: dpi, y: dpi };
        let resolution = |kind, dpi| of("1.tif", &scan(kind, dpi)).get(Check::Resolution);
        assert_eq!(resolution(FileKind::Tiff, known(300.0)), Some(Outcome::Pass));
        assert_eq!(resolution(FileKind::Tiff, known(72.0)), Some(Outcome::Warn));
        assert_eq!(resolution(FileKind::Tiff, Dpi::Unknown), Some(Outcome::Unknown));
        assert_eq!(resolution(FileKind::Xml, Dpi::NotApplicable), Some(Outcome::NotApplicable));
        let fails = Checks {
            resolution: Some(Resolution { min_dpi: Some(200), ..Resolution::default() }),
            ..Checks::default()
        };
        let failed = content(&fails, &object("1.tif", 9), &scan(FileKind::Tiff, known(72.0))).outcomes;
        assert_eq!(failed.get(Check::Resolution), Some(Outcome::Fail));
        assert_eq!(failed.get(Check::Pages), None, "nobody asked");
        let listed = &listing(&fails, &[file("1.tif", 9)]).outcomes[0];
        assert_eq!(listed.get(Check::Resolution), Some(Outcome::NotRun));
    }

    #[test]
    fn what_has_no_meaning_for_a_kind_of_file_is_no_pass() {
        let xml = of("1.xml", &scan(FileKind::Xml, Dpi::NotApplicable));
        for check in [Check::Pages, Check::Resolution] {
            assert_eq!(xml.get(check), Some(Outcome::NotApplicable), "{check}");
        }
        assert_eq!(xml.get(Check::Readable), Some(Outcome::Pass));
        assert_eq!(of("1.dat", &FileFacts::default()).get(Check::TypeMatches), Some(Outcome::NotApplicable));
    }

    #[test]
    fn what_cannot_be_told_is_unknown_and_what_was_found_outweighs_it() {
        let stranger = of("1.dat", &FileFacts::default());
        assert_eq!(stranger.get(Check::Readable), Some(Outcome::Unknown));
        assert_eq!(stranger.get(Check::NotEncrypted), Some(Outcome::Unknown));
        let encrypted = |encrypted| {
            let facts = FileFacts { encrypted, ..scan(FileKind::Pdf, Dpi::NotApplicable) };
            of("1.pdf", &facts).get(Check::NotEncrypted)
        };
        assert_eq!(encrypted(None), Some(Outcome::Unknown));
        assert_eq!(encrypted(Some(false)), Some(Outcome::Pass));
        assert_eq!(encrypted(Some(true)), Some(Outcome::Fail));
        let bomb = FileFacts { bomb: Some("a lot".to_owned()), ..FileFacts::default() };
        assert_eq!(of("1.dat", &bomb).get(Check::Readable), Some(Outcome::Fail));
        let full = Checks { readable: Some(Readable { depth: Depth::Full, ..Readable::default() }), ..asked() };
        let decoded = Decoded::Unknown("no decoder".to_owned());
        let facts = FileFacts { decoded, ..scan(FileKind::Tiff, Dpi::Unknown) };
        assert_eq!(content(&full, &object("1.tif", 9), &facts).outcomes.get(Check::Readable), Some(Outcome::Unknown));
    }

    #[test]
    fn every_failure_has_its_outcome_and_not_only_the_most_telling_one() {
        let facts = FileFacts { ending: Ending::Truncated, pages: Some(2), ..scan(FileKind::Pdf, Dpi::NotApplicable) };
        let outcomes = of("1.jpg", &facts);
        for check in [Check::TypeMatches, Check::Readable, Check::Pages] {
            assert_eq!(outcomes.get(check), Some(Outcome::Fail), "{check}");
        }
    }

    #[test]
    fn nothing_of_an_empty_file_has_run_but_that_it_is_one() {
        let checks = asked();
        let mut outcomes = listing(&checks, &[file("1.tif", 0)]).outcomes[0];
        outcomes.take(&content(&checks, &object("1.tif", 0), &FileFacts::default()).outcomes);
        assert_eq!(outcomes.worst(), (Outcome::Fail, vec![Check::NotEmpty]));
        assert_eq!(outcomes.get(Check::Readable), Some(Outcome::NotRun));
    }

    #[test]
    fn every_file_of_a_document_tells_what_came_of_the_document() {
        let fields = vec!["organization".to_owned()];
        let checks = Checks {
            required_fields: Some(RequiredFields { fields, severity: Severity::Warn }),
            sequence: Some(SeverityOnly::default()),
            ..Checks::default()
        };
        for outcomes in listing(&checks, &[file("1.tif", 9), file("2.tif", 9)]).outcomes {
            assert_eq!(outcomes.get(Check::RequiredFields), Some(Outcome::Warn));
            assert_eq!(outcomes.get(Check::Sequence), Some(Outcome::NotApplicable), "no key tells a number");
            assert_eq!(outcomes.get(Check::DuplicateDocument), Some(Outcome::Pass));
            assert_eq!(outcomes.get(Check::RequiredRoles), None, "nobody asked");
        }
        let mut numbered = file("3.tif", 9);
        numbered.record.sequence = Some("3".to_owned());
        let outcomes = &listing(&checks, &[file("1.tif", 9), numbered]).outcomes;
        assert_eq!(outcomes[0].get(Check::Sequence), Some(Outcome::Fail));
    }

    #[test]
    fn a_check_that_something_else_kept_from_running_has_not_passed() {
        let failure = |code| Failure::new(code, "k");
        let warned = [Finding { outcome: Outcome::Warn, failure: failure(Code::Unscannable) }];
        assert_eq!(told(Check::Virus, None, &[]), Outcome::Pass);
        assert_eq!(told(Check::Virus, None, &warned), Outcome::Warn);
        assert_eq!(told(Check::Virus, Some(&failure(Code::Infected)), &[]), Outcome::Fail);
        assert_eq!(told(Check::Virus, Some(&failure(Code::SourceMissing)), &[]), Outcome::NotRun);
    }
}
