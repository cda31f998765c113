//! Floor 4: drive runs.
