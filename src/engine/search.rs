//! Looks for single keys of a long listing.

use std::sync::atomic::{AtomicU64, Ordering};

use super::context::RunContext;
use super::document::Unfinished;
use super::freeze::stop_if_asked;
use super::page::answered;

/// Looks for keys below a prefix.
pub struct Search<'a> {
    context: &'a RunContext,
    prefix: &'a str,
    requests: AtomicU64,
}

/// Why no key is known.
pub enum Silence {
    /// The source does not say, or not so that it can be relied on.
    Untold,
    /// There is no answer now.
    Unfinished(Unfinished),
}

impl<'a> Search<'a> {
    /// Below a prefix of the source.
    pub fn new(context: &'a RunContext, prefix: &'a str) -> Self {
        Self { context, prefix, requests: AtomicU64::new(0) }
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The first key behind a text; `None`: there is none.
    ///
    /// # Errors
    /// None is known.
    pub async fn first_behind(&self, after: &str) -> Result<Option<String>, Silence> {
        stop_if_asked(self.context).map_err(Silence::Unfinished)?;
        let source = &self.context.setup.source.store;
        let page = answered(self.context, || source.list_after(self.prefix, after, 1)).await;
        let page = page.map_err(Silence::Unfinished)?.map_err(|_| Silence::Untold)?;
        self.requests.fetch_add(page.requests, Ordering::Relaxed);
        match page.keys().min() {
            // It does not begin where it was asked to.
            Some(key) if *key <= *after => Err(Silence::Untold),
            Some(key) => Ok(Some(key.to_owned())),
            None if page.next.is_some() => Err(Silence::Untold),
            None => Ok(None),
        }
    }
}
