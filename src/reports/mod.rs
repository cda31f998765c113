//! Floor 3: report folders.
