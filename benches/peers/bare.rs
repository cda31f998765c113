//! The least that any copier must do: list, `get`, `put`, on the same HTTP client and with the same settings as batchferry.

use futures::stream::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path as Key;

use crate::{bucket, concurrency};

/// One process's work: a whole bucket of the first server into the second's bucket `to`.
pub async fn bare(buckets: &str) {
    let (from, to) = buckets.split_once(':').expect("FROM:TO");
    let (source, target) = (bucket::open(0, from), bucket::open(1, to));
    let copy = |key: Key| {
        let (source, target) = (source.clone(), target.clone());
        tokio::spawn(async move {
            let bytes = source.get(&key).await.expect("a GET").bytes().await.expect("a body");
            target.put(&key, bytes.into()).await.expect("a PUT");
        })
    };
    let keys = source.list(None).map_ok(|object| object.location);
    let copied = keys.map(|key| copy(key.expect("a listing"))).buffer_unordered(concurrency());
    println!("{} files", copied.map(|done| done.expect("no panic")).count().await);
}
