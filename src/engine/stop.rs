//! A request to stop, seen by everything that runs.

use std::sync::Arc;

use tokio::sync::watch;

/// Asks for an end at the next document boundary.
#[derive(Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asks everyone who holds a clone to stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    /// Whether someone asked.
    pub fn requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves once someone asks.
    pub async fn wait(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _ = receiver.wait_for(|stop| *stop).await;
    }
}
