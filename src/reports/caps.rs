//! Reports live in git beside their specs: no file of one grows beyond what forges show and hooks allow.

/// Rows of a table in a README.
pub(super) const README_ROWS: usize = 200;
/// Names in one cell or line of a README.
pub(super) const NAMES: usize = 20;
/// Bytes of every other file: the default of common pre-commit checks and of forges' diffs.
pub(super) const FILE_BYTES: usize = 500_000;
