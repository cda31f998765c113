//! What a daemon shows to those who scrape it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::daemon::{Daemon, PATIENCE};
use crate::project::Project;

/// The port of a daemon that listens.
pub struct Probes {
    address: String,
}

impl Probes {
    /// Starts a daemon whose config says `listen`.
    pub fn start(project: &Project) -> (Daemon, Self) {
        let mut daemon = Daemon::spawn(project);
        let line = daemon.logs("answers /livez");
        let port: String = line.split("127.0.0.1:").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
        daemon.logs("ready");
        (daemon, Self { address: format!("127.0.0.1:{port}") })
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Status line and body of a GET.
    pub fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    /// Head and body of a GET whose body need not be text.
    pub fn bytes(&self, path: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
    }

    /// A conversation that goes on after its head.
    pub fn open(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
        stream
    }

    /// Waits until a line of the metrics is this one.
    #[track_caller]
    pub fn await_metric(&self, wanted: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let (_, metrics) = self.get("/metrics");
            if metrics.lines().any(|line| line == wanted) {
                return;
            }
            assert!(Instant::now() < end, "never {wanted}:\n{metrics}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
