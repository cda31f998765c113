//! Floor 3: object stores. Sole home of object_store.
