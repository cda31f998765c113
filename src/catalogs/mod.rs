//! Floor 2: rows to records. Pure.
