//! `manifest.json` of an S3 Inventory.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::catalogs::table::shown;
use crate::model::catalog::TableFormat;

/// Columns without which an inventory is no listing. Those of CSV; Parquet has names of its own.
const NEEDED: [[&str; 2]; 4] =
    [["Key", "key"], ["Size", "size"], ["LastModifiedDate", "last_modified_date"], ["ETag", "e_tag"]];

/// What an inventory says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// When it was begun: objects may be newer than their rows.
    pub created: Timestamp,
    /// The bucket that it lists.
    pub bucket: String,
    /// [`TableFormat::Csv`], always gzip, or [`TableFormat::Parquet`].
    pub format: TableFormat,
    /// The columns of CSV in their order; empty for Parquet, whose files tell their own.
    pub columns: Vec<String>,
    /// Its data files; their keys are whole keys of the bucket that holds the manifest.
    pub files: Vec<InventoryFile>,
}

/// One data file of an inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryFile {
    /// Its whole key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// The MD5 of its bytes: 32 hexadecimal digits.
    pub md5: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    source_bucket: String,
    creation_timestamp: serde_json::Value,
    file_format: String,
    file_schema: String,
    files: Vec<RawFile>,
}

#[derive(Deserialize)]
struct RawFile {
    key: String,
    size: u64,
    #[serde(rename = "MD5checksum")]
    md5: String,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is no manifest, an inventory in ORC, and one without a column that a listing needs.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let raw: RawManifest = serde_json::from_slice(bytes)
            .map_err(|error| format!("this is no manifest.json of an S3 Inventory: {error}"))?;
        let created = created(&raw.creation_timestamp)?;
        let format = format(&raw.file_format)?;
        let columns = columns(format, &raw.file_schema)?;
        let files = raw.files.into_iter().map(file).collect::<Result<_, _>>()?;
        Ok(Self { created, bucket: raw.source_bucket, format, columns, files })
    }

    /// Refuses an inventory that was begun longer ago than `max_age`.
    ///
    /// # Errors
    /// How old it is.
    pub fn check_age(&self, now: Timestamp, max_age: Duration) -> Result<(), String> {
        let age = now.duration_since(self.created);
        match Duration::try_from(age) {
            Ok(age) if age > max_age => Err(format!(
                "the inventory is of {}, which is {} ago, and `maxAge` is {}; wait for the next one, or raise `maxAge`",
                self.created,
                minutes(age),
                minutes(max_age)
            )),
            // One of the future is as old as clocks differ.
            _ => Ok(()),
        }
    }
}

/// Whole minutes, for people.
fn minutes(age: Duration) -> String {
    let minutes = age.as_secs() / 60;
    format!("{}h {}m", minutes / 60, minutes % 60)
}

/// Milliseconds since 1970, as a text.
fn created(value: &serde_json::Value) -> Result<Timestamp, String> {
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok()).ok_or_else(|| {
        format!("`creationTimestamp` should be milliseconds since 1970; found {}", shown(&value.to_string()))
    })
}

fn format(name: &str) -> Result<TableFormat, String> {
    match name.to_ascii_lowercase().as_str() {
        "csv" => Ok(TableFormat::Csv),
        "parquet" => Ok(TableFormat::Parquet),
        "orc" => Err("the inventory is in ORC, which is not read; let S3 write it as CSV or Parquet".to_owned()),
        _ => {
            Err(format!("the inventory is in {:?}, which is not read; let S3 write it as CSV or Parquet", shown(name)))
        }
    }
}

/// The schema of CSV is its columns; that of Parquet is its message type, in which a column is a word.
fn columns(format: TableFormat, schema: &str) -> Result<Vec<String>, String> {
    let is_csv = format == TableFormat::Csv;
    let names: Vec<&str> = match format {
        TableFormat::Csv => schema.split(',').map(str::trim).collect(),
        _ => schema.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect(),
    };
    let missing: Vec<&str> = NEEDED
        .iter()
        .map(|[csv, parquet]| if is_csv { *csv } else { *parquet })
        .filter(|name| !names.contains(name))
        .collect();
    if !missing.is_empty() {
        return Err(format!(
            "the inventory has no column {}, and lists {}; add the fields Size, Last modified and ETag to its configuration",
            missing.join(", "),
            shown(&names.join(", "))
        ));
    }
    Ok(if is_csv { names.into_iter().map(str::to_owned).collect() } else { Vec::new() })
}

fn file(raw: RawFile) -> Result<InventoryFile, String> {
    let is_digest = raw.md5.len() == 32 && raw.md5.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        return Err(format!(
            "`MD5checksum` of {:?} should be 32 hexadecimal digits; found {:?}",
            shown(&raw.key),
            shown(&raw.md5)
        ));
    }
    Ok(InventoryFile { key: raw.key, size: raw.size, md5: raw.md5.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag";

    fn text(format: &str, schema: &str) -> String {
        format!(
            r#"{{"sourceBucket":"archive","destinationBucket":"arn:aws:s3:::inventories","version":"2016-11-30",
                "creationTimestamp":"1735689600000","fileFormat":"{format}","fileSchema":"{schema}",
                "files":[{{"key":"a/data/1.csv.gz","size":2147,"MD5checksum":"F11166069F1990ABEB9C97ACE9CDFABC"}}]}}"#
        )
    }

    fn parse(format: &str, schema: &str) -> Result<Manifest, String> {
        Manifest::parse(text(format, schema).as_bytes())
    }

    #[test]
    fn a_manifest_tells_its_files_and_columns() {
        let manifest = parse("CSV", SCHEMA).unwrap();
        assert_eq!(manifest.created.to_string(), "2025-01-01T00:00:00Z");
        assert_eq!((manifest.bucket.as_str(), manifest.format), ("archive", TableFormat::Csv));
        assert_eq!(manifest.columns[..3], ["Bucket", "Key", "VersionId"]);
        let file = &manifest.files[0];
        assert_eq!(
            (file.key.as_str(), file.size, file.md5.as_str()),
            ("a/data/1.csv.gz", 2147, "f11166069f1990abeb9c97ace9cdfabc")
        );
        let message_type =
            "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional int64 size;
            optional int64 last_modified_date (TIMESTAMP_MILLIS); optional binary e_tag (UTF8);}"
                .replace('\n', " ");
        assert_eq!(parse("Parquet", &message_type).unwrap().format, TableFormat::Parquet);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (format, schema, about) in [
            ("ORC", SCHEMA, "ORC"),
            ("Avro", SCHEMA, "\"Avro\""),
            ("CSV", "Bucket, Key, LastModifiedDate", "no column Size, ETag, and lists Bucket, Key"),
            (
                "Parquet",
                "message s3.inventory { required binary key (UTF8); }",
                "no column size, last_modified_date, e_tag",
            ),
        ] {
            let message = parse(format, schema).unwrap_err();
            assert!(message.contains(about), "{message}");
        }
        assert!(Manifest::parse(b"{}").unwrap_err().contains("no manifest.json"));
        let soon = text("CSV", SCHEMA).replace("1735689600000", "soon");
        assert!(Manifest::parse(soon.as_bytes()).unwrap_err().contains("creationTimestamp"));
        let short = text("CSV", SCHEMA).replace("F11166", "");
        assert!(Manifest::parse(short.as_bytes()).unwrap_err().contains("MD5checksum"));
    }

    #[test]
    fn an_old_inventory_is_refused() {
        let manifest = parse("CSV", SCHEMA).unwrap();
        let day = Duration::from_secs(86_400);
        let after = |seconds| manifest.created + jiff::SignedDuration::from_secs(seconds);
        assert_eq!(manifest.check_age(after(86_400), day), Ok(()));
        assert_eq!(manifest.check_age(after(-5), day), Ok(()));
        let message = manifest.check_age(after(90_060), day).unwrap_err();
        assert!(message.contains("is 25h 1m ago, and `maxAge` is 24h 0m"), "{message}");
    }
}
