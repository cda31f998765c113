//! Records against the events that vouch for them.

use std::collections::HashMap;

use super::check::Faults;
use crate::ledger::{LedgerError, Link, Reader, Sealed, SealedRecord};
use crate::model::audit::AuditFault;
use crate::model::batch::{BatchId, BatchRecord, Stage};
use crate::model::event::Change;
use crate::model::ids::{Digest, ImageNumber};
use crate::model::status::ItemStatus;

/// Documents held in memory at once; for each so many the events are read once.
const CHUNK: usize = 50_000;
/// How often what does not fit is looked at again because the batch has gone on meanwhile.
const LOOKS: u32 = 5;

/// What the last event of a document says.
#[derive(Debug, Clone, Copy)]
struct Told {
    sequence: u64,
    status: ItemStatus,
    record: Digest,
}

/// Compares every document of a batch with its last event; gives how many there are.
pub(super) fn compare(reader: &Reader, batch: &BatchRecord, faults: &mut Faults) -> Result<u64, LedgerError> {
    let (mut after, mut documents): (Option<ImageNumber>, u64) = (None, 0);
    loop {
        // Before the records: what is told after them makes this an older head, and a document that does not fit is looked at
        // again.
        let head = reader.head(batch.id).ok();
        let chunk = reader.sealed(batch.id, after.as_ref(), CHUNK)?;
        let Some(last) = chunk.last() else { return Ok(documents) };
        after = Some(last.image_number.clone());
        documents += chunk.len() as u64;
        settled(reader, batch, head, chunk)?.into_iter().for_each(|fault| faults.push(fault));
    }
}

/// The faults that stay when a document that does not fit is looked at again: a record is read before its events, and
/// both change while a batch runs.
fn settled(
    reader: &Reader,
    batch: &BatchRecord,
    mut head: Option<(u64, Digest)>,
    mut chunk: Vec<Sealed>,
) -> Result<Vec<AuditFault>, LedgerError> {
    for look in 1.. {
        let told = told(reader, batch.id, &chunk)?;
        let fits_listing = is_listed(reader, batch)?;
        let unfit = |sealed: &Sealed| fault(sealed, told.get(&sealed.image_number).copied(), fits_listing);
        let faults: Vec<AuditFault> = chunk.iter().filter_map(unfit).collect();
        let now = reader.head(batch.id).ok();
        if faults.is_empty() || look == LOOKS || now == head {
            return Ok(faults);
        }
        head = now;
        let again = faults.iter().filter_map(|fault| fault.image_number.as_ref());
        chunk = again.filter_map(|image| reader.sealed_one(batch.id, image).transpose()).collect::<Result<_, _>>()?;
    }
    Ok(Vec::new())
}

/// Whether what was listed is what was moved: not while a new listing is on its way.
fn is_listed(reader: &Reader, batch: &BatchRecord) -> Result<bool, LedgerError> {
    Ok(reader.batch(batch.id)?.is_some_and(|batch| batch.stage == Stage::Moving))
}

/// The last events of these documents.
fn told(reader: &Reader, id: BatchId, chunk: &[Sealed]) -> Result<HashMap<ImageNumber, Told>, LedgerError> {
    let wanted: std::collections::HashSet<&ImageNumber> = chunk.iter().map(|sealed| &sealed.image_number).collect();
    let mut told = HashMap::new();
    for link in reader.links(id, 0) {
        let Link { sequence, event } = link?;
        // One that cannot be read is the chain's own fault.
        let Ok(event) = event else { continue };
        if let Change::Document { image_number, new, record, .. } = event.change
            && wanted.contains(&image_number)
        {
            told.insert(image_number, Told { sequence, status: new, record });
        }
    }
    Ok(told)
}

fn fault(sealed: &Sealed, told: Option<Told>, is_listed: bool) -> Option<AuditFault> {
    let what = match &sealed.record {
        Err(why) => why.clone(),
        Ok(record) => unfit(record, told, is_listed)?,
    };
    let message = format!("document {:?}: {what}", sealed.image_number.as_str());
    Some(AuditFault { event: told.map(|told| told.sequence), image_number: Some(sealed.image_number.clone()), message })
}

/// Why a record is not as its last event says.
fn unfit(record: &SealedRecord, told: Option<Told>, is_listed: bool) -> Option<String> {
    let status = record.status.as_str();
    match told {
        // What is not decided has no proof that an event could vouch for.
        None if record.status == ItemStatus::Pending => None,
        None => Some(format!("its record says {status}, and no event tells of it")),
        Some(Told { sequence, status: told, .. }) if told != record.status => {
            Some(format!("its record says {status}, and its last event, number {sequence}, says {}", told.as_str()))
        }
        Some(_) if record.status == ItemStatus::Pending => None,
        Some(Told { sequence, record: digest, .. }) if !record.digests.contains(&digest) => Some(format!(
            "its record, a file or a receipt of it is not as event {sequence} recorded it ({digest}); it is {}",
            record.digests[0]
        )),
        Some(_) if is_listed && !record.fits_listing => {
            Some("what was listed of a file of it is not what its receipt or the document's record says".to_owned())
        }
        Some(_) => None,
    }
}
