//! Records against the events that vouch for them.

use std::collections::{HashMap, HashSet};

use super::check::Faults;
use super::glance::Glance;
use crate::ledger::{LedgerError, Link, Reader, Sealed, SealedRecord};
use crate::model::audit::AuditFault;
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::event::Change;
use crate::model::ids::{Digest, ImageNumber};
use crate::model::status::ItemStatus;

/// Records read at once.
const STEP: usize = 1_000;
/// Documents that did not fit at the first look and are held in memory until the second one.
const UNFIT: usize = 50_000;
/// How often what does not fit is looked at again because the batch has gone on meanwhile.
const LOOKS: u32 = 5;

/// What the last event of a document says.
#[derive(Debug, Clone, Copy)]
struct Told {
    sequence: u64,
    status: ItemStatus,
    record: Digest,
}

/// Compares every document of a batch with its last event, `span` documents for each time that the events are read; gives how
/// many there are.
pub(super) fn compare(
    reader: &Reader,
    batch: &BatchRecord,
    span: usize,
    faults: &mut Faults,
) -> Result<u64, LedgerError> {
    let (mut after, mut documents): (Option<ImageNumber>, u64) = (None, 0);
    while let Some(last) = reader.document_after(batch.id, after.as_ref(), span)? {
        documents += compare_span(reader, batch, (after.as_ref(), &last), faults)?;
        after = Some(last);
    }
    Ok(documents)
}

/// Compares the documents after one of them, up to another one.
fn compare_span(
    reader: &Reader,
    batch: &BatchRecord,
    (first, last): (Option<&ImageNumber>, &ImageNumber),
    faults: &mut Faults,
) -> Result<u64, LedgerError> {
    // Before all else: what is told later makes this an older head, and a document that does not fit is looked at again.
    let head = reader.head(batch.id).ok();
    let glance = Glance::of(reader, batch.id, (first, last))?;
    let (mut after, mut documents, mut unfit) = (first.cloned(), 0, Vec::new());
    loop {
        let mut step = reader.sealed(batch.id, after.as_ref(), STEP)?;
        step.retain(|sealed| sealed.image_number <= *last);
        let Some(end) = step.last() else { break };
        after = Some(end.image_number.clone());
        documents += step.len() as u64;
        let fits_listing = is_listed(reader, batch)?;
        unfit.extend(step.into_iter().filter(|sealed| !glance.fits(sealed, fits_listing)));
        if unfit.len() >= UNFIT {
            settled(reader, batch, head, std::mem::take(&mut unfit))?.into_iter().for_each(|fault| faults.push(fault));
        }
    }
    settled(reader, batch, head, unfit)?.into_iter().for_each(|fault| faults.push(fault));
    Ok(documents)
}

/// The faults that stay when documents that do not fit are looked at again, with their events in full: records and events are
/// not read at one time, and both change while a batch runs.
fn settled(
    reader: &Reader,
    batch: &BatchRecord,
    mut head: Option<(u64, Digest)>,
    mut unfit: Vec<Sealed>,
) -> Result<Vec<AuditFault>, LedgerError> {
    for look in 1.. {
        if unfit.is_empty() {
            break;
        }
        let told = told(reader, batch.id, &unfit)?;
        let fits_listing = is_listed(reader, batch)?;
        let faults =
            unfit.iter().filter_map(|sealed| fault(sealed, told.get(&sealed.image_number).copied(), fits_listing));
        let faults: Vec<AuditFault> = faults.collect();
        let now = reader.head(batch.id).ok();
        if faults.is_empty() || look == LOOKS || now == head {
            return Ok(faults);
        }
        head = now;
        let again = faults.iter().filter_map(|fault| fault.image_number.as_ref());
        unfit = again.filter_map(|image| reader.sealed_one(batch.id, image).transpose()).collect::<Result<_, _>>()?;
    }
    Ok(Vec::new())
}

/// Whether what was listed is what was moved: not while a new listing is on its way, nor after one that was cancelled.
fn is_listed(reader: &Reader, batch: &BatchRecord) -> Result<bool, LedgerError> {
    Ok(reader.batch(batch.id)?.is_some_and(|batch| batch.is_frozen()))
}

/// The last events of these documents.
fn told(reader: &Reader, id: BatchId, unfit: &[Sealed]) -> Result<HashMap<ImageNumber, Told>, LedgerError> {
    let wanted: HashSet<&ImageNumber> = unfit.iter().map(|sealed| &sealed.image_number).collect();
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
