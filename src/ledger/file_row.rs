//! A file as its value is written: what came of its checks stands behind the shape that it had before there was any.
//!
//! | first byte | what follows |
//! |---|---|
//! | 0 | a listed file of no document yet |
//! | 1 | a file of a document, of whose checks nothing is known: what formats 1 and 2 wrote |
//! | 2 | a file of a document, and what came of its checks |
//! | 3 | a file that an index or a sidecar tells of, of a document or not yet, and where that is |
//! | 4 | the same, and what came of its checks |

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
}

#[derive(Serialize)]
struct Told<'a> {
    counted: bool,
    origin: &'a FieldOrigin,
    absent: bool,
    file: &'a FileRecord,
}

#[derive(Deserialize)]
enum Read {
    Listed(Unchecked),
    Unchecked(Unchecked),
    Checked(FileRecord),
    Told(ReadTold<Unchecked>),
    ToldAndChecked(ReadTold<FileRecord>),
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
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FileRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Read::deserialize(deserializer)? {
            Read::Listed(file) => Self { counted: false, file: file.into() },
            Read::Unchecked(file) => Self { counted: true, file: file.into() },
            Read::Checked(file) => Self { counted: true, file },
            Read::Told(told) => told.into(),
            Read::ToldAndChecked(told) => told.into(),
        })
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
    use crate::model::ids::ImageNumber;
    use crate::model::outcomes::Check;

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
