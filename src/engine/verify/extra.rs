//! Objects below the target's prefix that no document of any batch explains.

use super::compare::Unseen;
use super::look::Looking;
use crate::engine::retry::Unanswered;
use crate::model::document::SourceObject;
use crate::model::verify::{Difference, VerifyFinding};

/// Demands that the store is there: in a folder that is gone (a disk that is not mounted) every object would be missing.
pub(super) async fn arrive(looking: &Looking<'_>) -> Result<(), Unseen> {
    let target = &looking.setup.target.store;
    let prefix = &looking.setup.file.spec.target.prefix;
    match looking.retrier().ask(target, || target.list(prefix, true, None)).await {
        // Who may not list may still read.
        Ok(_) | Err(Unanswered::Failed(_)) => Ok(()),
        Err(error) => Err(Unseen::Unanswered(error)),
    }
}

/// One page of the listing: what nobody claims, and where the next page begins.
pub(super) async fn page(
    looking: &Looking<'_>,
    token: Option<&str>,
) -> Result<(Vec<VerifyFinding>, Option<String>), Unseen> {
    let target = &looking.setup.target.store;
    let prefix = &looking.setup.file.spec.target.prefix;
    let page = looking.retrier().ask(target, || target.list(prefix, false, token)).await.map_err(Unseen::Unanswered)?;
    let mut extra = Vec::new();
    let unaddressable = page.unaddressable.into_iter().map(|(object, _)| object);
    for SourceObject { key, size, .. } in page.objects.into_iter().chain(unaddressable) {
        if looking.reader.claim(&looking.setup.address(&key)).map_err(Unseen::Ledger)?.is_none() {
            let (expected, actual) = (Some("nothing".to_owned()), Some(format!("{size} bytes")));
            extra.push(VerifyFinding { difference: Difference::Extra, image_number: None, key, expected, actual });
        }
    }
    Ok((extra, page.next))
}
