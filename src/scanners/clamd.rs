//! ClamAV's daemon, asked by its INSTREAM command over a socket.

use std::io;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::verdict::{ANSWER, Verdict, first_line};
use crate::rules::clamd::ClamdAddress;

/// Bytes in one chunk of the protocol; the daemon takes up to its own limit for a whole stream.
const CHUNK: usize = 128 << 10;

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

pub(super) async fn scan<E>(
    address: &ClamdAddress,
    pieces: impl Stream<Item = Result<Bytes, E>>,
) -> Result<Verdict, E> {
    let mut socket = match connect(address).await {
        Ok(socket) => socket,
        Err(error) => return Ok(Verdict::Unscannable(format!("clamd cannot be reached: {error}"))),
    };
    let mut taken = socket.write_all(b"zINSTREAM\0").await.is_ok();
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.next().await {
        // A daemon that stops listening has said why.
        taken = taken && send(&mut socket, &piece?).await.is_ok();
        if !taken {
            break;
        }
    }
    taken = taken && socket.write_all(&[0; 4]).await.is_ok();
    let mut reply = Vec::new();
    let read = socket.take(ANSWER as u64).read_to_end(&mut reply).await;
    Ok(match (read, first_line(&reply)) {
        (Err(error), reply) if reply.is_empty() => Verdict::Unscannable(format!("clamd does not answer: {error}")),
        (_, reply) => verdict(taken, &reply),
    })
}

async fn connect(address: &ClamdAddress) -> io::Result<Box<dyn Socket>> {
    Ok(match address {
        ClamdAddress::Unix(path) => Box::new(UnixStream::connect(path).await?),
        ClamdAddress::Tcp(address) => Box::new(TcpStream::connect(address).await?),
    })
}

async fn send(socket: &mut Box<dyn Socket>, piece: &[u8]) -> io::Result<()> {
    for chunk in piece.chunks(CHUNK) {
        let length = u32::try_from(chunk.len()).map_err(io::Error::other)?;
        socket.write_all(&length.to_be_bytes()).await?;
        socket.write_all(chunk).await?;
    }
    Ok(())
}

/// `stream: OK`, `stream: NAME FOUND`, or why not.
fn verdict(taken: bool, reply: &str) -> Verdict {
    let words = reply.strip_prefix("stream: ").unwrap_or(reply);
    match words.strip_suffix(" FOUND") {
        Some(name) => Verdict::Infected(name.to_owned()),
        None if taken && words == "OK" => Verdict::Clean,
        None => Verdict::Unscannable(format!("clamd says {words:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ok_to_a_stream_that_was_taken_whole_is_clean() {
        assert_eq!(verdict(true, "stream: OK"), Verdict::Clean);
        assert!(matches!(verdict(false, "stream: OK"), Verdict::Unscannable(_)));
        assert_eq!(verdict(true, "stream: Eicar-Test FOUND"), Verdict::Infected("Eicar-Test".to_owned()));
        for reply in ["", "INSTREAM size limit exceeded. ERROR", "stream: OKAY"] {
            assert!(matches!(verdict(true, reply), Verdict::Unscannable(_)), "{reply}");
        }
    }
}
