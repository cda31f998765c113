//! How many requests were sent.

use std::sync::atomic::{AtomicU64, Ordering};

use http::Method;

/// Requests sent to a store since it was opened, by kind; all zero for stores that are not asked over HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// Pages of listings.
    pub list: u64,
    /// Objects and ranges read.
    pub get: u64,
    /// Objects looked at.
    pub head: u64,
    /// Objects and parts written.
    pub put: u64,
    /// Uploads begun and completed.
    pub post: u64,
    /// Uploads aborted.
    pub delete: u64,
}

impl RequestCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.list + self.get + self.head + self.put + self.post + self.delete
    }
}

/// The counters behind [`RequestCounts`].
#[derive(Debug, Default)]
pub(in super::super) struct Counts {
    list: AtomicU64,
    get: AtomicU64,
    head: AtomicU64,
    put: AtomicU64,
    post: AtomicU64,
    delete: AtomicU64,
}

impl Counts {
    pub(super) fn add(&self, method: &Method, is_list: bool) {
        let counter = match *method {
            _ if is_list => &self.list,
            Method::HEAD => &self.head,
            Method::PUT => &self.put,
            Method::POST => &self.post,
            Method::DELETE => &self.delete,
            _ => &self.get,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(in super::super) fn read(&self) -> RequestCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RequestCounts {
            list: read(&self.list),
            get: read(&self.get),
            head: read(&self.head),
            put: read(&self.put),
            post: read(&self.post),
            delete: read(&self.delete),
        }
    }
}
