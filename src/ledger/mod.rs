//! Floor 3: the embedded database. Sole home of sled.
