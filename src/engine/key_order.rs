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
        let (Some(first), Some(last)) = (page.keys().min(), page.keys().max()) else { return };
        self.holds &= page.in_order && self.last.as_deref().is_none_or(|before| before < first);
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

    fn page(keys: &[&str], in_order: bool) -> Page {
        let modified = Timestamp::UNIX_EPOCH;
        let object = |key: &&str| SourceObject { key: (*key).to_owned(), size: 1, etag: None, modified };
        Page { objects: keys.iter().map(object).collect(), in_order, ..Page::default() }
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
        check(&[page(&["c", "e"], true), page(&[], false), page(&["f"], true)], Some("f"));
        check(&[page(&["c", "e"], true), page(&["d"], true)], None);
        check(&[page(&["c", "e"], true), page(&["e"], true)], None);
        check(&[page(&["c"], false)], None);
        check(&[page(&["b", "c"], true)], None);
    }
}
