//! The documents that are looked at, in order of image number: all of them, or a sample.

use super::look::Looking;
use crate::ledger::{DocumentFilter, LedgerError};
use crate::model::document::DocumentRecord;
use crate::model::event::Sample;
use crate::model::ids::ImageNumber;
use crate::rules::auditing::Draw;

/// Documents read from the ledger at once.
const PAGE: usize = 256;

/// Where a walk through the documents is.
pub(super) enum Walk {
    /// All: after this one.
    All(Option<ImageNumber>),
    /// These, the first one last.
    Drawn(Vec<ImageNumber>),
}

impl Walk {
    /// Before the first document. A sample is drawn from the documents with files at the target.
    pub(super) fn new(looking: &Looking<'_>, sample: Option<&Sample>) -> Result<Self, LedgerError> {
        let Some(sample) = sample else { return Ok(Self::All(None)) };
        let (mut draw, mut all) = (Draw::new(sample.clone()), Self::All(None));
        loop {
            let page = all.next(looking)?;
            if page.is_empty() {
                break;
            }
            page.iter()
                .filter(|document| document.files.synced > 0)
                .for_each(|document| draw.offer(&document.image_number));
        }
        let mut drawn = draw.end();
        drawn.reverse();
        Ok(Self::Drawn(drawn))
    }

    /// The next documents; none: that was all.
    pub(super) fn next(&mut self, looking: &Looking<'_>) -> Result<Vec<DocumentRecord>, LedgerError> {
        match self {
            Self::All(after) => {
                let page = looking.reader.documents(looking.batch, DocumentFilter::default(), after.as_ref(), PAGE)?;
                *after = page.last().map(|last| last.image_number.clone()).or(after.take());
                Ok(page)
            }
            Self::Drawn(rest) => {
                let page = rest.split_off(rest.len().saturating_sub(PAGE));
                let found = page.iter().rev().map(|image| looking.reader.document(looking.batch, image));
                found.filter_map(Result::transpose).collect()
            }
        }
    }
}
