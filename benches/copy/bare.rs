//! The least that any copier must do: list, `get`, `put`.

use futures::stream::{StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::{buckets, concurrency};

/// One process's work: everything below `scans/`, to a prefix.
pub async fn bare(prefix: String) {
    let (source, target) = (buckets::source(), buckets::target());
    let all = Key::from("scans");
    let keys = source.list(Some(&all)).map_ok(|object| object.location);
    let copy = |key: Key| {
        let (source, target) = (source.clone(), target.clone());
        let to = Key::parse(format!("{prefix}/{key}")).expect("a sound key");
        tokio::spawn(async move {
            let bytes = source.get(&key).await.expect("a GET").bytes().await.expect("a body");
            target.put(&to, bytes.into()).await.expect("a PUT");
        })
    };
    let copied = keys
        .map(|key| copy(key.expect("a listing")))
        .buffer_unordered(concurrency())
        .map(|done| done.expect("no panic"))
        .count()
        .await;
    println!("{copied} files");
}
