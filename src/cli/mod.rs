//! Floor 6: words in, words and exit codes out.

pub mod exit;
