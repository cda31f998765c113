//! Stands in for the daemon: answers what comes over the control socket as a test wants it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use batchferry::model::control::{Refusal, Reply, Request};
use batchferry::model::event::Operator;
use batchferry::web::{Asked, Client, ControlSocket};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Requests that may wait, as in a real daemon.
const QUEUE: usize = 64;

/// A control socket in a state directory of its own.
pub struct Daemon {
    pub state: TempDir,
    /// Everything that was asked, and by whom.
    pub seen: Arc<Mutex<Vec<(Request, Operator)>>>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Daemon {
    /// Answers every request with `answer`.
    pub async fn answering(answer: impl Fn(&Request) -> Result<Reply, Refusal> + Send + 'static) -> Self {
        let (daemon, mut asks) = Self::unanswered().await;
        let seen = daemon.seen.clone();
        tokio::spawn(async move {
            while let Some(Asked { request, operator, reply }) = asks.recv().await {
                let answer = answer(&request);
                seen.lock().unwrap().push((request, operator));
                let _ = reply.send(answer);
            }
        });
        daemon
    }

    /// Leaves the answers to the test.
    pub async fn unanswered() -> (Self, mpsc::Receiver<Asked>) {
        let state = tempfile::tempdir().unwrap();
        let socket = ControlSocket::bind(state.path(), None).await.unwrap();
        let (sender, asks) = mpsc::channel(QUEUE);
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(socket.serve(sender, async { drop(stopped.await) }));
        (Self { state, seen: Arc::default(), stop: Some(stop), served }, asks)
    }

    pub async fn client(&self) -> Client {
        Client::connect(self.state.path()).await.unwrap()
    }

    pub fn socket(&self) -> PathBuf {
        self.state.path().join("control.sock")
    }

    /// Asks it to stop.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has stopped.
    pub async fn stopped(&mut self) {
        (&mut self.served).await.unwrap();
    }
}

/// The state directory of nobody.
pub fn empty_state() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The name of the user that runs the tests.
pub fn own_name() -> String {
    let id = std::process::Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().to_owned()
}

/// The permission bits of a file.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}
