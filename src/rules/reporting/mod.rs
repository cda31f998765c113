//! What a report says besides figures: verdict, next action, reasons, reconciliation. Pure functions of the report.

mod next;
mod reasons;
mod reconciliation;
mod timeline;
mod verdict;
mod wording;

pub use next::next_steps;
pub use reasons::{failure_view, failure_views, remedy, remedy_of_plan, warning_views};
pub use reconciliation::{Line, assert_reconciled, reconciliation};
pub use timeline::timeline;
pub use verdict::verdict;
pub use wording::{count, number};
