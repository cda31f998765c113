//! The layout of the one tree: a tag, the batch, and texts so encoded that keys sort like the texts.
//!
//! ```text
//! M|name            format version, and of which one it is being upgraded; next batch, size when last measured
//! Q|day             last batch number of a UTC day
//! N|name            batch by name
//! B|batch           the batch's record           L|batch  what the current listing found
//! C|batch           its counters                 H|batch  length and head of its audit chain
//! G|batch           grouping is done up to here  A|batch|sequence  audit events
//! K|batch|shard     listing marks: a prefix, or of a range of its keys also where that begins and ends
//! U|batch|key       unrecognised objects
//! P|batch|key       pages of the listing         Y|batch  what the last whole grouping was of
//! D|batch|image     documents                    F|batch|image|key files
//! S|batch|status|image  documents by status      T|batch|image     transfers begun and not recorded
//! R|batch           the resync that was asked for   X|batch  who cancelled its run
//! W|batch|image     documents that were synced and are not any more
//! O|address         whose a target address is
//! I|digest|batch|image  documents by the content of their files
//! J|digest|batch|image  documents by their invoices
//! V|batch|image     what of the last two is not told by the files of a document
//! ```

use jiff::civil::Date;

use crate::model::batch::BatchId;
use crate::model::ids::{BatchName, ImageNumber};
use crate::model::listing::{KeyRange, Shard};
use crate::model::status::ItemStatus;
use crate::model::work::Unique;

/// Version of the layout and of the values in it.
pub(super) const FORMAT: &[u8] = b"Mformat";
/// The format that the ledger is being upgraded from; absent: it is not.
pub(super) const UPGRADING: &[u8] = b"Mupgrading";
/// The next batch's short name.
pub(super) const NEXT_BATCH: &[u8] = b"Mbatch";
/// Bytes on disk when the live data was last measured: noted by earlier versions, which wrote a wasteful ledger anew as they
/// opened it.
pub(super) const MEASURED: &[u8] = b"Mmeasured";
/// The prefix of every claim.
pub(super) const CLAIMS: &[u8] = b"O";
/// The prefix of the index by content.
pub(super) const CONTENTS: &[u8] = b"I";
/// The prefix of the index by invoice.
pub(super) const INVOICES: &[u8] = b"J";
/// The prefix of every batch record.
pub(super) const BATCHES: &[u8] = b"B";

/// The sets of records that belong to one batch.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Table {
    Batch = b'B',
    Listed = b'L',
    Counts = b'C',
    Head = b'H',
    Events = b'A',
    Marks = b'K',
    Unrecognised = b'U',
    Documents = b'D',
    Files = b'F',
    Status = b'S',
    Started = b'T',
    Asked = b'R',
    Cancelled = b'X',
    WasSynced = b'W',
    Uniques = b'V',
    Pages = b'P',
    Grouped = b'Y',
}

impl Table {
    /// Every set.
    const ALL: [Self; 17] = [
        Self::Batch,
        Self::Listed,
        Self::Counts,
        Self::Head,
        Self::Events,
        Self::Marks,
        Self::Unrecognised,
        Self::Documents,
        Self::Files,
        Self::Status,
        Self::Started,
        Self::Asked,
        Self::Cancelled,
        Self::WasSynced,
        Self::Uniques,
        Self::Pages,
        Self::Grouped,
    ];

    /// The set that a key stands in, and its batch.
    pub(super) fn of(key: &[u8]) -> Option<(Self, BatchId)> {
        let table = Self::ALL.into_iter().find(|table| key.first() == Some(&(*table as u8)))?;
        let batch = key.get(1..5)?.try_into().ok().map(BatchId::from_be_bytes)?;
        Some((table, batch))
    }
}

/// The key of a batch's only record in `table`, and the prefix of all its records there.
pub(super) fn of_batch(table: Table, batch: BatchId) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    key.push(table as u8);
    key.extend_from_slice(&batch.to_be_bytes());
    key
}

/// The mark of a shard.
pub(super) fn mark(batch: BatchId, shard: &Shard) -> Vec<u8> {
    let key = of_text(Table::Marks, batch, &shard.prefix);
    let Some(KeyRange { after, upto }) = &shard.range else { return key };
    let key = with_text(key, after);
    upto.iter().fold(key, |key, upto| with_text(key, upto))
}

/// The shard whose mark a key is, behind the prefix that all marks of the batch have; `None` if the key is not so built.
pub(super) fn shard(key: &[u8], skip: usize) -> Option<Shard> {
    let mut texts = texts(key, skip)?.into_iter();
    let prefix = texts.next()?;
    let range = texts.next().map(|after| KeyRange { after, upto: texts.next() });
    texts.next().is_none().then_some(Shard { prefix, range })
}

/// A record named by one text: a document, an unrecognised object, a start; the prefix of a document's files.
pub(super) fn of_text(table: Table, batch: BatchId, text: &str) -> Vec<u8> {
    with_text(of_batch(table, batch), text)
}

/// One file.
pub(super) fn file(batch: BatchId, image: &ImageNumber, key: &str) -> Vec<u8> {
    with_text(of_text(Table::Files, batch, image.as_str()), key)
}

/// The prefix of one status in the index.
pub(super) fn status(batch: BatchId, status: ItemStatus) -> Vec<u8> {
    let mut key = of_batch(Table::Status, batch);
    key.push(match status {
        ItemStatus::Pending => 0,
        ItemStatus::Migrated => 1,
        ItemStatus::AlreadyAtTarget => 2,
        ItemStatus::Failed => 3,
    });
    key
}

/// One document in the index.
pub(super) fn status_of(batch: BatchId, at: ItemStatus, image: &ImageNumber) -> Vec<u8> {
    with_text(status(batch, at), image.as_str())
}

/// One audit event.
pub(super) fn event(batch: BatchId, sequence: u64) -> Vec<u8> {
    let mut key = of_batch(Table::Events, batch);
    key.extend_from_slice(&sequence.to_be_bytes());
    key
}

/// The batch that has a name.
pub(super) fn name(name: &BatchName) -> Vec<u8> {
    [b"N", name.as_str().as_bytes()].concat()
}

/// The last batch number of a UTC day.
pub(super) fn day(day: Date) -> Vec<u8> {
    [b"Q", day.strftime("%Y%m%d").to_string().as_bytes()].concat()
}

/// Whose a target address is. As it is, and not as a digest of it: documents that come one after the other mostly have addresses that do,
/// and so meet pages of the tree that were met just before.
pub(super) fn claim(address: &str) -> Vec<u8> {
    [CLAIMS, address.as_bytes()].concat()
}

/// The address whose claim a key is; `None` if the key is not so built.
pub(super) fn address_of_claim(key: &[u8]) -> Option<String> {
    String::from_utf8(key.strip_prefix(CLAIMS)?.to_vec()).ok()
}

/// The prefix of every document that has this: 128 bits of a digest, of which nobody makes another's.
pub(super) fn unique(unique: &Unique) -> Vec<u8> {
    let (table, digest) = match unique {
        Unique::Content(digest) => (CONTENTS, digest),
        Unique::Invoice(digest) => (INVOICES, digest),
    };
    [table, &digest.0[..16]].concat()
}

/// The prefix of every document of a batch that has this.
pub(super) fn unique_in(of: &Unique, batch: BatchId) -> Vec<u8> {
    [&unique(of)[..], &batch.to_be_bytes()].concat()
}

/// One document in the index of what it has.
pub(super) fn unique_of(of: &Unique, batch: BatchId, image: &ImageNumber) -> Vec<u8> {
    with_text(unique_in(of, batch), image.as_str())
}

/// The document that a key of such an index names; `None` if the key is not so built.
pub(super) fn document_of_unique(key: &[u8]) -> Option<(BatchId, ImageNumber)> {
    let batch = key.get(17..21)?.try_into().ok().map(BatchId::from_be_bytes)?;
    Some((batch, ImageNumber::new(text(key, 21)?)))
}

/// The batch of a record that sums a batch up: the record itself, its counters, or what stands beside them. Audit heads are
/// written with them.
pub(super) fn summed_up(key: &[u8]) -> Option<BatchId> {
    let (table, batch) = key.split_first()?;
    let sums_up = [Table::Batch, Table::Counts, Table::Listed, Table::Asked, Table::Cancelled];
    sums_up.iter().any(|of| *of as u8 == *table).then_some(())?;
    Some(BatchId::from_be_bytes(batch.try_into().ok()?))
}

/// Whether a key is that of a batch's record, or of what stands beside it and is read with it.
pub(super) fn is_of_record(key: &[u8]) -> bool {
    let tables = [Table::Batch, Table::Listed, Table::Asked, Table::Cancelled, Table::Grouped];
    tables.iter().any(|table| key.first() == Some(&(*table as u8)))
}

/// A key that goes on with a text.
pub(super) fn then(key: Vec<u8>, text: &str) -> Vec<u8> {
    with_text(key, text)
}

/// What the keys of all texts begin with that begin with `beginning`.
pub(super) fn beginning(mut key: Vec<u8>, beginning: &str) -> Vec<u8> {
    key = with_text(key, beginning);
    key.truncate(key.len() - 2);
    key
}

/// Where a scan goes on after every key that begins with `key`, a key that ends in a text.
pub(super) fn after(mut key: Vec<u8>) -> Vec<u8> {
    if let Some(last) = key.last_mut() {
        *last = TERMINATOR + 1;
    }
    key
}

/// The text that follows `skip` bytes of a key; `None` if the key is not so built.
pub(super) fn text(key: &[u8], skip: usize) -> Option<String> {
    let encoded = key.get(skip..)?.strip_suffix(&[0, TERMINATOR])?;
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(&byte) = rest.next() {
        if byte == 0 && rest.next() != Some(&ESCAPED) {
            return None;
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

/// The first of the texts that follow `skip` bytes of a key; `None` if the key is not so built.
pub(super) fn first_text(key: &[u8], skip: usize) -> Option<String> {
    text(key.get(..end_of_text(key, skip)?)?, skip)
}

/// All of the texts that follow `skip` bytes of a key; `None` if the key is not so built.
fn texts(key: &[u8], mut skip: usize) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while skip < key.len() {
        let end = end_of_text(key, skip)?;
        texts.push(text(key.get(..end)?, skip)?);
        skip = end;
    }
    Some(texts)
}

/// Where the text ends that begins there, with its terminator.
fn end_of_text(key: &[u8], mut at: usize) -> Option<usize> {
    while *key.get(at)? != 0 || *key.get(at + 1)? == ESCAPED {
        at += if key[at] == 0 { 2 } else { 1 };
    }
    Some(at + 2)
}

/// After a zero byte: the text ends here. Less than [`ESCAPED`], so that a text sorts before its extensions.
const TERMINATOR: u8 = 1;
/// After a zero byte: the zero byte is the text's own.
const ESCAPED: u8 = 0xff;

/// Appends `text` so that encodings sort like texts and none is the beginning of another.
fn with_text(mut key: Vec<u8>, text: &str) -> Vec<u8> {
    for byte in text.bytes() {
        key.push(byte);
        if byte == 0 {
            key.push(ESCAPED);
        }
    }
    key.extend_from_slice(&[0, TERMINATOR]);
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts with many zero bytes and shared beginnings, where a wrong encoding shows.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[\u{0}\u{1}\u{2}ab发]{0,6}"]
    }

    proptest! {
        #[test]
        fn texts_that_begin_alike_have_keys_that_do(a in texts(), b in texts()) {
            let key = of_text(Table::Documents, 7, &a);
            let begins = key.starts_with(&beginning(of_batch(Table::Documents, 7), &b));
            prop_assert_eq!(begins, a.starts_with(&b));
        }

        #[test]
        fn keys_sort_like_their_texts(a in texts(), b in texts()) {
            let order = of_text(Table::Documents, 7, &a).cmp(&of_text(Table::Documents, 7, &b));
            prop_assert_eq!(order, a.as_bytes().cmp(b.as_bytes()));
        }

        #[test]
        fn files_sort_by_image_number_and_then_key(a in (texts(), texts()), b in (texts(), texts())) {
            let key = |(image, key): &(String, String)| file(7, &ImageNumber::new(image.clone()), key);
            prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        }

        #[test]
        fn no_text_begins_another(a in texts(), b in texts()) {
            prop_assume!(a != b);
            prop_assert!(!of_text(Table::Files, 7, &a).starts_with(&of_text(Table::Files, 7, &b)));
        }

        #[test]
        fn a_scan_goes_on_after_a_document_and_before_the_next(a in texts(), key in texts(), b in texts()) {
            let next = after(of_text(Table::Files, 7, &a));
            prop_assert!(file(7, &ImageNumber::new(a.clone()), &key) < next);
            if b > a {
                prop_assert!(of_text(Table::Files, 7, &b) > next);
            }
        }

        #[test]
        fn texts_read_back(a in texts()) {
            prop_assert_eq!(text(&of_text(Table::Documents, 7, &a), 5), Some(a));
        }

        #[test]
        fn the_first_of_two_texts_reads_back(a in texts(), b in texts()) {
            prop_assert_eq!(first_text(&file(7, &ImageNumber::new(a.clone()), &b), 5), Some(a));
        }

        #[test]
        fn broken_keys_give_no_text_and_no_panic(bytes in any::<Vec<u8>>(), skip in 0usize..8) {
            let _ = (text(&bytes, skip), first_text(&bytes, skip), shard(&bytes, skip));
        }

        #[test]
        fn shards_read_back(prefix in texts(), range in prop::option::of((texts(), prop::option::of(texts())))) {
            let range = range.map(|(after, upto)| KeyRange { after, upto });
            let it = Shard { prefix, range };
            prop_assert_eq!(shard(&mark(7, &it), 5), Some(it));
        }
    }

    #[test]
    fn statuses_of_one_batch_do_not_mix_with_the_next_batch() {
        let image = ImageNumber::new("A");
        assert!(status_of(1, ItemStatus::Failed, &image) < status_of(2, ItemStatus::Pending, &image));
        assert!(!status_of(1, ItemStatus::Failed, &image).starts_with(&status(1, ItemStatus::Pending)));
    }
}
