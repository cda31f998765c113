//! Pages of listings.

use crate::model::document::SourceObject;

/// Most entries of one page.
pub(super) const PAGE_SIZE: usize = 1000;

/// Asks for one page of what a store holds below `prefix`, which is text and not only a whole directory.
pub(super) struct Query<'q> {
    pub(super) prefix: &'q str,
    pub(super) by_directory: bool,
    pub(super) token: Option<&'q str>,
    /// The first page begins behind this key; S3 and Google have this.
    pub(super) after: Option<&'q str>,
    pub(super) max_keys: usize,
}

/// One page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Objects that can be read by their keys.
    pub objects: Vec<SourceObject>,
    /// Objects that no GET here can address, and why. Their keys may be approximate where they are no text.
    pub unaddressable: Vec<(SourceObject, String)>,
    /// Whole prefixes, ending in `/`.
    pub directories: Vec<String>,
    /// Its keys came in the order of their bytes, each as it is. Told of S3 and its like alone.
    pub in_order: bool,
    /// Asks for the next page; `None`: this is the last one.
    pub next: Option<String>,
    /// Requests that this page took.
    pub requests: u64,
}

impl Page {
    /// The keys of its objects: those that can be addressed, then those that cannot.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let unaddressable = self.unaddressable.iter().map(|(object, _)| object);
        self.objects.iter().chain(unaddressable).map(|object| object.key.as_str())
    }

    pub(super) fn len(&self) -> usize {
        self.objects.len() + self.unaddressable.len() + self.directories.len()
    }
}
