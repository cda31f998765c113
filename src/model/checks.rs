//! What a spec asks of documents before they move.
//!
//! Bounds that a type alone cannot say are checked in `specs`, where the place in the file is known.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts::FileKind;
use super::units::Size;

/// Whether a finding fails the document or only warns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Severity {
    /// The document fails.
    #[default]
    Fail,
    /// The report says so, and the document moves.
    Warn,
}

/// What is checked before a document moves. Always checked: empty files, unsafe keys, type against extension,
/// duplicate image numbers, target collisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Checks {
    /// Business fields that every document must have.
    pub required_fields: Option<RequiredFields>,
    /// How many files of each role every document must have at least.
    pub required_roles: Option<RequiredRoles>,
    /// Objects in a document's directory that match no template; checked as `Fail` unless set.
    pub unrecognised_files: Option<SeverityOnly>,
    /// Allowed types, by content.
    pub file_type: Option<FileTypes>,
    /// Least resolution of images.
    pub resolution: Option<Resolution>,
    /// Bounds on the size of a file.
    pub file_size: Option<FileSize>,
    /// How much of each file is read to see that it can be; its head and end unless set.
    pub readable: Option<Readable>,
    /// How many pages TIFF, PDF and OFD files may have; every other image has one.
    pub pages: Option<Pages>,
    /// No number may be missing among the files of a role, where keys tell `sequence`.
    pub sequence: Option<SeverityOnly>,
    /// The same content in two documents; looked for only if this is set. Known once a file was read: where this only
    /// warns, of two documents that move side by side either may be the first.
    pub duplicate_content: Option<DuplicateContent>,
    /// The same invoice in two documents of the batch; looked for only if this is set. An XML e-invoice says its number itself;
    /// of other files a business field does. A document that moved before this was asked for is not known by its invoices.
    pub duplicate_invoice: Option<DuplicateInvoice>,
    /// Every file is shown to a virus scanner; absent: none is.
    pub virus: Option<Virus>,
    /// Other checks for documents of one type, by its exact name: each takes the place of the same check above.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_type: BTreeMap<String, Checks>,
}

impl Checks {
    /// Every scanner that is named, for whatever type.
    pub fn scanners(&self) -> impl Iterator<Item = &str> {
        let all = std::iter::once(self).chain(self.by_type.values());
        all.filter_map(|checks| checks.virus.as_ref()).map(|virus| virus.scanner.as_str())
    }

    /// The checks of a document of this type.
    pub fn of_type(&self, document_type: Option<&str>) -> Cow<'_, Self> {
        let Some(own) = document_type.and_then(|name| self.by_type.get(name)) else { return Cow::Borrowed(self) };
        let (own, above) = (own.clone(), self.clone());
        Cow::Owned(Self {
            required_fields: own.required_fields.or(above.required_fields),
            required_roles: own.required_roles.or(above.required_roles),
            unrecognised_files: own.unrecognised_files.or(above.unrecognised_files),
            file_type: own.file_type.or(above.file_type),
            resolution: own.resolution.or(above.resolution),
            file_size: own.file_size.or(above.file_size),
            readable: own.readable.or(above.readable),
            pages: own.pages.or(above.pages),
            sequence: own.sequence.or(above.sequence),
            duplicate_content: own.duplicate_content.or(above.duplicate_content),
            duplicate_invoice: own.duplicate_invoice.or(above.duplicate_invoice),
            virus: own.virus.or(above.virus),
            by_type: BTreeMap::new(),
        })
    }
}

/// Business fields that every document must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequiredFields {
    /// `organization`, `documentType`, `documentNumber`, `collected` or a name of the spec's own.
    pub fields: Vec<String>,
    /// What a missing one does.
    #[serde(default)]
    pub severity: Severity,
}

/// Least number of files of each role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequiredRoles {
    /// Covers.
    pub cover: u32,
    /// Invoices.
    pub invoice: u32,
    /// Attachments.
    pub attachment: u32,
    /// What a missing one does.
    pub severity: Severity,
}

/// A check with nothing to set but its severity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SeverityOnly {
    /// What a finding does.
    pub severity: Severity,
}

/// Allowed types, by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileTypes {
    /// The types that may move.
    pub allow: Vec<FileKind>,
    /// What another type does.
    #[serde(default)]
    pub severity: Severity,
}

/// Least resolution of images whose resolution is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Resolution {
    /// Dots per inch in both directions; unknown is not failure.
    pub min_dpi: Option<u32>,
    /// Pixels across.
    pub min_width: Option<u32>,
    /// Pixels down.
    pub min_height: Option<u32>,
    /// What a lower one does.
    pub severity: Severity,
}

/// Bounds on the size of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FileSize {
    /// Largest.
    pub max: Option<Size>,
    /// What a larger one does.
    pub severity: Severity,
}

/// How much of a file is read to see that it can be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Readable {
    /// How far content is read.
    pub depth: Depth,
    /// What a truncated, unreadable or exploding file does.
    pub severity: Severity,
}

/// How far content is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Depth {
    /// Heads, ends and structure. Pages and resolution of a PDF longer than 5 MiB in a document of more than a quarter of
    /// `limits.memory` are not determined.
    #[default]
    Header,
    /// Every image is decoded and everything packed is unpacked, to the end. A JPEG that lost a piece and has an end mark all
    /// the same is found only if what follows the piece makes no sense: decoders fill up with grey.
    Full,
}

/// How many pages a file may have; a number of pages that cannot be told is not failure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Pages {
    /// Fewest.
    pub min: Option<u32>,
    /// Most.
    pub max: Option<u32>,
    /// What another number does.
    pub severity: Severity,
}

/// The same content in two documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DuplicateContent {
    /// Where the other document is looked for.
    pub scope: DuplicateScope,
    /// What it does: `Warn` unless set. `Fail` refuses the one of two that has the greater image number, if it is a
    /// document that fits into the buffers; of a larger one the content is known only when it has been copied, and it is
    /// warned of.
    pub severity: Severity,
}

impl Default for DuplicateContent {
    fn default() -> Self {
        Self { scope: DuplicateScope::default(), severity: Severity::Warn }
    }
}

/// Where a document with the same content is looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DuplicateScope {
    /// In the same batch.
    #[default]
    Batch,
    /// In every batch of the ledger.
    All,
}

/// The same invoice in two documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DuplicateInvoice {
    /// What it does. `Fail` refuses the one of two that has the greater image number, unless the other one fails.
    pub severity: Severity,
    /// The business field with an invoice's number: a name of the spec's own, or `documentNumber`; `invoiceNumber` unless set,
    /// for documents that have it. Beside it the field `invoiceCode`, where there is one, is the invoice's code.
    pub field: Option<String>,
}

impl DuplicateInvoice {
    /// The business field with an invoice's number.
    pub fn field(&self) -> &str {
        self.field.as_deref().unwrap_or("invoiceNumber")
    }
}

/// Which virus scanner is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Virus {
    /// A scanner named in the config.
    pub scanner: String,
    /// What a file does in which something was found, or of which the scanner could not tell.
    #[serde(default)]
    pub severity: Severity,
}
