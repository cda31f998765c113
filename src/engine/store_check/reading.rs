//! What can be tried without writing.

use super::found::{Failed, Found, failed, wrong};
use crate::model::document::SourceObject;
use crate::model::failure::Code;
use crate::model::receipt::Pin;
use crate::model::store_check::{Ability, Tried};
use crate::stores::Store;

/// What is tried by reading.
pub(super) const ABILITIES: [(Ability, bool); 3] =
    [(Ability::Read, true), (Ability::Range, true), (Ability::Pin, true)];

/// Most bytes that are read of an object that is not ours.
const HEAD: u64 = 64 << 10;

const READS: &str = "documents can be read from here";
const RANGES: &str = "large files can be read in parts";
const PINS: &str = "an object that is replaced after it was listed is noticed";

/// Tries to read the first object that was listed.
pub(super) async fn try_first(store: &Store, first: Option<SourceObject>, found: &mut Found) {
    let Some(object) = first else {
        found.skip(&ABILITIES, "nothing is listed below the prefix that could be read");
        return;
    };
    let pin = Pin { size: object.size, etag: object.etag, modified: object.modified, version: None };
    let head = pin.size.min(HEAD);
    let read = if pin.size == 0 {
        store.get(&object.key, &pin).await
    } else {
        store.get_range(&object.key, &pin, 0..head).await
    };
    let works = read.map(|_| READS).map_err(|error| failed(&error));
    if !found.note(Ability::Read, true, works) {
        found.skip(&ABILITIES[1..], "nothing could be read");
        return;
    }
    let part = if pin.size < 2 { 0..head } else { 1..head };
    let ranged = match store.get_range(&object.key, &pin, part).await {
        _ if pin.size == 0 => Err((Tried::CouldNotTell, "the first object is empty".to_owned())),
        read => read.map(|_| RANGES).map_err(|error| failed(&error)),
    };
    found.note(Ability::Range, true, ranged);
    found.note(Ability::Pin, true, pinned(store, &object.key, &pin).await);
}

/// Tries to read an object of ours.
pub(super) async fn try_own(store: &Store, key: &str, content: &[u8], found: &mut Found) -> bool {
    let pin = match pin_of(store, key).await {
        Ok(pin) => pin,
        Err(why) => {
            found.note(Ability::Read, true, Err(why));
            found.skip(&ABILITIES[1..], "nothing could be read");
            return false;
        }
    };
    let read = store.get(key, &pin).await.map_err(|error| failed(&error));
    let same =
        read.and_then(|read| if read.bytes == content { Ok(READS) } else { Err(wrong("it gives other bytes back")) });
    if !found.note(Ability::Read, true, same) {
        found.skip(&ABILITIES[1..], "nothing could be read");
        return false;
    }
    let ranged = store.get_range(key, &pin, 3..11).await.map_err(|error| failed(&error));
    let exact = ranged
        .and_then(|read| if read.bytes == content[3..11] { Ok(RANGES) } else { Err(wrong("a part is another one")) });
    found.note(Ability::Range, true, exact);
    found.note(Ability::Pin, true, pinned(store, key, &pin).await);
    true
}

/// What a reader would have listed of an object.
pub(super) async fn pin_of(store: &Store, key: &str) -> Result<Pin, Failed> {
    match store.head(key).await {
        Ok(Some(there)) => Ok(Pin { size: there.size, etag: there.etag, modified: there.modified, version: None }),
        Ok(None) => Err(wrong("what was written is not there")),
        Err(error) => Err(failed(&error)),
    }
}

/// Asks for an object that is not the one that is there.
async fn pinned(store: &Store, key: &str, pin: &Pin) -> Result<&'static str, Failed> {
    let another = Pin {
        etag: pin.etag.as_ref().map(|_| "\"00000000000000000000000000000000\"".to_owned()),
        modified: jiff::Timestamp::UNIX_EPOCH,
        ..pin.clone()
    };
    match store.get(key, &another).await {
        Err(error) if error.code == Code::ChangedDuringRun => Ok(PINS),
        Err(error) => Err(failed(&error)),
        Ok(_) => Err(wrong("an object that was replaced would be taken for the one that was listed")),
    }
}
