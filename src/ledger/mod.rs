//! Floor 3: the embedded database (台账). Sole home of sled.
//!
//! One tree holds everything, so that a record, its index, its counters, its claims and its audit event change
//! together or not at all. One thread writes; any number of readers scan.
//!
//! Invariants:
//! - Counters and audit chains change only in the write that changes what they count or tell.
//! - What was acknowledged as [`Durability::Flushed`] survives a kill at any instant.
//! - After a failed write nothing more is written: every later commit gets the same error.
//! - The directory `ledger` is always whole: it is built elsewhere and renamed.
//! - No writes but the writer's; no subscription of sled's is used (its subscribers can block writers for ever).

mod apply;
mod audit;
mod browse;
mod care;
mod chain;
mod change;
mod claim;
mod compact;
mod content;
mod counters;
mod disk;
mod error;
mod file_row;
mod fuse;
mod keys;
mod listed;
mod open;
mod opened;
mod pages;
mod reader;
mod recount;
mod recover;
mod rows;
mod stage;
mod store;
mod touched;
mod uniques;
mod upgrade;
mod values;
mod writer;

pub use audit::record_digest;
pub use browse::{Browsed, Wanted};
pub use care::{check, compact};
pub use chain::{Link, Sealed, SealedRecord};
pub use change::{Change, Committed, Durability, EventDraft, GroupedDocument, NewBatch};
pub use claim::{Claim, ClaimRecord, Contest, RefusedClaim};
pub use error::LedgerError;
pub use fuse::{Blown, Fuse};
pub use listed::ListedFile;
pub use open::{Ledger, LedgerOptions};
pub use reader::{DocumentFilter, Reader};
pub use recount::{Item, Recount};
pub use rows::StartMark;
pub use uniques::Owner;
pub use writer::Writer;
