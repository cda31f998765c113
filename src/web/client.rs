//! The other end of the control socket: what commands use to ask a daemon.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, StatusCode};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

use super::body::MAX_BODY;
use super::problem::Problem;
use super::reach::Reach;
use super::wire::{self, Call};
use super::{socket, users};
use crate::model::control::{Refusal, RefusalKind, Reply, Request};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// Pause while the daemon's line is full.
const LINE: Duration = Duration::from_millis(20);
/// Longest wait for an answer that takes no listing and no long read.
const ANSWER: Duration = Duration::from_secs(30);
/// Longest target of a request that the `http` crate takes.
const MAX_TARGET: usize = 60_000;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No daemon runs on this state: there is no socket, or nobody answers at it.
    #[error("no daemon answers at {}", .0.display())]
    NoDaemon(PathBuf),
    /// This user may not use the socket; the message says who may.
    #[error("{0}")]
    Forbidden(String),
    /// Something else is wrong.
    #[error("the daemon's socket {} cannot be used: {source}", path.display())]
    Failed {
        /// Where it is.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Asks the daemon that holds a state directory. Each request has a connection of its own, so a client outlives a restart
/// of the daemon.
#[derive(Debug, Clone)]
pub struct Client {
    path: PathBuf,
}

impl Client {
    /// Finds the daemon of a state directory.
    ///
    /// # Errors
    /// There is none, or this user may not ask it.
    pub async fn connect(state: &Path) -> Result<Self, ConnectError> {
        let path = state.join(socket::NAME);
        let connected = connect(&path).await;
        match connected {
            Ok(_) => Ok(Self { path }),
            Err(error) => Err(match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ConnectError::NoDaemon(path),
                io::ErrorKind::PermissionDenied => ConnectError::Forbidden(forbidden(&path)),
                _ => ConnectError::Failed { path, source: error },
            }),
        }
    }

    /// Asks, and waits for the answer: 30 seconds, or for a plan, a report, a check or a verification as long as it takes. Dropping the future takes
    /// the question back.
    ///
    /// # Errors
    /// The daemon refuses, is gone, or does not answer in time.
    pub async fn ask(&self, request: Request) -> Result<Reply, Refusal> {
        let call = sound(&request)?;
        let (status, body) = match patience(&request) {
            Some(patience) => timeout(patience, self.exchange(call)).await.map_err(|_| self.silent(patience))?,
            None => self.exchange(call).await,
        }
        .map_err(|error| self.broken(&error))?;
        if status.is_success() {
            return wire::decode(&request, &body).map_err(|error| {
                unavailable(format_args!("{}; is it of another version than this command?", self.strange(&error)))
            });
        }
        let problem = serde_json::from_slice::<Problem>(&body);
        Err(problem.map(Refusal::from).unwrap_or_else(|error| unavailable(self.strange(&error))))
    }

    async fn exchange(&self, call: Call) -> io::Result<(StatusCode, Bytes)> {
        let stream = connect(&self.path).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        let answer = async move {
            // The connection ends when `sender` goes.
            let response = sender.send_request(message(call)?).await.map_err(io::Error::other)?;
            let status = response.status();
            let body = to_bytes(Body::new(response.into_body()), usize::MAX).await.map_err(io::Error::other)?;
            Ok((status, body))
        };
        // Whatever ends a connection early ends the answer too, and there it is told.
        let (answer, _) = tokio::join!(answer, connection);
        answer
    }

    fn silent(&self, patience: Duration) -> Refusal {
        let seconds = patience.as_secs();
        unavailable(format_args!(
            "the daemon at {} did not answer within {seconds} s; see its log",
            self.path.display()
        ))
    }

    fn broken(&self, error: &io::Error) -> Refusal {
        let path = self.path.display();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                unavailable(format_args!("the daemon at {path} is gone; ask again when it runs, or without it"))
            }
            io::ErrorKind::PermissionDenied => unavailable(forbidden(&self.path)),
            _ => unavailable(format_args!(
                "the daemon at {path} broke off before it answered ({error}); is it stopping?"
            )),
        }
    }

    fn strange(&self, error: &serde_json::Error) -> String {
        format!("what answers at {} is not understood ({error})", self.path.display())
    }
}

/// A request as a call that the daemon will take.
fn sound(request: &Request) -> Result<Call, Refusal> {
    let invalid = |message: String| Refusal::new(RefusalKind::Invalid, message);
    let call = wire::call(request).map_err(|error| invalid(error.to_string()))?;
    if call.target.contains("/batches//") || call.target.ends_with("/batches/") {
        return Err(invalid("name a batch: the name given is empty".to_owned()));
    }
    if call.target.len() > MAX_TARGET {
        return Err(invalid(format!("the name given is too long: {} bytes when encoded", call.target.len())));
    }
    if call.body.len() > MAX_BODY {
        return Err(invalid(format!("the spec has too many bytes: {} when encoded", call.body.len())));
    }
    Ok(call)
}

fn message(call: Call) -> io::Result<http::Request<Body>> {
    let mut message = http::Request::new(Body::empty());
    *message.method_mut() = call.method;
    *message.uri_mut() = call.target.parse().map_err(io::Error::other)?;
    message.headers_mut().insert(HOST, HeaderValue::from_static("localhost"));
    if !call.body.is_empty() {
        message.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *message.body_mut() = Body::from(call.body);
    }
    Ok(message)
}

/// How long to wait for an answer; `None`: as long as it takes.
fn patience(request: &Request) -> Option<Duration> {
    let takes_long = matches!(
        request,
        Request::Plan { .. }
            | Request::Report { .. }
            | Request::WriteReport { .. }
            | Request::CheckAudit { .. }
            | Request::Verify { .. }
    );
    (!takes_long).then_some(ANSWER)
}

/// A connection. A daemon whose line is full answers "again" at once.
async fn connect(path: &Path) -> io::Result<UnixStream> {
    let reach = Reach::to(path)?;
    let tries = async {
        loop {
            match UnixStream::connect(reach.path()).await {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(LINE).await,
                other => return other,
            }
        }
    };
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection within 2 s: too many others wait");
    timeout(CONNECT, tries).await.map_err(late)?
}

/// Who may use the socket, where this user may not.
fn forbidden(path: &Path) -> String {
    let user = users::own_name();
    let may = path.ancestors().find_map(|place| std::fs::metadata(place).ok().map(|found| (place, found)));
    let Some((place, found)) = may else { return format!("user {user} may not use {}", path.display()) };
    let group = users::group_name(found.gid());
    let mode = found.permissions().mode() & 0o777;
    let (place, path) = (place.display(), path.display());
    format!(
        "user {user} may not use the daemon's socket {path}: {place} is open to group {group} (mode {mode:04o}); \
         ask for membership in that group, or run the command as the daemon's user"
    )
}

fn unavailable(message: impl std::fmt::Display) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_is_told_who_may() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join(socket::NAME);
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660)).unwrap();
        let group = users::group_name(std::fs::metadata(&path).unwrap().gid());
        let told = forbidden(&path);
        for part in [&*path.to_string_lossy(), &format!("group {group}"), "mode 0660", &users::own_name()] {
            assert!(told.contains(part), "{part}: {told}");
        }
        std::fs::remove_file(&path).unwrap();
        let folder = format!("{} is open to group", state.path().display());
        assert!(forbidden(&path).contains(&folder));
    }
}
