//! Floor 2: bytes to facts. Pure: readers are arguments.
