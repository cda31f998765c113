//! The page of a new batch (新增): a form that becomes the YAML of a spec, judged as it is typed, planned against the stores, and
//! written where the config allows it.

mod answer;
mod field;
mod form;
mod plainly;
mod shown;
mod written;

pub(super) use answer::{empty, posted};
pub(super) use written::notice;
