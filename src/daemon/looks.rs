//! A file read from its source for someone who wants to see it. Beside the loop, with stores of its own: a store that does not
//! answer stalls no batch because of it.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::overview::{Overviews, look};
use crate::engine::store_set::StoreSet;
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::ids::ImageNumber;
use crate::model::overview::{FileLook, Overview, Overviewed};
use crate::specs::LoadedConfig;
use crate::web::Asked;

/// Longest wait for a store; whoever looks at a page has gone by then.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers a request for a file; given up when nobody waits for it any more.
pub(super) async fn answer(overviews: Arc<Overviews>, config: LoadedConfig, asked: Asked) {
    let Asked { request, mut reply, .. } = asked;
    let Request::Overview(Overview::File { batch, image, file }) = request else { return };
    let looking = tokio::time::timeout(PATIENCE, read(overviews, config, batch, image, file));
    let looked = tokio::select! {
        looked = looking => looked,
        () = reply.closed() => return,
    };
    let late = |_| {
        let message = format!("the store did not answer within {} s; try again later", PATIENCE.as_secs());
        Err(Refusal::new(RefusalKind::Unavailable, message))
    };
    let answer = looked.unwrap_or_else(late);
    let _ = reply.send(answer.map(|look| Reply::Overview(Box::new(Overviewed::File(Box::new(look))))));
}

async fn read(
    overviews: Arc<Overviews>,
    config: LoadedConfig,
    batch: String,
    image: ImageNumber,
    file: usize,
) -> Result<FileLook, Refusal> {
    let finding = tokio::task::spawn_blocking(move || overviews.file(&batch, &image, file)).await;
    let detail = finding.unwrap_or_else(|error| Err(Refusal::new(RefusalKind::Unavailable, error)))?;
    look(&StoreSet::new(config.config), detail).await
}
