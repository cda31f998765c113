//! Whether a server copies by itself as batches need it.

use bytes::Bytes;

use super::found::{Failed, failed, wrong};
use super::reading::pin_of;
use super::writing::{Trial, content};
use crate::model::failure::Code;
use crate::model::ids::Digest;
use crate::model::receipt::Pin;
use crate::model::store_check::Tried;
use crate::stores::{Carried, CopyFrom, CopyResult, PutIf, PutResult, Store};

const NONE: &str = "stores of this kind are not asked to: files are read and sent";
const COPIES: &str = "within this server files are copied without being sent";
const READ_BACK: &str =
    "within this server files are copied without being sent; it gives no SHA-256 of a copy, so that each is read back";
const REPLACES: &str = "a copy replaces what is there, although it was asked not to: files are read and sent";

impl Trial {
    /// Has an object copied: what comes out, whether it is pinned, and whether it ever replaces another one. `is_conditional`:
    /// writes do not.
    pub(super) async fn copy(&self, is_conditional: bool) -> Result<&'static str, Failed> {
        if !self.trusting.copies_from(&self.trusting) {
            return Err((Tried::NotApplicable, NONE.to_owned()));
        }
        let (from, to) = (format!("{}-from", self.key), format!("{}-copy", self.key));
        let (bytes, carried) = (content("from"), meant());
        self.put(&self.store, &from, &bytes, PutIf::Any, &Carried::default()).await.map_err(|error| failed(&error))?;
        let pin = pin_of(&self.store, &from).await?;
        self.makes(&to);
        let is_proven = self.copied(&to, (&from, &pin), &bytes, &carried).await?;
        self.is_pinned(&to, (&from, &pin), &bytes).await?;
        if is_conditional {
            self.keeps(&to, (&from, &pin), &bytes).await?;
        }
        Ok(if is_proven { COPIES } else { READ_BACK })
    }

    async fn ask(
        &self,
        store: &Store,
        to: &str,
        (from, pin): (&str, &Pin),
        bytes: &Bytes,
        (only_if, carried): (PutIf, &Carried),
    ) -> Result<PutResult, Failed> {
        let source = CopyFrom { store: &self.trusting, key: from, pin };
        match store.copy(to, source, &Digest::of(bytes), only_if, carried).await.map_err(|error| failed(&error))? {
            CopyResult::Done(result) => Ok(result),
            CopyResult::Odd(_) => Err(wrong("it takes the request for a write, and makes an empty object")),
            CopyResult::Unable(said) => Err(wrong(format!("it says that it does not: {said}"))),
        }
    }

    /// Whether the copy is what was asked for; gives whether its answer proves it.
    async fn copied(&self, to: &str, from: (&str, &Pin), bytes: &Bytes, carried: &Carried) -> Result<bool, Failed> {
        let PutResult::Written(written) = self.ask(&self.trusting, to, from, bytes, (PutIf::Any, carried)).await?
        else {
            return Err(wrong("it refuses to copy where nothing is"));
        };
        let read = self.store.get(to, &pin_of(&self.store, to).await?).await.map_err(|error| failed(&error))?;
        if read.bytes != *bytes {
            return Err(wrong("the copy has other bytes"));
        }
        if read.carried.metadata != carried.metadata || read.carried.content_type != carried.content_type {
            return Err(wrong("the copy has not the metadata that was asked for"));
        }
        Ok(written.verified_by_store)
    }

    /// An object that is not the one that was listed must not be copied.
    async fn is_pinned(&self, to: &str, (from, pin): (&str, &Pin), bytes: &Bytes) -> Result<(), Failed> {
        let another = Pin { etag: Some("\"00000000000000000000000000000000\"".to_owned()), ..pin.clone() };
        let source = CopyFrom { store: &self.trusting, key: from, pin: &another };
        match self.store.copy(to, source, &Digest::of(bytes), PutIf::Any, &Carried::default()).await {
            Err(error) if error.code == Code::ChangedDuringRun => Ok(()),
            Err(error) => Err(failed(&error)),
            Ok(_) => Err(wrong("it copies an object that is not the one that was asked for")),
        }
    }

    /// What is there must stay.
    async fn keeps(&self, to: &str, from: (&str, &Pin), bytes: &Bytes) -> Result<(), Failed> {
        let other = content("kept");
        self.put(&self.store, to, &other, PutIf::Any, &Carried::default()).await.map_err(|error| failed(&error))?;
        match self.ask(&self.trusting, to, from, bytes, (PutIf::Absent, &Carried::default())).await? {
            PutResult::Exists if self.read(to).await? == other => Ok(()),
            PutResult::Exists | PutResult::Written(_) => Err(wrong(REPLACES)),
        }
    }
}

fn meant() -> Carried {
    Carried {
        content_type: Some("image/tiff".to_owned()),
        metadata: [("image-number".to_owned(), "IMG 1".to_owned())].into(),
        ..Carried::default()
    }
}
