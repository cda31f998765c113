//! Invoices that stand in two documents: known before anything is copied.

use std::collections::BTreeSet;

use super::conclude::Sound;
use super::context::RunContext;
use super::document::Unfinished;
use super::{fetch, twins};
use crate::ledger::LedgerError;
use crate::model::checks::DuplicateScope;
use crate::model::facts::InvoiceId;
use crate::model::failure::{Code, Failure, Finding, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::outcomes::Check;
use crate::model::work::{DocumentWork, FileWork, Unique};
use crate::rules::inspection;

/// What the invoices of a document say, once its files were read: the verdict on each file, and findings.
///
/// # Errors
/// The ledger's, or that one of the documents before it stays pending.
pub async fn look(
    context: &RunContext,
    work: &mut DocumentWork,
    findings: &mut [Vec<Finding>],
) -> Result<Vec<Sound>, Unfinished> {
    let checks = fetch::checks(context, work);
    let asked = checks.duplicate_invoice.as_ref();
    let of_file = |file: &FileWork| {
        asked.map(|asked| inspection::invoices(asked, &file.record, file.invoice.as_ref())).unwrap_or_default()
    };
    let invoices: Vec<Vec<InvoiceId>> = work.files.iter().map(of_file).collect();
    let uniques: BTreeSet<Unique> = invoices.iter().flatten().map(unique).collect();
    context.turns.announce_invoices(&work.image_number, &uniques);
    let Some(asked) = asked else { return Ok(vec![Ok(()); work.files.len()]) };
    context.turns.invoices(&work.image_number).await?;
    let mut verdicts = Vec::with_capacity(work.files.len());
    for ((file, invoices), findings) in work.files.iter_mut().zip(invoices).zip(findings) {
        let failure = duplicate(context, &work.image_number, file, &invoices).map_err(Unfinished::Ledger)?;
        verdicts.push(twins::judged(file, Check::DuplicateInvoice, asked.severity, failure, findings));
        if invoices.is_empty() {
            file.checks.set(Check::DuplicateInvoice, Outcome::NotApplicable);
        }
    }
    work.uniques.get_or_insert_default().extend(uniques);
    Ok(verdicts)
}

fn unique(invoice: &InvoiceId) -> Unique {
    Unique::Invoice(invoice.digest())
}

/// The failure of a file with an invoice that another document of the batch has.
fn duplicate(
    context: &RunContext,
    image: &ImageNumber,
    file: &FileWork,
    invoices: &[InvoiceId],
) -> Result<Option<Failure>, LedgerError> {
    for invoice in invoices {
        if let Some(other) = twins::other(context, DuplicateScope::Batch, image, unique(invoice))? {
            let found = format!("invoice {invoice}, which is also in {other}");
            let failure = Failure::new(Code::DuplicateInvoice, &file.object.key);
            return Ok(Some(failure.with("an invoice that no other document has", found)));
        }
    }
    Ok(None)
}
