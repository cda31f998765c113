//! A verification: the target read again and compared with the receipts, and with what is claimed.
//!
//! ```text
//! documents ──> (sample) ──> objects that must be there ──> read, compared ──┐
//! listing of the target ──> objects that nobody claims ──────────────────────┴──> result ──> event
//! ```

mod compare;
mod extra;
mod listing;
mod look;
mod objects;

pub use look::{Asked, Looked, Verifier, VerifyError};
