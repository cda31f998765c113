//! Sidecars: the fields of one document from a JSON object or an XML document beside it.

mod json;
mod read;
mod xml;
mod xml_paths;
mod xml_text;

pub use read::{MAX_SIDECAR, read, sidecar_format};
