//! What a report says besides figures: verdict, next action, reasons, reconciliation. Pure functions of the report.

mod reasons;
mod reconciliation;
mod verdict;

pub use reasons::{failure_views, remedy};
pub use reconciliation::{Line, assert_reconciled, reconciliation};
pub use verdict::{next_action, verdict};
