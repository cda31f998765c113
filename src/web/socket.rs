//! The control socket: a Unix socket in the state directory, for one group of users.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::middleware::from_fn;
use axum::{Extension, Router};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use super::api::{api, bounded};
use super::asked::{Asked, Desk};
use super::connections::{Bounds, serve};
use super::reach::Reach;

use super::routes::unknown;
use super::target::ROOT;
use super::users;
use crate::model::event::Operator;
use crate::specs;

/// The socket's name in the state directory.
pub(super) const NAME: &str = "control.sock";

/// The owner and the group may connect.
const MODE: u32 = 0o660;
/// How long whoever has the socket may take to accept before it counts as alive.
const ALIVE: Duration = Duration::from_secs(1);

const BOUNDS: Bounds = Bounds {
    connections: 256,
    head: Duration::from_secs(10),
    silence: Duration::from_secs(30),
    grace: Duration::from_secs(5),
};

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Someone listens there.
    #[error("another daemon answers at {}; stop it first, or give this one a `state` of its own", .0.display())]
    Taken(PathBuf),
    /// Something else stands there.
    #[error("{} is not a socket; move it out of the way", .0.display())]
    NotASocket(PathBuf),
    /// The config names a group that the system does not know.
    #[error("control.group: this system has no group {0:?}; create it or name another")]
    UnknownGroup(String),
    /// The group may not be given the socket.
    #[error("control.group: the socket cannot be given to group {group:?}: {source}; make user {user} a member of it")]
    Group {
        /// Which group.
        group: String,
        /// Who runs the daemon.
        user: String,
        /// Why.
        source: io::Error,
    },
    /// The system refuses.
    #[error("the control socket {} cannot be made: {source}", path.display())]
    Failed {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A bound control socket. Its file goes when this does.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    file: SocketFile,
}

impl ControlSocket {
    /// Binds the socket in the state directory, for `group` or else the process's own.
    ///
    /// The socket is made in a folder that only this user can enter, is given its group and mode there, and is then renamed
    /// to its place, over a stale one if there is one: nobody ever finds it more widely open, and no `umask`, which all threads
    /// share, is touched. That two daemons do not do this at once is the ledger's lock to prevent.
    ///
    /// # Errors
    /// Someone answers at the socket, the group is unknown, or the system refuses.
    pub async fn bind(state: &Path, group: Option<&str>) -> Result<Self, SocketError> {
        let path = state.join(NAME);
        let group = group.map(|name| {
            let id = users::group_id(name).ok_or_else(|| SocketError::UnknownGroup(name.to_owned()))?;
            Ok((name, id))
        });
        let group = group.transpose()?;
        make_way(&path).await?;
        let failed = |source| SocketError::Failed { path: path.clone(), source };
        let private = private_folder(state).map_err(failed)?;
        let fresh = private.path().join(NAME);
        let reach = Reach::to(&fresh).map_err(failed)?;
        let listener = UnixListener::bind(reach.path()).map_err(failed)?;
        if let Some((name, id)) = group {
            chown(&fresh, None, Some(id)).map_err(|source| SocketError::Group {
                group: name.to_owned(),
                user: users::own_name(),
                source,
            })?;
        }
        std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(MODE)).map_err(failed)?;
        std::fs::rename(&fresh, &path).map_err(failed)?;
        let file = SocketFile::at(path.clone()).map_err(failed)?;
        Ok(Self { listener, file })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Serves the API until `until` resolves: requests go to `asks` with the user at the other end as the operator. Requests
    /// under way then have 5 seconds to end.
    pub async fn serve(self, asks: mpsc::Sender<Asked>, until: impl Future<Output = ()>) {
        let api = Router::new().nest(ROOT, api(Desk::new(asks))).fallback(unknown).layer(from_fn(bounded));
        let router_for = |stream: &UnixStream| {
            let (api, user) = (api.clone(), stream.peer_cred().map(|peer| peer.uid()).ok());
            async move { Router::new().fallback_service(api).layer(Extension(operator(user).await)) }
        };
        serve(self.listener, BOUNDS, router_for, until).await;
        drop(self.file);
    }
}

/// The user of a process, by name. Names may come from a directory service, so they are not looked up on a thread that
/// others wait for.
async fn operator(user: Option<u32>) -> Operator {
    let name = match user {
        Some(uid) => tokio::task::spawn_blocking(move || specs::user_name(uid)).await.ok(),
        None => None,
    };
    Operator { name: name.unwrap_or_else(|| "unknown".to_owned()), commit: None }
}

/// Demands that nothing is at the socket's place but a socket at which nobody answers.
async fn make_way(path: &Path) -> Result<(), SocketError> {
    let failed = |source| SocketError::Failed { path: path.to_owned(), source };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(found) if !found.file_type().is_socket() => return Err(SocketError::NotASocket(path.to_owned())),
        Ok(_) => {}
    }
    let reach = Reach::to(path).map_err(failed)?;
    match tokio::time::timeout(ALIVE, UnixStream::connect(reach.path())).await {
        Ok(Err(error)) if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => Ok(()),
        // One that is too busy to accept is alive too.
        Ok(Ok(_)) | Err(_) => Err(SocketError::Taken(path.to_owned())),
        Ok(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => Err(SocketError::Taken(path.to_owned())),
        Ok(Err(error)) => Err(failed(error)),
    }
}

fn private_folder(state: &Path) -> io::Result<tempfile::TempDir> {
    let permissions = std::fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix(".control-").permissions(permissions).tempdir_in(state)
}

/// The socket's file, removed in the end unless another has taken its place.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn at(path: PathBuf) -> io::Result<Self> {
        identity(&path).map(|identity| Self { path, identity })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = identity(&self.path).is_ok_and(|identity| identity == self.identity);
        if is_ours && let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the control socket stays behind; the next daemon replaces it");
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()))
}
