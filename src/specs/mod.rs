//! Floor 3: every YAML file (specs, config, credentials), what changes among them, and git authorship. Sole home of
//! serde_yaml and notify.
//!
//! serde_yaml decides what a file says. Where it would lose the place of a problem, or stop at the first, a tree with
//! positions is walked along the JSON Schema, which is generated from the same types: so a file has all its problems
//! named at once, each at its place, and the two can never ask for different things.
//!
//! Everything here is synchronous; callers keep it off the threads that do I/O.

mod authors;
mod authorship;
mod check;
mod check_catalog;
mod check_checks;
mod check_rows;
mod check_target;
mod config;
mod config_check;
mod config_policies;
mod credentials;
mod cycles;
mod digest;
mod draft;
mod history;
mod jobs;
mod keys;
mod locate;
mod marked;
mod order;
mod parts;
mod place;
mod problems;
mod read;
mod scalar;
mod schema;
mod secrets;
mod spec;
mod syntax;
mod tokens;
mod walk;
mod watch;
mod writing;

pub use authors::operators_of;
pub use authorship::{current_user, operator_of, user_name};
pub use config::{ConfigError, LoadedConfig, load_config, real_path};
pub use credentials::{credentials, secret};
pub use cycles::{Cycle, cycles, in_cycle};
pub use draft::draft_text;
pub use jobs::{JobsScan, SpecsError, scan_jobs};
pub use place::below_jobs;
pub use read::line_of;
pub use schema::{batch_schema, config_schema, report_schema};
pub use spec::{LoadedSpec, Loading, check_text, read_spec};
pub use tokens::grants;
pub use watch::{FileChange, JobsWatcher, KnownFile, Look, Scanner};
pub use writing::{WriteError, file_fault, spec_named, write_spec};
