//! Documents and their files: what a catalog says of them, and where they stand.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::failure::{Failure, Finding};
use super::ids::ImageNumber;
use super::outcomes::Outcomes;
use super::receipt::{KeptTarget, Pin, Receipt};
use super::status::ItemStatus;

/// What a file is to its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 封面.
    Cover,
    /// 发票.
    Invoice,
    /// 附件.
    Attachment,
}

impl Role {
    /// Every role, in the order in which globs are tried.
    pub const ALL: [Self; 3] = [Self::Cover, Self::Invoice, Self::Attachment];

    /// The role's word in keys and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cover => "cover",
            Self::Invoice => "invoice",
            Self::Attachment => "attachment",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// When a document was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// The local day in the batch's zone: what the range is compared with.
    pub day: Date,
    /// The instant, where the catalog gives more than a day.
    pub instant: Option<Timestamp>,
}

/// The business fields of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// 组织.
    pub organization: Option<String>,
    /// 单据类型.
    pub document_type: Option<String>,
    /// 单据编号.
    pub document_number: Option<String>,
    /// 采集日期; `None`: absent or unreadable.
    pub collected: Option<Collected>,
    /// Fields with names of the spec's own.
    pub extra: BTreeMap<String, String>,
}

/// One listed object, as the store lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceObject {
    /// The whole key in the store.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// The entity tag, where the store gives one.
    pub etag: Option<String>,
    /// When the store last wrote it; never a business date.
    pub modified: Timestamp,
}

/// What a catalog says of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogRecord {
    /// Which document it belongs to.
    pub image_number: ImageNumber,
    /// The document's fields as this object tells them.
    pub fields: Fields,
    /// Fields that are there and cannot be read: name and text.
    pub unreadable: Vec<(String, String)>,
    /// What the file is to the document.
    pub role: Role,
    /// The word that the archive uses, where it is none of ours.
    pub role_label: Option<String>,
    /// The file's place among those of its role, as written.
    pub sequence: Option<String>,
    /// `false`: lies in the document's directory and matches no template.
    pub recognised: bool,
    /// Where all this was found; kept beside the record.
    #[serde(skip)]
    pub origin: FieldOrigin,
    /// The catalog names it, and no such object was listed; kept beside the record.
    #[serde(skip)]
    pub absent: bool,
}

/// Where the fields of a file were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldOrigin {
    /// In its key.
    #[default]
    Key,
    /// In a row of the index: 1, 2, …, without the header.
    Row(u64),
    /// In the sidecar at this key.
    Sidecar(String),
}

impl fmt::Display for FieldOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str("the key"),
            Self::Row(number) => write!(f, "row {number} of the index"),
            Self::Sidecar(key) => write!(f, "the sidecar {key}"),
        }
    }
}

/// Where one file stands, with what is true then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileState {
    /// Not decided yet.
    Pending,
    /// Copied and proven.
    Migrated(Receipt),
    /// Was there, and identical.
    AlreadyAtTarget(Receipt),
    /// Another object is there and was kept on purpose.
    TargetKept(KeptTarget),
    /// Decided against.
    Failed(Failure),
}

impl FileRecord {
    /// Its bytes: as many as were read of it, once it is at the target, whatever lies at the source since; before that as many as were
    /// listed.
    pub fn bytes(&self) -> u64 {
        self.state.source().map_or(self.object.size, |source| source.size)
    }
}

impl FileState {
    /// The status that people see.
    pub fn status(&self) -> ItemStatus {
        match self {
            Self::Pending => ItemStatus::Pending,
            Self::Migrated(_) => ItemStatus::Migrated,
            Self::AlreadyAtTarget(_) | Self::TargetKept(_) => ItemStatus::AlreadyAtTarget,
            Self::Failed(_) => ItemStatus::Failed,
        }
    }

    /// Whether another object was kept.
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::TargetKept(_))
    }

    /// What the source was when it was read, of a file that is at the target.
    pub fn source(&self) -> Option<&Pin> {
        match self {
            Self::Migrated(receipt) | Self::AlreadyAtTarget(receipt) => Some(&receipt.source),
            Self::TargetKept(kept) => Some(&kept.source),
            Self::Pending | Self::Failed(_) => None,
        }
    }

    /// The same, to be completed.
    pub fn source_mut(&mut self) -> Option<&mut Pin> {
        match self {
            Self::Migrated(receipt) | Self::AlreadyAtTarget(receipt) => Some(&mut receipt.source),
            Self::TargetKept(kept) => Some(&mut kept.source),
            Self::Pending | Self::Failed(_) => None,
        }
    }

    /// The version of the source that was read, where the store gave one.
    pub fn source_version(&self) -> Option<&str> {
        self.source()?.version.as_deref()
    }
}

/// Where one document stands, with what is true then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentState {
    /// Not decided yet.
    Pending,
    /// Every file is at the target and proven, at least one copied by us.
    Migrated,
    /// Every file was there.
    AlreadyAtTarget {
        /// At least one differs and was kept on purpose.
        kept: bool,
    },
    /// Decided against; the failure is the first one of its files or its own.
    Failed(Failure),
}

impl DocumentState {
    /// The status that people see.
    pub fn status(&self) -> ItemStatus {
        match self {
            Self::Pending => ItemStatus::Pending,
            Self::Migrated => ItemStatus::Migrated,
            Self::AlreadyAtTarget { .. } => ItemStatus::AlreadyAtTarget,
            Self::Failed(_) => ItemStatus::Failed,
        }
    }

    /// Whether another object was kept for at least one file.
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::AlreadyAtTarget { kept: true })
    }

    /// The failure, if that is where it stands.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// What the states of its files make of a document, when none of its own failures decides.
    pub fn of_files<'a>(files: impl IntoIterator<Item = &'a FileState>) -> Self {
        let (mut migrated, mut kept, mut pending) = (false, false, false);
        for file in files {
            match file {
                FileState::Failed(failure) if failure.code != super::failure::Code::HeldBack => {
                    return Self::Failed(failure.clone());
                }
                FileState::Failed(_) | FileState::Pending => pending = true,
                FileState::Migrated(_) => migrated = true,
                FileState::TargetKept(_) => kept = true,
                FileState::AlreadyAtTarget(_) => {}
            }
        }
        match (pending, migrated) {
            (true, _) => Self::Pending,
            (false, true) => Self::Migrated,
            (false, false) => Self::AlreadyAtTarget { kept },
        }
    }
}

/// A file as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// What the store listed.
    pub object: SourceObject,
    /// What the catalog says.
    pub record: CatalogRecord,
    /// Where it stands.
    pub state: FileState,
    /// What checks found without failing it.
    pub findings: Vec<Finding>,
    /// Why no request can ask for it, if none can.
    pub unaddressable: Option<String>,
    /// The listing (1, 2, …) of the batch that recorded what stands here. Later ones may have seen it as it was.
    pub seen: u32,
    /// What came of each check when it was last decided.
    #[serde(default, skip_serializing_if = "Outcomes::is_empty")]
    pub checks: Outcomes,
}

/// How many files a document has and where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileCounts {
    /// All.
    pub total: u64,
    /// At the target and proven.
    pub synced: u64,
    /// Decided against.
    pub failed: u64,
}

/// A document as the ledger keeps it; its files stand beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// Its id in the archive.
    pub image_number: ImageNumber,
    /// Its business fields; of conflicting ones the first by key.
    pub fields: Fields,
    /// Where it stands.
    pub state: DocumentState,
    /// Warnings of its own and of its files.
    pub findings: Vec<Finding>,
    /// Its files.
    pub files: FileCounts,
    /// Bytes of all files.
    pub bytes: u64,
    /// How often its transfer was started.
    pub attempts: u32,
    /// The run that decided last; 0: none yet.
    pub run: u32,
    /// The generation of the spec that decided last.
    pub generation: u32,
    /// Its objects are gone from the source since it was synced.
    pub gone_from_source: bool,
}
