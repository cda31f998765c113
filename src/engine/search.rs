//! Looks for single keys of a long listing.

use std::sync::atomic::{AtomicU64, Ordering};

use super::context::RunContext;
use super::document::Unfinished;
use super::freeze::stop_if_asked;
use super::page::answered;
use crate::stores::{Page, StoreError};

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
        let source = &self.context.setup.source.store;
        let mut page = self.page(|| source.list_after(self.prefix, after, 1)).await?;
        // Where much was removed of late, some servers give pages without keys on the way to the next one.
        while let (None, Some(next)) = (page.keys().min(), &page.next) {
            page = self.page(|| source.list(self.prefix, false, Some(next))).await?;
        }
        match page.keys().min() {
            // It does not begin where it was asked to.
            Some(key) if *key <= *after => Err(Silence::Untold),
            key => Ok(key.map(str::to_owned)),
        }
    }

    async fn page<F>(&self, request: impl FnMut() -> F) -> Result<Page, Silence>
    where
        F: Future<Output = Result<Page, StoreError>>,
    {
        stop_if_asked(self.context).map_err(Silence::Unfinished)?;
        let page = answered(self.context, request).await.map_err(Silence::Unfinished)?;
        let page = page.map_err(|_| Silence::Untold)?;
        self.requests.fetch_add(page.requests, Ordering::Relaxed);
        Ok(page)
    }
}
