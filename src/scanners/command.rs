//! A scanner that is a program: bytes on its standard input, its verdict in its exit code, as clamscan has it.

use std::io;
use std::process::Stdio;

use bytes::Bytes;
use futures::{Stream, StreamExt, future};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use super::verdict::{ANSWER, Verdict, first_line};

/// Exit codes: nothing found, something found.
const CLEAN: i32 = 0;
const INFECTED: i32 = 1;

pub(super) async fn scan<E>(words: &[String], pieces: impl Stream<Item = Result<Bytes, E>>) -> Result<Verdict, E> {
    let mut child = match start(words) {
        Ok(child) => child,
        Err(error) => return Ok(Verdict::Unscannable(format!("the scanner cannot be started: {error}"))),
    };
    // All three are piped, and taken once.
    let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Ok(Verdict::Unscannable("the scanner cannot be talked to".to_owned()));
    };
    let (fed, said, complaint) = future::join3(feed(input, pieces), answer(output), answer(errors)).await;
    let taken = fed?;
    Ok(match child.wait().await.map(|status| status.code()) {
        Ok(Some(CLEAN)) if taken => Verdict::Clean,
        Ok(Some(CLEAN)) => Verdict::Unscannable("the scanner ended before it had seen all of the file".to_owned()),
        Ok(Some(INFECTED)) => Verdict::Infected(first_line(&said)),
        Ok(Some(code)) => {
            let words = [first_line(&complaint), first_line(&said)].into_iter().find(|words| !words.is_empty());
            Verdict::Unscannable(format!("the scanner ended with {code}: {}", words.unwrap_or_default()))
        }
        Ok(None) => Verdict::Unscannable("the scanner was killed".to_owned()),
        Err(error) => Verdict::Unscannable(format!("the scanner cannot be waited for: {error}")),
    })
}

fn start(words: &[String]) -> io::Result<Child> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Whoever gives up waiting gives up the program.
    command.kill_on_drop(true).spawn()
}

/// Whether the program took every byte.
async fn feed<E>(mut input: ChildStdin, pieces: impl Stream<Item = Result<Bytes, E>>) -> Result<bool, E> {
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.next().await {
        if input.write_all(&piece?).await.is_err() {
            return Ok(false);
        }
    }
    Ok(input.shutdown().await.is_ok())
}

/// What a program says, as far as it is read; the rest is thrown away, so that it need not wait.
async fn answer(mut output: impl AsyncRead + Unpin) -> Vec<u8> {
    let (mut said, mut buffer) = (Vec::new(), [0; 1024]);
    while let Ok(length @ 1..) = output.read(&mut buffer).await {
        let room = ANSWER.saturating_sub(said.len()).min(length);
        said.extend_from_slice(&buffer[..room]);
    }
    said
}
