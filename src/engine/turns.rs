//! The order of documents where one may be refused for the content or an invoice of another: the one with the smaller
//! image number is the first, however long either takes.
//!
//! A document waits for those before it that may have the same content (of equal size, or known to be equal) or the same
//! invoice (not read yet, or known to be the same). Nobody waits for buffers that a later one holds: they are handed out
//! in the same order, and kept until nobody waits any more.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

use super::retry::Unanswered;
use crate::model::checks::{Checks, Severity};
use crate::model::ids::{Digest, ImageNumber};
use crate::model::work::{DocumentWork, Unique};

/// Documents in flight.
type Line = BTreeMap<ImageNumber, Place>;

/// What is known of a document in flight.
#[derive(Debug, Default)]
struct Place {
    sizes: Vec<u64>,
    contents: Option<Vec<Digest>>,
    invoices: Option<BTreeSet<Unique>>,
    has_buffers: bool,
    /// It has no outcome and stays pending.
    is_unfinished: bool,
}

impl Place {
    fn may_have_content_of(&self, other: &Self) -> bool {
        match (&self.contents, &other.contents) {
            (Some(own), Some(others)) => own.iter().any(|content| others.contains(content)),
            _ => self.sizes.iter().any(|size| other.sizes.contains(size)),
        }
    }

    fn may_have_invoice_of(&self, other: &Self) -> bool {
        match (&self.invoices, &other.invoices) {
            (Some(own), Some(others)) => !own.is_disjoint(others),
            (Some(known), None) | (None, Some(known)) => !known.is_empty(),
            (None, None) => true,
        }
    }
}

/// The documents in flight, in order. Where the spec does not ask for it nobody is in line, and nobody waits.
#[derive(Debug)]
pub struct Turns {
    asked: bool,
    line: watch::Sender<Line>,
}

impl Turns {
    /// Asked for where equal content or the same invoice fails documents of any type.
    pub fn new(checks: &Checks) -> Self {
        let mut all = std::iter::once(checks).chain(checks.by_type.values());
        let fails = |checks: &Checks| {
            let content = checks.duplicate_content.as_ref().map(|duplicate| duplicate.severity);
            let invoice = checks.duplicate_invoice.as_ref().map(|duplicate| duplicate.severity);
            [content, invoice].contains(&Some(Severity::Fail))
        };
        Self { asked: all.any(fails), line: watch::Sender::default() }
    }

    /// A document is taken from the feed. One that is refused already keeps nobody waiting.
    pub fn enter(&self, work: &DocumentWork) {
        if self.asked && !work.is_refused() {
            let sizes = work.files.iter().map(|file| file.object.size).collect();
            let place = Place { sizes, ..Place::default() };
            self.line.send_modify(|line| drop(line.insert(work.image_number.clone(), place)));
        }
    }

    /// Waits until no document before this one still needs buffers.
    pub async fn buffers(&self, image: &ImageNumber) {
        let free = |line: &Line| line.range(..image).all(|(_, place)| place.has_buffers || place.is_unfinished);
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _ = self.line.subscribe().wait_for(free).await;
    }

    /// The document has all the buffers that it needs.
    pub fn has_buffers(&self, image: &ImageNumber) {
        self.change(image, |place| place.has_buffers = true);
    }

    /// The content of the document's files is known.
    pub fn announce(&self, image: &ImageNumber, contents: &[Option<Digest>]) {
        self.change(image, |place| place.contents = Some(contents.iter().copied().flatten().collect()));
    }

    /// The document's invoices are known.
    pub fn announce_invoices(&self, image: &ImageNumber, invoices: &BTreeSet<Unique>) {
        self.change(image, |place| place.invoices = Some(invoices.clone()));
    }

    /// Waits until the outcome of every document before this one that may have the same content is recorded.
    ///
    /// # Errors
    /// One of them has none and stays pending: so must this one.
    pub async fn content(&self, image: &ImageNumber) -> Result<(), Unanswered> {
        self.after(image, Place::may_have_content_of).await
    }

    /// As [`Turns::content`], for those that may have the same invoice.
    ///
    /// # Errors
    /// The same.
    pub async fn invoices(&self, image: &ImageNumber) -> Result<(), Unanswered> {
        self.after(image, Place::may_have_invoice_of).await
    }

    async fn after(&self, image: &ImageNumber, may_equal: fn(&Place, &Place) -> bool) -> Result<(), Unanswered> {
        let mut in_doubt = false;
        let decided = |line: &Line| {
            let Some(own) = line.get(image) else { return true };
            let mut before = line.range(..image).map(|(_, place)| place).filter(|place| may_equal(place, own));
            in_doubt = before.clone().any(|place| place.is_unfinished);
            in_doubt || before.next().is_none()
        };
        // As above.
        let _ = self.line.subscribe().wait_for(decided).await;
        if in_doubt { Err(Unanswered::Stopped) } else { Ok(()) }
    }

    /// The document's outcome is recorded, or it is known to be refused whatever others have.
    pub fn leave(&self, image: &ImageNumber) {
        self.line.send_if_modified(|line| line.remove(image).is_some());
    }

    /// The document has no outcome, and the pass has a reason to end.
    pub fn unfinished(&self, image: &ImageNumber) {
        self.change(image, |place| place.is_unfinished = true);
    }

    /// A new pass begins: nothing is in flight.
    pub fn clear(&self) {
        self.line.send_modify(BTreeMap::clear);
    }

    fn change(&self, image: &ImageNumber, change: impl FnOnce(&mut Place)) {
        self.line.send_if_modified(|line| line.get_mut(image).map(change).is_some());
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn turns(documents: &[(&str, u64)]) -> Turns {
        let turns = Turns { asked: true, line: watch::Sender::default() };
        for (image, size) in documents {
            let place = Place { sizes: vec![*size], ..Place::default() };
            turns.line.send_modify(|line| drop(line.insert(ImageNumber::new(*image), place)));
        }
        turns
    }

    #[test]
    fn a_document_waits_only_for_those_before_it_that_may_have_its_content() {
        let turns = turns(&[("1", 5), ("2", 7), ("3", 5)]);
        let [first, second, third] = ["1", "2", "3"].map(ImageNumber::new);
        assert!(turns.content(&first).now_or_never().is_some());
        assert!(turns.content(&second).now_or_never().is_some(), "no file of that size comes before");
        assert!(turns.content(&third).now_or_never().is_none());
        turns.announce(&third, &[Some(Digest::of(b"same"))]);
        turns.announce(&first, &[Some(Digest::of(b"same"))]);
        assert!(turns.content(&third).now_or_never().is_none(), "equal, and not recorded");
        turns.announce(&first, &[Some(Digest::of(b"other"))]);
        assert!(matches!(turns.content(&third).now_or_never(), Some(Ok(()))));
    }

    #[test]
    fn a_document_waits_for_those_before_it_whose_invoices_are_not_known_yet_whatever_their_size() {
        let turns = turns(&[("1", 5), ("2", 7), ("3", 9)]);
        let [first, second, third] = ["1", "2", "3"].map(ImageNumber::new);
        let invoices = |number: &[u8]| BTreeSet::from([Unique::Invoice(Digest::of(number))]);
        turns.announce_invoices(&second, &BTreeSet::new());
        assert!(turns.invoices(&second).now_or_never().is_some(), "it has none");
        turns.announce_invoices(&third, &invoices(b"7"));
        assert!(turns.invoices(&third).now_or_never().is_none());
        turns.announce_invoices(&first, &invoices(b"7"));
        assert!(turns.invoices(&third).now_or_never().is_none(), "the same, and not recorded");
        turns.announce_invoices(&first, &invoices(b"8"));
        assert!(turns.invoices(&third).now_or_never().is_some());
    }

    #[test]
    fn a_document_stays_pending_with_one_before_it_that_may_have_its_content() {
        let turns = turns(&[("1", 5), ("2", 5)]);
        let [first, second] = ["1", "2"].map(ImageNumber::new);
        turns.unfinished(&first);
        assert!(matches!(turns.content(&second).now_or_never(), Some(Err(Unanswered::Stopped))));
    }

    #[test]
    fn buffers_are_handed_out_in_order() {
        let turns = turns(&[("1", 5), ("2", 7)]);
        let [first, second] = ["1", "2"].map(ImageNumber::new);
        assert!(turns.buffers(&second).now_or_never().is_none());
        turns.has_buffers(&first);
        assert!(turns.buffers(&second).now_or_never().is_some());
    }
}
