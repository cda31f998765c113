//! How business fields are found for each object: by its key, by the rows of an index, by a sidecar beside it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::StoreName;
use super::units::Span;

/// How business fields are found for each object: by `keys`, or by an `index`, or by `sidecar`s. Beside one of the latter,
/// `keys` tells the image number alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Catalog {
    /// Template matched against the key below `source.prefix`; by itself it needs `{imageNumber}` and the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// A table with a row for each file or for each document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Index>,
    /// An object beside each document that tells its fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar: Option<Sidecar>,
    /// Roles by globs on the file name; they come before `{role}` in the key, and before a column.
    #[serde(default)]
    pub roles: RoleGlobs,
    /// Zone of dates without an offset; default: `collected.timeZone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// A table of files or documents, such as a database's export.
///
/// A row belongs to the object at its `key`, or to all objects below its `directory`, or, with neither, to the objects whose
/// keys tell its `imageNumber` by `catalog.keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Index {
    /// The table's whole key in a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The store of `object`; default: the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreName>,
    /// A file beside the spec, relative to the spec's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Default: by the name, such as `index.csv.gz`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<TableFormat>,
    /// Default: by the name, such as `index.csv.gz`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// Of CSV and JSONL.
    #[serde(default, skip_serializing_if = "Encoding::is_default")]
    pub encoding: Encoding,
    /// Between the cells of CSV; default: a comma. `\t` is a tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Where each field is found: `key` or `directory` (below `source.prefix`), the fields of a template, and names of the
    /// spec's own.
    pub columns: BTreeMap<String, Column>,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TableFormat {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// One JSON object in each line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
}

/// How a table is compressed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// It is not.
    None,
    /// RFC 1952, also of several members.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// How a table's text is encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    /// With or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Simplified Chinese, as GB 18030 extends it.
    #[serde(rename = "gbk")]
    Gbk,
}

impl Encoding {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Where one field is found in a row: the name of a column (a path such as `invoice.number` in JSON), or more about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Column {
    /// The column's name.
    Name(String),
    /// More about it.
    More(ColumnRule),
}

/// Where one field is found, and how it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ColumnRule {
    /// The column's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The same value for every row, in place of a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    /// How a date is written, in strftime's words; default: `%Y-%m-%d`, or an instant of RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Taken off the beginning of the text where it stands there, such as `/archive/` of a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip: Option<String>,
}

impl Column {
    /// Both forms as one.
    pub fn rule(&self) -> ColumnRule {
        match self {
            Self::Name(name) => ColumnRule { column: Some(name.clone()), ..ColumnRule::default() },
            Self::More(rule) => rule.clone(),
        }
    }
}

/// An object beside each document that tells its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sidecar {
    /// Globs on the file name: which objects are sidecars. They are not files of the document.
    pub files: Vec<String>,
    /// Default: by the name's extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<SidecarFormat>,
    /// Where each field is found: a path such as `header.company` or `Invoice/Header/Company`, or `invoice.@number` of an
    /// attribute. Without `imageNumber`, `catalog.keys` tells it.
    pub fields: BTreeMap<String, Column>,
}

/// How a sidecar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SidecarFormat {
    /// One JSON object.
    Json,
    /// One XML document.
    Xml,
}

/// An S3 Inventory in place of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inventory {
    /// The whole key of its `manifest.json`; its data files lie in the same store.
    pub manifest: String,
    /// The store of the manifest; default: the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreName>,
    /// Oldest that is accepted; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Span>,
}

/// Globs on file names, tried in the order cover, invoice, attachment, without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RoleGlobs {
    /// File names of covers (封面).
    pub cover: Vec<String>,
    /// File names of invoices (发票).
    pub invoice: Vec<String>,
    /// File names of attachments (附件).
    pub attachment: Vec<String>,
}
