//! Globs on file names.

use globset::GlobSet;

use super::globs::{Against, GlobError, set};
use super::keys::file_name;

/// Globs on file names, without regard to case.
#[derive(Debug, Clone)]
pub struct NameGlobs(GlobSet);

impl NameGlobs {
    /// Compiles globs.
    ///
    /// # Errors
    /// The first one that cannot be read.
    pub fn new(globs: &[String]) -> Result<Self, GlobError> {
        // Lower case on both sides: globset's own disregard of case knows ASCII alone.
        let lower: Vec<String> = globs.iter().map(|glob| glob.to_lowercase()).collect();
        set(&lower, Against::Text).map(Self)
    }

    /// Whether one of them matches the name of the file at a key.
    pub fn match_file_at(&self, key: &str) -> bool {
        self.0.is_match(file_name(key).to_lowercase())
    }
}
