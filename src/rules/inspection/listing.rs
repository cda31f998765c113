//! Checks that need nothing but the listing: keys, sizes, fields and roles.

use std::collections::BTreeSet;

use crate::model::checks::{Checks, FileSize, RequiredFields, RequiredRoles, Severity};
use crate::model::document::{Fields, FileRecord, Role};
use crate::model::failure::{Code, Failure, Finding};
use crate::model::outcomes::Outcomes;
use crate::model::units::Size;
use crate::rules::keys::unsafe_reason;

use super::duplicates::duplicate_document;
use super::outcomes;
use super::sequence::check_sequence;
use super::verdict::Verdict;

/// The name among unreadable fields for rows of an index that disagree; no field of a spec can have it.
pub const ROWS: &str = "catalog rows";

/// What the listing says of one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListingVerdict {
    /// Failures of the document as a whole, most telling first.
    pub document: Vec<Failure>,
    /// The most telling failure of each file, in the order of the files given.
    pub files: Vec<Option<Failure>>,
    /// What does not fail it.
    pub findings: Vec<Finding>,
    /// What came of each check of each file, in the same order; those of content have not run.
    pub outcomes: Vec<Outcomes>,
}

/// Checks the files of one document against what the spec asks.
pub fn listing(checks: &Checks, files: &[FileRecord]) -> ListingVerdict {
    let mut document = Verdict::default();
    document.failures.extend(duplicate_document(files));
    unreadable_fields(files, &mut document);
    if let Some(required) = &checks.required_fields {
        required_fields(required, files, &mut document);
    }
    if let Some(required) = &checks.required_roles {
        required_roles(required, files, &mut document);
    }
    if let Some(check) = &checks.sequence {
        check_sequence(check.severity, files, &mut document);
    }
    let whole = outcomes::of_document(checks, files, &document);
    let mut findings = document.findings;
    let (mut failures, mut outcomes) = (Vec::with_capacity(files.len()), Vec::with_capacity(files.len()));
    for file in files {
        let verdict = listed_file(checks, file);
        outcomes.push(outcomes::of_listing(checks, &whole, &verdict));
        failures.push(verdict.failures.into_iter().next());
        findings.extend(verdict.findings);
    }
    ListingVerdict { document: document.failures, files: failures, findings, outcomes }
}

/// The fields of a document: those of its first recognised file by key; of several sets the choice is arbitrary but stable.
pub fn draft_fields(files: &[FileRecord]) -> Fields {
    let first = files.iter().min_by_key(|file| (!file.record.recognised, &file.object.key));
    first.map(|file| file.record.fields.clone()).unwrap_or_default()
}

fn listed_file(checks: &Checks, file: &FileRecord) -> Verdict {
    let mut verdict = Verdict::default();
    let key = file.object.key.as_str();
    if file.record.absent {
        // Nothing else can be said of it.
        let expected = format!("an object, as {} says", file.record.origin);
        verdict.add(Severity::Fail, Failure::new(Code::SourceMissing, key).with(expected, "none"));
        return verdict;
    }
    if !file.record.recognised {
        let severity = checks.unrecognised_files.as_ref().map_or(Severity::Fail, |check| check.severity);
        let failure = Failure::new(Code::UnrecognisedFile, key);
        verdict.add(severity, failure.with("a key that matches catalog.keys", "no match"));
    }
    if let Some(reason) = &file.unaddressable {
        let failure = Failure::new(Code::UnsafeKey, key);
        verdict.add(Severity::Fail, failure.with("a file that can be asked for by its key", format!("it {reason}")));
    } else if let Some(reason) = unsafe_reason(key) {
        verdict.add(Severity::Fail, Failure::new(Code::UnsafeKey, key).with("a key that is safe everywhere", reason));
    }
    if file.object.size == 0 {
        verdict.add(Severity::Fail, empty_file(key));
    }
    if let Some(FileSize { max: Some(max), severity }) = &checks.file_size
        && file.object.size > max.0
    {
        let (expected, actual) = (format!("at most {max}"), Size(file.object.size).to_string());
        verdict.add(*severity, Failure::new(Code::FileTooLarge, key).with(expected, actual));
    }
    verdict
}

pub(super) fn empty_file(key: &str) -> Failure {
    Failure::new(Code::EmptyFile, key).with("at least 1 byte", "0 bytes")
}

fn unreadable_fields(files: &[FileRecord], verdict: &mut Verdict) {
    let unreadable: BTreeSet<&(String, String)> = files.iter().flat_map(|file| &file.record.unreadable).collect();
    for (name, text) in unreadable {
        let failure = match name.as_str() {
            ROWS => Failure::new(Code::DuplicateDocument, name).with("one row for one file or document", text),
            "collected" => Failure::new(Code::MissingField, name).with("a date of the calendar", text),
            _ => Failure::new(Code::MissingField, name).with("a value that can be read", text),
        };
        verdict.add(Severity::Fail, failure);
    }
}

fn required_fields(required: &RequiredFields, files: &[FileRecord], verdict: &mut Verdict) {
    let fields = draft_fields(files);
    let is_unreadable =
        |name: &str| files.iter().any(|file| file.record.unreadable.iter().any(|(field, _)| field == name));
    for name in &required.fields {
        // An unreadable one is reported as such already.
        if !has_field(&fields, name) && !is_unreadable(name) {
            verdict.add(required.severity, Failure::new(Code::MissingField, name).with("a value", "none"));
        }
    }
}

fn has_field(fields: &Fields, name: &str) -> bool {
    let value = match name {
        "imageNumber" => return true,
        "collected" => return fields.collected.is_some(),
        "organization" => fields.organization.as_deref(),
        "documentType" => fields.document_type.as_deref(),
        "documentNumber" => fields.document_number.as_deref(),
        own => fields.extra.get(own).map(String::as_str),
    };
    value.is_some_and(|value| !value.trim().is_empty())
}

fn required_roles(required: &RequiredRoles, files: &[FileRecord], verdict: &mut Verdict) {
    for role in Role::ALL {
        let least = match role {
            Role::Cover => required.cover,
            Role::Invoice => required.invoice,
            Role::Attachment => required.attachment,
        };
        let there = files.iter().filter(|file| file.record.recognised && file.record.role == role).count();
        if u32::try_from(there).is_ok_and(|there| there < least) {
            let failure = Failure::new(Code::MissingRole, role.as_str());
            verdict.add(required.severity, failure.with(format!("at least {least}"), there.to_string()));
        }
    }
}
