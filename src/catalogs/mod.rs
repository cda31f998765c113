//! Floor 2: rows to records. Pure.
//!
//! Reads business fields out of keys, writes keys out of fields, and tells which prefixes of a store can hold a
//! selection.
//!
//! Invariants: no key makes it panic, and none takes more than linear time to match; the prefixes of [`pushdown`]
//! cover every key in scope of their selection, and none of them contains another.

mod date_form;
mod date_parts;
mod error;
mod fields;
pub mod inventory;
mod key_syntax;
mod key_template;
mod moment;
mod name;
mod pieces;
pub mod pushdown;
mod quiet;
mod segment;
pub mod sidecar;
pub mod table;
mod target_template;
mod whereabouts;

pub use error::TemplateError;
pub use fields::{PLACES, fields, template};
pub use key_template::{KeyFields, KeyReading, KeyTemplate, Zones};
pub use name::is_field_of_file;
pub use target_template::{KeyParts, TargetTemplate};
