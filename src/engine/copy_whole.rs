//! A file of a large document that the target's server copies whole: it is read for its digest alone, or not at all where
//! the source store keeps a digest of its own.

use std::sync::Arc;

use super::context::RunContext;
use super::document;
use super::fetch::pin;
use super::place::{Look, Placement, Wanted, place};
use super::retry::Unanswered;
use super::{stream, travelling};
use crate::model::document::FileState;
use crate::model::ids::Digest;
use crate::model::work::FileWork;
use crate::stores::{Described, Fetched};

/// Has a file copied to a key that nothing is at, or what may be replaced. `sha256` is its digest if it was read already,
/// `first` its first part. `None`: the server does not copy, and the file is to be sent.
///
/// # Errors
/// Why it has no outcome.
pub async fn copy(
    context: &Arc<RunContext>,
    file: &FileWork,
    look: &Look,
    (sha256, first): (Option<Digest>, Option<&Fetched>),
    started: bool,
) -> Result<Option<FileState>, Unanswered> {
    let source = &context.setup.source.store;
    if !context.copier.takes_whole(source, file) {
        return Ok(None);
    }
    let pin = pin(file);
    let described = context.retrier().ask(source, || source.describe(&file.object.key, &pin)).await?;
    let Described { mut carried, sha256: kept } = described;
    travelling::complete(context, &mut carried, file).await?;
    let (sha256, told) = match (sha256, kept) {
        (Some(sha256), _) => (sha256, false),
        (None, Some(kept)) => (kept, true),
        (None, None) => (stream::digest_source(context, file, first).await?, false),
    };
    let key = file.target_key.as_deref().unwrap_or_default();
    let wanted = Wanted { told, ..Wanted::of(file, key, sha256) };
    let ours = file.is_ours(started, sha256);
    let placement = Placement { wanted, bytes: None, file: Some(file), carried: &carried, ours };
    match place(context, &placement, look.again()).await {
        Err(Unanswered::Failed(_)) if !context.copier.is_on() => Ok(None),
        placed => Ok(Some(document::state(context, file, started, (sha256, file.object.size), placed?))),
    }
}
