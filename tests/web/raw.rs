//! Speaking HTTP by hand, to say what no client would.

use std::path::Path;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// In lower case.
    pub head: String,
    /// Where it leads, as it is.
    pub location: Option<String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Demands a problem of this status, and gives what it says.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        let json = self.json();
        assert_eq!((json["type"].as_str(), json["status"].as_u64()), (Some("about:blank"), Some(status.into())));
        assert!(json["title"].is_string() && json["kind"].is_string(), "{json}");
        json["detail"].as_str().unwrap().to_owned()
    }
}

/// Sends a text and reads to the end of the connection.
pub async fn send(socket: &Path, text: &[u8]) -> Answer {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    // The other side may have heard enough before the end.
    let _ = stream.write_all(text).await;
    read(&mut stream).await
}

/// Reads to the end of the connection.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).map(str::to_owned);
    Answer { status, head: head.to_lowercase(), location, body: body.to_owned() }
}

/// A request for one answer.
pub async fn ask(socket: &Path, method: &str, target: &str) -> Answer {
    send(socket, format!("{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await
}

/// The same with a body.
pub async fn post(socket: &Path, target: &str, content_type: &str, body: &str) -> Answer {
    let head = format!("POST {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {content_type}\r\n");
    send(socket, format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await
}
