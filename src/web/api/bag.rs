//! A bag as an answer: a file that the daemon has made for it, which goes when the answer has ended or its client is gone.

use std::io;

use axum::body::{Body, Bytes};
use axum::response::Response;
use bytes::BytesMut;
use futures::stream::{self, Stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH};
use http::{HeaderValue, Method, StatusCode};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::model::bag::BagFile;
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::ids::ImageNumber;
use crate::web::disposition::attachment;
use crate::web::parameters::Parameters;
use crate::web::problem::{Problem, data};
use crate::web::routes::{At, Caller};

/// What a bag is called.
pub(super) const ZIP: &str = "application/zip";
/// Bytes read at once.
const PIECE: usize = 256 << 10;

pub(super) async fn bag(
    method: Method,
    caller: Caller,
    At(batch): At,
    parameters: Parameters,
) -> Result<Response, Problem> {
    if method == Method::HEAD {
        // Making a bag reads all that is in it. Who asks for the head alone is told that there is something to make it of.
        caller.reply(Request::Batch { batch }).await?;
        return Ok(data(StatusCode::OK, ZIP, Body::empty()));
    }
    let image = parameters.text("image").map(ImageNumber::new);
    match caller.reply(Request::Bag { batch, image }).await? {
        Reply::Bag(bag) => sent(bag).await.map_err(|error| unread(&error)),
        _ => Err(unread(&"the daemon gave another answer than was asked for")),
    }
}

async fn sent(bag: BagFile) -> io::Result<Response> {
    let file = File::open(bag.path()).await?;
    let disposition = attachment(&bag.name);
    let size = HeaderValue::from(bag.size);
    let mut response = data(StatusCode::OK, ZIP, Body::from_stream(pieces(file, bag)));
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    response.headers_mut().insert(CONTENT_LENGTH, size);
    Ok(response)
}

/// The file piece by piece. The bag lives as long as someone may ask for more.
fn pieces(file: File, bag: BagFile) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((file, bag), async |(mut file, bag)| {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.freeze(), (file, bag))))
    })
}

fn unread(why: &dyn std::fmt::Display) -> Problem {
    Problem::from(Refusal::new(RefusalKind::Unavailable, format_args!("the bag cannot be sent: {why}; ask again")))
}
