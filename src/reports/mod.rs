//! Floor 3: report folders.
//!
//! Rendering is pure: the same report gives the same bytes, wherever and whenever. A file is written whole or not at
//! all, and only when its bytes differ. Nothing is rendered of which a total does not add up.

pub mod bag;
mod caps;
mod fit;
mod folder;
pub mod html;
mod invalid;
mod lists;
mod markdown;
mod plan;
mod readme;
mod render;
mod spreadsheet;
mod tables;
pub mod words;

pub use folder::{ReportError, folder_of, publish, write};
pub use invalid::render_invalid;
pub use plan::{plan, plan_sentence};
pub use render::{Rendered, render};
pub use spreadsheet::spreadsheet_safe;
