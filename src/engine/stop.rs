//! A request to stop, seen by everything that runs.

use std::sync::Arc;

use tokio::sync::watch;

use crate::model::batch::EndReason;

/// Asks for an end at the next document boundary, and says why.
#[derive(Clone, Default)]
pub struct Stop(Arc<watch::Sender<Option<EndReason>>>);

impl Stop {
    /// Asks everyone who holds a clone to stop. The first reason stands, but for a cancellation, which outweighs the
    /// reasons after which a run would go on.
    pub fn request(&self, reason: EndReason) {
        self.0.send_if_modified(|now| {
            let outweighed = now.is_none() || reason == EndReason::Cancelled;
            let changes = outweighed && *now != Some(reason);
            if changes {
                *now = Some(reason);
            }
            changes
        });
    }

    /// Why someone asked; `None`: nobody did.
    pub fn reason(&self) -> Option<EndReason> {
        *self.0.borrow()
    }

    /// Whether someone asked.
    pub fn requested(&self) -> bool {
        self.reason().is_some()
    }

    /// Resolves with the reason once someone asks.
    pub async fn wait(&self) -> EndReason {
        let mut receiver = self.0.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        let asked = receiver.wait_for(Option::is_some).await;
        asked.ok().and_then(|reason| *reason).unwrap_or(EndReason::Interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stands_and_only_a_cancellation_outweighs_it() {
        let stop = Stop::default();
        assert!(!stop.requested());
        stop.request(EndReason::Suspended);
        stop.request(EndReason::Interrupted);
        assert_eq!(stop.reason(), Some(EndReason::Suspended));
        stop.request(EndReason::Cancelled);
        stop.request(EndReason::Suspended);
        assert_eq!(stop.reason(), Some(EndReason::Cancelled));
    }
}
