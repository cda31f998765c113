//! A bag as an answer: sent as it is, and gone with its answer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use batchferry::model::control::{Refusal, Reply, Request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::tcp::{Listener, VIEWER, grants};
use crate::views::{BAG, bag, full};

const TARGET: &str = "/api/v1/batches/a/bag";
/// More than any socket holds.
const LARGE: usize = 64 << 20;

/// Where the files of the bags are that were made.
type Made = Arc<Mutex<Vec<PathBuf>>>;

/// Answers every request with a bag, and tells where its file is.
fn bags(bytes: Vec<u8>) -> (Made, impl Fn(&Request) -> Result<Reply, Refusal>) {
    let made = Made::default();
    let told = made.clone();
    let answer = move |request: &Request| {
        assert!(matches!(request, Request::Bag { .. }), "{request:?}");
        let bag = bag(&bytes);
        told.lock().unwrap().push(bag.path().to_owned());
        Ok(Reply::Bag(bag))
    };
    (made, answer)
}

/// Waits until a file is gone.
async fn gone(path: &Path) {
    while path.exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_asks_for_the_head_alone_has_no_bag_made() {
    let answer = |request: &Request| match request {
        Request::Batch { .. } => full(request),
        other => panic!("{other:?}"),
    };
    let listener = Listener::local(Some(grants()), answer).await;
    let answer = listener.with_token(VIEWER, "HEAD", TARGET, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert!(
        answer.head.contains("content-type: application/zip") && !answer.head.contains("disposition"),
        "{answer:?}"
    );
    assert_eq!(listener.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_viewer_is_sent_the_file_under_a_safe_name_and_then_it_is_gone() {
    let (made, answer) = bags(BAG.as_bytes().to_vec());
    let listener = Listener::local(Some(grants()), answer).await;
    let target = format!("{TARGET}?image=%E5%8F%91%E7%A5%A8%201");
    let answer = listener.with_token(VIEWER, "GET", &target, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, BAG));
    for header in [
        "content-type: application/zip\r\n",
        "content-length: 15\r\n",
        "filename=\"mb-1 __.zip\"; filename*=utf-8''mb-1%20%e5%8f%91%e7%a5%a8%2ezip",
        "cache-control: no-store\r\n",
        "x-content-type-options: nosniff",
    ] {
        assert!(answer.head.contains(header), "{header}: {}", answer.head);
    }
    let path = made.lock().unwrap()[0].clone();
    gone(&path).await;
    let asked = listener.seen.lock().unwrap().pop().unwrap().0;
    let Request::Bag { batch, image } = asked else { panic!("{asked:?}") };
    assert_eq!((batch.as_str(), image.unwrap().as_str()), ("a", "发票 1"));
    assert_eq!(listener.ask("GET", TARGET, &[], "").await.status, 401);
}

#[tokio::test]
async fn a_client_that_goes_away_midway_leaves_no_file() {
    let (made, answer) = bags(vec![7; LARGE]);
    let listener = Listener::local(None, answer).await;
    let mut stream = TcpStream::connect(listener.address).await.unwrap();
    stream.write_all(format!("GET {TARGET} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await.unwrap();
    stream.read_exact(&mut [0; 1_000]).await.unwrap();
    let path = made.lock().unwrap()[0].clone();
    assert!(path.exists(), "it is there while it is sent");
    drop(stream);
    gone(&path).await;
}
