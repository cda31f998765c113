//! Objects in this process's memory: one store for each name, for samples and tests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use futures::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore as _};

use super::error::{Reason, root_cause};
use super::listing::{PAGE_SIZE, Page};
use super::read::timestamp;
use crate::model::document::SourceObject;
use crate::model::failure::Code::{SourceMissing, StoreUnavailable};
use crate::model::failure::Disposition::{Reject, Stall};

static STORES: LazyLock<Mutex<HashMap<String, Arc<InMemory>>>> = LazyLock::new(Mutex::default);

/// The store of that name.
pub(super) fn open(name: &str) -> Arc<InMemory> {
    // An entry is inserted whole, so a panic elsewhere leaves nothing half done.
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(stores.entry(name.to_owned()).or_default())
}

/// One page; the token is the last name of the page before.
pub(super) async fn list_page(
    objects: &InMemory,
    prefix: &str,
    by_directory: bool,
    token: Option<&str>,
) -> Result<Page, Reason> {
    let directory = prefix.rsplit_once('/').map_or("", |(directory, _)| directory);
    let Ok(directory) = Path::parse(directory) else { return Ok(Page { requests: 1, ..Page::default() }) };
    let listed: Vec<ObjectMeta> =
        objects.list(Some(&directory)).try_collect().await.map_err(|error| explain(&error))?;
    let mut entries: BTreeMap<String, Option<ObjectMeta>> = BTreeMap::new();
    for meta in listed {
        let Some(below) = meta.location.as_ref().strip_prefix(prefix) else { continue };
        match below.split_once('/') {
            Some((name, _)) if by_directory => drop(entries.insert(format!("{prefix}{name}/"), None)),
            _ => drop(entries.insert(meta.location.to_string(), Some(meta))),
        }
    }
    let mut rest = entries.into_iter().filter(|(name, _)| token.is_none_or(|token| name.as_str() > token)).peekable();
    let mut page = Page { requests: 1, ..Page::default() };
    while let Some((name, meta)) = rest.next() {
        if page.len() + 1 == PAGE_SIZE && rest.peek().is_some() {
            page.next = Some(name.clone());
        }
        match meta {
            Some(meta) => page.objects.push(object(name, &meta)),
            None => page.directories.push(name),
        }
        if page.next.is_some() {
            break;
        }
    }
    Ok(page)
}

fn object(key: String, meta: &ObjectMeta) -> SourceObject {
    SourceObject { key, size: meta.size, etag: meta.e_tag.clone(), modified: timestamp(meta) }
}

pub(super) fn explain(error: &object_store::Error) -> Reason {
    let verdict = match error {
        object_store::Error::NotFound { .. } => (SourceMissing, Reject),
        _ => (StoreUnavailable, Stall),
    };
    Reason::new(verdict, root_cause(error))
}
