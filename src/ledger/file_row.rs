//! A file as its value is written: what came of its checks stands behind the shape that it had before there was any.
//!
//! | first byte | what follows |
//! |---|---|
//! | 0 | a listed file of no document yet |
//! | 1 | a file of a document, of whose checks nothing is known: what formats 1 and 2 wrote |
//! | 2 | a file of a document, and what came of its checks |
//! | 3 | a file that an index or a sidecar tells of, of a document or not yet, and where that is |
//! | 4 | the same, and what came of its checks |
//! | 5 | the version that was read of the source, and one of the others |

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::document::{CatalogRecord, FieldOrigin, FileRecord, FileState, SourceObject};
use crate::model::failure::Finding;
use crate::model::outcomes::Outcomes;

/// A file, and whether it belongs to a document yet and stands in the counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileRow {
    pub(super) counted: bool,
    pub(super) file: FileRecord,
}

/// The order of both is that of the first byte.
#[derive(Serialize)]
enum Written<'a> {
    Listed(&'a FileRecord),
    Unchecked(&'a FileRecord),
    Checked(&'a FileRecord),
    Told(Told<'a>),
    ToldAndChecked(Told<'a>),
    Versioned(&'a str, Box<Written<'a>>),
}

#[derive(Serialize)]
struct Told<'a> {
    counted: bool,
    origin: &'a FieldOrigin,
    absent: bool,
    file: &'a FileRecord,
}

/// `V`: what may stand behind a version.
#[derive(Deserialize)]
enum Read<V> {
    Listed(Unchecked),
    Unchecked(Unchecked),
    Checked(FileRecord),
    Told(ReadTold<Unchecked>),
    ToldAndChecked(ReadTold<FileRecord>),
    Versioned(V),
}

/// There is one version at most: damaged bytes lead no deeper.
type Versioned = (String, Read<Never>);

#[derive(Deserialize)]
enum Never {}

impl<V> Read<V> {
    fn row(self, versioned: impl FnOnce(V) -> Result<FileRow, &'static str>) -> Result<FileRow, &'static str> {
        Ok(match self {
            Self::Listed(file) => FileRow { counted: false, file: file.into() },
            Self::Unchecked(file) => FileRow { counted: true, file: file.into() },
            Self::Checked(file) => FileRow { counted: true, file },
            Self::Told(told) => told.into(),
            Self::ToldAndChecked(told) => told.into(),
            Self::Versioned(row) => return versioned(row),
        })
    }
}

#[derive(Deserialize)]
struct ReadTold<F> {
    counted: bool,
    origin: FieldOrigin,
    absent: bool,
    file: F,
}

impl<F: Into<FileRecord>> From<ReadTold<F>> for FileRow {
    fn from(told: ReadTold<F>) -> Self {
        let mut file: FileRecord = told.file.into();
        (file.record.origin, file.record.absent) = (told.origin, told.absent);
        Self { counted: told.counted, file }
    }
}

impl FileRow {
    fn of_version(mut self, version: String) -> Result<Self, &'static str> {
        let source = self.file.state.source_mut().ok_or("the version of a source that was not read")?;
        source.version = Some(version);
        Ok(self)
    }
}

/// A file without what came of its checks.
#[derive(Deserialize)]
struct Unchecked {
    object: SourceObject,
    record: CatalogRecord,
    state: FileState,
    findings: Vec<Finding>,
    unaddressable: Option<String>,
    seen: u32,
}

impl Serialize for FileRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (file, record) = (&self.file, &self.file.record);
        // Where there are no outcomes, none are written. A file that is not counted was never judged and has none.
        let written = match (self.counted, file.checks.is_empty()) {
            (counted, unchecked) if record.absent || record.origin != FieldOrigin::Key => {
                let told = Told { counted, origin: &record.origin, absent: record.absent, file };
                if unchecked { Written::Told(told) } else { Written::ToldAndChecked(told) }
            }
            (false, _) => Written::Listed(file),
            (true, true) => Written::Unchecked(file),
            (true, false) => Written::Checked(file),
        };
        match file.state.source_version() {
            Some(version) => Written::Versioned(version, Box::new(written)).serialize(serializer),
            None => written.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FileRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let versioned = |(version, row): Versioned| row.row(|never| match never {})?.of_version(version);
        Read::<Versioned>::deserialize(deserializer)?.row(versioned).map_err(D::Error::custom)
    }
}

impl From<Unchecked> for FileRecord {
    fn from(file: Unchecked) -> Self {
        let Unchecked { object, record, state, findings, unaddressable, seen } = file;
        Self { object, record, state, findings, unaddressable, seen, checks: Outcomes::default() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::ledger::values;
    use crate::model::document::{Fields, Role};
    use crate::model::failure::Outcome;
    use crate::model::ids::{Digest, ImageNumber};
    use crate::model::outcomes::Check;
    use crate::model::receipt::{Pin, Proof, Receipt};

    fn row(counted: bool) -> FileRow {
        let object = SourceObject { key: "k".to_owned(), size: 1, etag: None, modified: Timestamp::UNIX_EPOCH };
        let record = CatalogRecord {
            image_number: ImageNumber::new("1"),
            fields: Fields::default(),
            unreadable: Vec::new(),
            role: Role::Cover,
            role_label: None,
            sequence: None,
            recognised: true,
            origin: FieldOrigin::default(),
            absent: false,
        };
        let file = FileRecord {
            object,
            record,
            state: FileState::Pending,
            findings: Vec::new(),
            unaddressable: None,
            seen: 7,
            checks: Outcomes::default(),
        };
        FileRow { counted, file }
    }

    #[test]
    fn a_row_without_outcomes_is_written_as_it_was_before_there_were_any() {
        #[derive(Serialize)]
        struct Before<'a> {
            counted: bool,
            object: &'a SourceObject,
            record: &'a CatalogRecord,
            state: &'a FileState,
            findings: &'a [Finding],
            unaddressable: &'a Option<String>,
            seen: u32,
        }
        for counted in [false, true] {
            let row = row(counted);
            let FileRecord { object, record, state, findings, unaddressable, seen, .. } = &row.file;
            let before = Before { counted, object, record, state, findings, unaddressable, seen: *seen };
            let bytes = values::encode(&row);
            assert_eq!(bytes, values::encode(&before));
            assert_eq!(values::decode::<FileRow>(b"F", &bytes).unwrap(), row);
        }
    }

    #[test]
    fn where_a_row_tells_of_a_file_reads_back() {
        for (origin, absent) in [(FieldOrigin::Row(812_003), true), (FieldOrigin::Sidecar("a/b.xml".to_owned()), false)]
        {
            for counted in [false, true] {
                let mut row = row(counted);
                (row.file.record.origin, row.file.record.absent) = (origin.clone(), absent);
                assert_eq!(values::decode::<FileRow>(b"F", &values::encode(&row)).unwrap(), row);
                row.file.checks.set(Check::Readable, Outcome::Unknown);
                assert_eq!(values::decode::<FileRow>(b"F", &values::encode(&row)).unwrap(), row);
            }
        }
    }

    fn receipt(version: Option<&str>) -> Receipt {
        let at = Timestamp::UNIX_EPOCH;
        let source = Pin { size: 1, etag: None, modified: at, version: version.map(str::to_owned) };
        Receipt {
            target_key: "t".to_owned(),
            size: 1,
            sha256: Digest::ZERO,
            etag: None,
            version: Some("7".to_owned()),
            proof: Proof::ReadBack,
            source,
            at,
            run: 1,
            generation: 1,
        }
    }

    #[test]
    fn the_version_of_the_source_reads_back_whatever_else_is_known() {
        for (origin, checked, counted) in [
            (FieldOrigin::Key, false, true),
            (FieldOrigin::Key, true, true),
            (FieldOrigin::Row(3), false, true),
            (FieldOrigin::Row(3), true, false),
        ] {
            let mut row = row(counted);
            row.file.state = FileState::AlreadyAtTarget(receipt(Some("3sL4kqtJlcpXroDTDmJ")));
            row.file.record.origin = origin;
            if checked {
                row.file.checks.set(Check::Readable, Outcome::Pass);
            }
            let bytes = values::encode(&row);
            assert_eq!(values::decode::<FileRow>(b"F", &bytes).unwrap(), row);
        }
    }

    #[test]
    fn a_receipt_from_before_versions_of_sources_were_kept_reads_and_is_written_as_it_was() {
        // A migrated file, byte by byte as format 4 wrote it.
        let time = b"\x141970-01-01T00:00:00Z".as_slice();
        let (object, record) = (b"\x01k\x01\0", b"\x011\0\0\0\0\0\0\0\0\0\x01");
        let (key, versions, source) = (b"\x01t\x01", b"\0\x01\x017\x01", b"\x01\0");
        let receipt_bytes =
            [key, Digest::ZERO.as_bytes().as_slice(), versions, source, time, time, b"\x01\x01"].concat();
        let bytes = [b"\x01\x01", object.as_slice(), time, record, b"\x01", &receipt_bytes, b"\0\0\x07"].concat();
        let mut expected = row(true);
        expected.file.state = FileState::Migrated(receipt(None));
        let read = values::decode::<FileRow>(b"F", &bytes).unwrap();
        assert_eq!(read, expected);
        assert_eq!(values::encode(&read), bytes);
    }

    #[test]
    fn a_version_of_a_source_that_was_not_read_is_damage() {
        let mut row = row(true);
        row.file.state = FileState::AlreadyAtTarget(receipt(Some("3")));
        let mut bytes = values::encode(&row);
        // The state: a byte for which, and a receipt behind it. Pending has none.
        let at = bytes.windows(3).rposition(|part| part == [2, 1, b't']).unwrap();
        bytes[at] = 0;
        bytes.drain(at + 1..bytes.len() - 3);
        let error = values::decode::<FileRow>(b"F", &bytes).unwrap_err().to_string();
        assert!(error.contains("F"), "{error}");
    }

    #[test]
    fn outcomes_read_back_and_take_a_few_bytes() {
        let mut row = row(true);
        let without = values::encode(&row).len();
        row.file.checks.set(Check::Readable, Outcome::Unknown);
        let bytes = values::encode(&row);
        assert_eq!(values::decode::<FileRow>(b"F", &bytes).unwrap(), row);
        assert!(bytes.len() - without <= 12, "{} bytes more", bytes.len() - without);
    }
}
