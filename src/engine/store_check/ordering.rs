//! Whether a server lists in order, as ranges of keys need it.

use super::found::{Failed, failed, wrong};
use super::writing::{Trial, content};
use crate::model::store_check::Tried;
use crate::stores::{Carried, PutIf};

/// What tells orders apart, in that of bytes: servers that go by folders put the slash elsewhere, those that go by UTF-16 the last two, those
/// that go by a language most of it.
const NAMES: [&str; 9] = ["-1", ".1", "/1", "0", "B", "a", "é", "Ａ", "𐐀"];

/// A name that none of them has.
const BETWEEN: &str = "5";

const NONE: &str = "stores of this kind are listed from the beginning, one page after another";
const ORDERED: &str = "long listings without folders go in ranges of keys side by side";

impl Trial {
    /// Has objects listed, and the rest of them from behind each.
    pub(super) async fn ordered(&self) -> Result<&'static str, Failed> {
        if !self.trusting.abilities().ordered {
            return Err((Tried::NotApplicable, NONE.to_owned()));
        }
        let prefix = format!("{}-order", self.key);
        let keys: Vec<String> = NAMES.iter().map(|name| format!("{prefix}{name}")).collect();
        for key in &keys {
            let written = self.put(&self.store, key, &content("order"), PutIf::Any, &Carried::default()).await;
            written.map_err(|error| failed(&error))?;
        }
        let page = self.trusting.list(&prefix, false, None).await.map_err(|error| failed(&error))?;
        if !page.keys().eq(keys.iter().map(String::as_str)) {
            return Err(wrong("it lists keys in another order than that of their bytes"));
        }
        let behind = keys.iter().cloned().zip(keys.iter().skip(1).map(Some).chain([None]));
        let between = (format!("{prefix}{BETWEEN}"), keys.iter().find(|key| key.ends_with('B')));
        for (after, next) in behind.chain([between]) {
            let page = self.trusting.list_after(&prefix, &after, 1).await.map_err(|error| failed(&error))?;
            if page.keys().next() != next.map(String::as_str) {
                return Err(wrong("asked to begin behind a key, it begins elsewhere"));
            }
        }
        Ok(ORDERED)
    }
}
