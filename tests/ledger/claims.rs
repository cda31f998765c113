//! Whose a target address is.

use batchferry::ledger::{Durability, GroupedDocument};

use crate::support::*;

fn claiming(number: &str, addresses: &[&str]) -> GroupedDocument {
    let claims = addresses.iter().map(|address| claim(address, number, Some("k"))).collect();
    GroupedDocument { claims, ..grouped(number, 1) }
}

#[tokio::test]
async fn an_address_belongs_to_the_document_that_claimed_it_first_across_batches() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let (first, second) = (accept(&ledger, "a").await.id, accept(&ledger, "b").await.id);
    commit(&ledger, group(first, vec![claiming("1", &["s3://t/x"])])).await;
    let documents = vec![claiming("1", &["s3://t/x"]), claiming("2", &["s3://t/x", "s3://t/y"])];
    let committed = ledger.writer().commit(group(second, documents), Durability::Later).await.unwrap();

    let refused = committed.refused;
    assert_eq!(refused.len(), 1, "the same document in another batch may have it: {refused:?}");
    assert_eq!(refused[0].claim, claim("s3://t/x", "2", Some("k")));
    assert_eq!((refused[0].holder.batch, &refused[0].holder.image_number), (first, &image("1")));
    let holder = |address| ledger.reader().claim(address).unwrap().map(|held| held.image_number);
    assert_eq!(
        (holder("s3://t/x"), holder("s3://t/y"), holder("s3://t/z")),
        (Some(image("1")), Some(image("2")), None)
    );
}

#[tokio::test]
async fn of_two_claims_in_one_commit_the_first_is_granted() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let documents = vec![claiming("1", &["s3://t/x"]), claiming("2", &["s3://t/x"])];
    let committed = ledger.writer().commit(group(batch, documents), Durability::Later).await.unwrap();
    assert_eq!(committed.refused.len(), 1);
    assert_eq!(committed.refused[0].holder.image_number, image("1"));
}

#[tokio::test]
async fn the_same_image_number_of_another_source_is_another_document() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![claiming("1", &["s3://t/x"])])).await;
    let mut other = claiming("1", &["s3://t/x"]);
    other.claims[0].source = "s3://elsewhere".to_owned();
    let committed = ledger.writer().commit(group(batch, vec![other]), Durability::Later).await.unwrap();
    assert_eq!(committed.refused.len(), 1);
}
