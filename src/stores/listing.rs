//! Listing: whole pages or an error.

use std::path::PathBuf;

use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::{ObjectMeta, ObjectStore};

use super::error::{StoreError, class_of_io};
use super::object::Page;
use super::observe::{Observed, observe};
use super::s3::S3;
use super::store::{Kind, Store, timestamp};
use super::{local_list, s3_list};
use crate::model::document::SourceObject;
use crate::model::failure::{Code, Disposition};

impl Store {
    /// Asks whether the store is there and lets us in.
    ///
    /// # Errors
    /// Why not.
    pub async fn probe(&self) -> Result<(), StoreError> {
        match &self.0.kind {
            // A target that was never written to is made by its first write, if the folder that it lies in is there.
            Kind::Local(local) => self.local_root(local),
            _ => self.list_some("", false, None, Some(1)).await.map(drop),
        }
    }

    /// One page of what is below `prefix`, in the order of keys.
    ///
    /// # Errors
    /// What the store answered, or that its answer is no whole listing.
    pub async fn list(&self, prefix: &str, by_directory: bool, token: Option<&str>) -> Result<Page, StoreError> {
        self.list_some(prefix, by_directory, token, None).await
    }

    async fn list_some(
        &self,
        prefix: &str,
        by_directory: bool,
        token: Option<&str>,
        keys: Option<u32>,
    ) -> Result<Page, StoreError> {
        let whole = format!("{}{prefix}", self.0.prefix);
        let page = match &self.0.kind {
            Kind::S3(s3) => self.list_s3(s3, &whole, by_directory, token, keys).await?,
            Kind::Local(local) => self.list_local(local.root.clone(), whole, by_directory, token, keys).await?,
            Kind::Memory(memory) => self.list_memory(memory, &whole, by_directory).await?,
        };
        Ok(self.without_prefix(page))
    }

    async fn list_s3(
        &self,
        s3: &S3,
        prefix: &str,
        by_directory: bool,
        token: Option<&str>,
        keys: Option<u32>,
    ) -> Result<Page, StoreError> {
        let (page, observed) = observe(s3_list::list(s3, prefix, by_directory, token, keys)).await;
        page.map_err(|(code, disposition, detail)| StoreError {
            code: if code == Code::SourceMissing { Code::StoreMissing } else { code },
            disposition,
            store: self.0.name.clone(),
            key: Some(prefix.to_owned()),
            detail,
            retry_after: observed.retry_after,
        })
    }

    async fn list_local(
        &self,
        root: PathBuf,
        prefix: String,
        by_directory: bool,
        token: Option<&str>,
        keys: Option<u32>,
    ) -> Result<Page, StoreError> {
        let (token, at) = (token.map(str::to_owned), prefix.clone());
        let keys = keys.map(|keys| keys as usize);
        let work =
            tokio::task::spawn_blocking(move || local_list::list(&root, &prefix, by_directory, token.as_deref(), keys));
        // Listing does not panic.
        work.await.expect("listing does not panic").map_err(|error| {
            let (code, disposition) = match class_of_io(&error) {
                (Code::SourceMissing, _) => (Code::StoreMissing, Disposition::Stall),
                class => class,
            };
            self.plain_error(code, disposition, Some(&at), error.to_string())
        })
    }

    async fn list_memory(&self, memory: &InMemory, prefix: &str, by_directory: bool) -> Result<Page, StoreError> {
        let all: Result<Vec<ObjectMeta>, _> = memory.list(None).try_collect().await;
        let all = all.map_err(|error| self.error("LIST", Some(prefix), &error, &Observed::default()))?;
        let mut page = Page { requests: 1, ..Page::default() };
        for meta in all.into_iter().filter(|meta| meta.location.as_ref().starts_with(prefix)) {
            let key = meta.location.as_ref();
            match key[prefix.len()..].find('/').filter(|_| by_directory) {
                Some(at) => page.directories.push(key[..=prefix.len() + at].to_owned()),
                None => page.objects.push(SourceObject {
                    key: key.to_owned(),
                    size: meta.size,
                    etag: meta.e_tag.clone(),
                    modified: timestamp(&meta),
                }),
            }
        }
        page.directories.dedup();
        Ok(page)
    }

    fn without_prefix(&self, mut page: Page) -> Page {
        let strip = |key: &mut String| drop(key.drain(..self.0.prefix.len().min(key.len())));
        page.objects.iter_mut().for_each(|object| strip(&mut object.key));
        page.unaddressable.iter_mut().for_each(|(object, _)| strip(&mut object.key));
        page.directories.iter_mut().for_each(strip);
        page
    }
}
