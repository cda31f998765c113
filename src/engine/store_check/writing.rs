//! What is tried by writing.

use std::sync::Mutex;
use std::sync::PoisonError;

use bytes::Bytes;
use futures::future::join_all;

use super::found::{Failed, Found, failed, wrong};
use super::reading::{self, pin_of};
use crate::model::ids::Digest;
use crate::model::store_check::{Ability, Tried};
use crate::stores::{Abilities, Carried, PutIf, PutResult, Store, StoreError, TRIAL};

/// Writers that come at once.
const WRITERS: usize = 8;

/// How often they do: a race is not lost every time.
const ROUNDS: usize = 3;

/// What is tried by writing; `needs`: batches write here.
pub(super) fn abilities(relied_on: Abilities, needs: bool) -> [(Ability, bool); 7] {
    [
        (Ability::Write, needs),
        (Ability::ConditionalPut, needs && relied_on.conditional_put),
        (Ability::Checksum, needs && relied_on.checksum),
        (Ability::Copy, needs && relied_on.copy),
        (Ability::OrderedListing, needs && relied_on.ordered),
        (Ability::Metadata, false),
        (Ability::Delete, false),
    ]
}

/// What cannot be tried before something is written and read. That it is removed is found out all the same.
fn behind_a_write(relied_on: Abilities) -> Vec<(Ability, bool)> {
    let is_behind = |(ability, _): &(Ability, bool)| !matches!(ability, Ability::Write | Ability::Delete);
    abilities(relied_on, true).into_iter().filter(is_behind).collect()
}

/// One check that writes.
pub(super) struct Trial {
    pub(super) store: Store,
    /// The same one, relied on for everything.
    pub(super) trusting: Store,
    can_list: bool,
    pub(super) key: String,
    made: Mutex<Vec<String>>,
}

impl Trial {
    pub(super) fn new(store: Store, trusting: Store, can_list: bool) -> Self {
        let key = format!("{TRIAL}{:016x}", rand::random::<u64>());
        Self { store, trusting, can_list, key, made: Mutex::default() }
    }

    pub(super) async fn run(&self, found: &mut Found) {
        let relied_on = self.store.abilities();
        let content = content("first");
        let written = self.put(&self.store, &self.key, &content, PutIf::Any, &Carried::default()).await;
        let written = written.map(|_| "documents can be written here").map_err(|error| failed(&error));
        if !found.note(Ability::Write, true, written) {
            found.skip(&reading::ABILITIES, "nothing could be written that could be read");
            found.skip(&behind_a_write(relied_on), "nothing could be written");
            return;
        }
        self.is_listed(found).await;
        if !reading::try_own(&self.store, &self.key, &content, found).await {
            found.skip(&behind_a_write(relied_on), "nothing could be read");
            return;
        }
        found.note(Ability::ConditionalPut, relied_on.conditional_put, self.conditional(&content).await);
        found.note(Ability::Checksum, relied_on.checksum, self.checksum().await);
        let is_conditional = found.outcome(Ability::ConditionalPut) == Some(Tried::Works);
        found.note(Ability::Copy, relied_on.copy, self.copy(is_conditional).await);
        if self.can_list {
            found.note(Ability::OrderedListing, relied_on.ordered, self.ordered().await);
        } else {
            found.skip(&[(Ability::OrderedListing, relied_on.ordered)], "nothing can be listed");
        }
        found.note(Ability::Metadata, false, self.metadata().await);
    }

    /// Removes what was written, and names what stays.
    pub(super) async fn clean_up(&self, found: &mut Found) -> Vec<String> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        let (mut left, mut why) = (Vec::new(), None);
        let any = !made.is_empty();
        for key in made {
            if let Err(error) = self.store.discard_trial(&key).await {
                why.get_or_insert(failed(&error));
                left.push(key);
            }
        }
        if any {
            let removed = why.map_or(Ok("the objects of this check are gone; nothing else is ever removed"), Err);
            found.note(Ability::Delete, false, removed);
        }
        left
    }

    pub(super) async fn put(
        &self,
        store: &Store,
        key: &str,
        bytes: &Bytes,
        only_if: PutIf,
        carried: &Carried,
    ) -> Result<PutResult, StoreError> {
        self.makes(key);
        store.put(key, bytes.clone(), &Digest::of(bytes), only_if, carried).await
    }

    /// Noted before it is written: what comes after may fail.
    pub(super) fn makes(&self, key: &str) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !made.iter().any(|known| known == key) {
            made.push(key.to_owned());
        }
    }

    /// A store that lists must list what was just written.
    async fn is_listed(&self, found: &mut Found) {
        if !self.can_list {
            return;
        }
        let listed = self.store.list(&self.key, false, None).await;
        let why = match listed {
            Ok(page) if page.objects.iter().any(|object| object.key == self.key) => return,
            Ok(_) => wrong("what was just written is not listed: documents would be overlooked"),
            Err(error) => failed(&error),
        };
        if let Some(list) = found.abilities.iter_mut().find(|tried| tried.ability == Ability::List) {
            (list.outcome, list.meaning) = why;
        }
    }

    async fn conditional(&self, content: &Bytes) -> Result<&'static str, Failed> {
        let another = super::writing::content("second");
        let again = self.put(&self.trusting, &self.key, &another, PutIf::Absent, &Carried::default()).await;
        let ignored =
            "it accepts `If-None-Match: *` and writes all the same: what is there is looked at before each write";
        match again {
            Ok(PutResult::Exists) => {}
            Ok(PutResult::Written(_)) => return Err(wrong(ignored)),
            Err(error) => return Err(failed(&error)),
        }
        if self.read(&self.key).await? != *content {
            return Err(wrong("it says that it refuses to replace an object, and replaces it"));
        }
        for round in 0..ROUNDS {
            self.race(round).await?;
        }
        Ok("no write ever replaces an object by accident, also where several come at once")
    }

    /// Several writers want one key: exactly one may have it.
    async fn race(&self, round: usize) -> Result<(), Failed> {
        let key = format!("{}-race-{round}", self.key);
        let contents: Vec<Bytes> = (0..WRITERS).map(|writer| content(&format!("writer {writer}"))).collect();
        let carried = Carried::default();
        let writes = contents.iter().map(|bytes| self.put(&self.trusting, &key, bytes, PutIf::Absent, &carried));
        let ended = join_all(writes).await;
        let winners: Vec<usize> = (0..WRITERS).filter(|at| matches!(ended[*at], Ok(PutResult::Written(_)))).collect();
        match winners.as_slice() {
            [] => match ended.iter().find_map(|ended| ended.as_ref().err()) {
                Some(error) => Err((Tried::CouldNotTell, error.detail.clone())),
                None => Err(wrong("it refuses to write where nothing is")),
            },
            [winner] if self.read(&key).await? == contents[*winner] => Ok(()),
            [_] => Err(wrong("the bytes of another writer are there than of the one that it accepted")),
            winners => Err(wrong(format!(
                "{} of {WRITERS} writers that came at once were each told that they had made the object: it is refused, but not \
                 atomically",
                winners.len()
            ))),
        }
    }

    async fn checksum(&self) -> Result<&'static str, Failed> {
        let (key, bytes) = (format!("{}-sum", self.key), content("sum"));
        self.makes(&key);
        match self.trusting.refuses_wrong_checksum(&key, bytes.clone()).await {
            Ok(Some(true)) => {}
            Ok(Some(false)) => {
                return Err(wrong(
                    "it accepts an object with a wrong SHA-256: what is written is read back to prove it",
                ));
            }
            Ok(None) => {
                let meaning = "no digest can be sent: what is written is read back to prove it";
                return Err((Tried::NotApplicable, meaning.to_owned()));
            }
            Err(error) => return Err(failed(&error)),
        }
        match self.put(&self.trusting, &key, &bytes, PutIf::Any, &Carried::default()).await {
            Ok(PutResult::Written(written)) if written.verified_by_store => {
                Ok("arrival is proven by the store itself, without reading back")
            }
            Ok(_) => Err(wrong("it does not give the SHA-256 back: what is written is read back to prove it")),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn metadata(&self) -> Result<&'static str, Failed> {
        let key = format!("{}-meta", self.key);
        let carried = Carried {
            content_type: Some("image/tiff".to_owned()),
            metadata: [("image-number".to_owned(), "IMG 1".to_owned())].into(),
            ..Carried::default()
        };
        let bytes = content("meta");
        self.put(&self.store, &key, &bytes, PutIf::Any, &carried).await.map_err(|error| failed(&error))?;
        let pin = pin_of(&self.store, &key).await?;
        let read = self.store.get(&key, &pin).await.map_err(|error| failed(&error))?;
        let kept = (read.carried.content_type == carried.content_type, read.carried.metadata == carried.metadata);
        match kept {
            (true, true) => Ok("content type and user metadata travel along"),
            (true, false) => Err(wrong("user metadata is lost")),
            (false, true) => Err(wrong("the content type is lost")),
            (false, false) => Err(wrong("content type and user metadata are lost")),
        }
    }

    pub(super) async fn read(&self, key: &str) -> Result<Bytes, Failed> {
        let pin = pin_of(&self.store, key).await?;
        self.store.get(key, &pin).await.map(|read| read.bytes).map_err(|error| failed(&error))
    }
}

/// What is written: says what it is to whoever finds it.
pub(super) fn content(which: &str) -> Bytes {
    format!("batchferry store check: {which}; this object can be removed\n").into()
}
