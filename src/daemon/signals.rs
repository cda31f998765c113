//! SIGTERM and SIGINT: stop, and now the second time. SIGHUP: read the config anew.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use super::systemd;

/// The exit code of a process that was told twice to stop.
const INTERRUPTED: i32 = 130;

/// What the process can be told.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// The system's.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Passes them on for as long as the process lives.
    pub async fn pass_on(mut self, stop: oneshot::Sender<()>, reloads: mpsc::Sender<()>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => break,
                _ = self.interrupt.recv() => break,
                // One reload that waits stands for all.
                _ = self.hangup.recv() => drop(reloads.try_send(())),
            }
        }
        tracing::info!("stopping: documents in flight may finish; once more to stop at once");
        systemd::stopping();
        // The loop may have ended by itself.
        let _ = stop.send(());
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        tracing::warn!("stopped at once; what was in flight stays pending");
        std::process::exit(INTERRUPTED);
    }
}
