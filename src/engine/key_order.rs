//! Whether a listing comes in the order of its keys' bytes.

use crate::model::listing::Shard;
use crate::stores::Page;

/// What the pages of a shard show of the order in which they come.
pub struct KeyOrder {
    last: Option<String>,
    holds: bool,
}

impl KeyOrder {
    /// Before the first page that is seen.
    pub fn of(shard: &Shard) -> Self {
        Self { last: shard.range.as_ref().map(|range| range.after.clone()), holds: true }
    }

    /// Looks at the next page.
    pub fn take(&mut self, page: &Page) {
        let ascends = page.objects.is_sorted_by(|one, next| one.key < next.key)
            && page.unaddressable.is_sorted_by(|(one, _), (next, _)| one.key < next.key);
        let (Some(first), Some(last)) = (page.keys().min(), page.keys().max()) else { return };
        self.holds &= ascends && self.last.as_deref().is_none_or(|before| before < first);
        self.last = Some(last.to_owned());
    }

    /// The last key of all pages; `None`: there was none, or they came in another order.
    pub fn last(&self) -> Option<&str> {
        self.last.as_deref().filter(|_| self.holds)
    }

    /// Each key came behind those before it.
    pub fn holds(&self) -> bool {
        self.holds
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::document::SourceObject;
    use crate::model::listing::KeyRange;

    fn page(keys: &[&str], unaddressable: &[&str]) -> Page {
        let object =
            |key: &&str| SourceObject { key: (*key).to_owned(), size: 1, etag: None, modified: Timestamp::UNIX_EPOCH };
        Page {
            objects: keys.iter().map(object).collect(),
            unaddressable: unaddressable.iter().map(|key| (object(key), String::new())).collect(),
            ..Page::default()
        }
    }

    #[track_caller]
    fn check(pages: &[Page], last: Option<&str>) {
        let range = KeyRange { after: "b".to_owned(), upto: None };
        let mut order = KeyOrder::of(&Shard { prefix: String::new(), range: Some(range) });
        pages.iter().for_each(|page| order.take(page));
        assert_eq!((order.last(), order.holds()), (last, last.is_some()));
    }

    #[test]
    fn keys_ascend_within_pages_and_from_one_to_the_next() {
        check(&[page(&["c", "e"], &["d//"]), page(&[], &[]), page(&["f"], &["g//"])], Some("g//"));
        check(&[page(&["c", "e"], &[]), page(&["d"], &[])], None);
        check(&[page(&["e", "c"], &[])], None);
        check(&[page(&["c", "c"], &[])], None);
        check(&[page(&["c"], &["e//", "d//"])], None);
        check(&[page(&["b", "c"], &[])], None);
    }
}
