//! Opening the ledger. After a crash sled may have gigabytes of its log to read, and says nothing until it has: meanwhile those who
//! watch the daemon are told that it starts, so that nobody kills it for the time that it takes.

use std::panic::resume_unwind;
use std::time::Duration;

use super::{parts, systemd};
use crate::ledger::{Ledger, LedgerError};
use crate::model::config::Config;
use crate::web::Health;

/// The check that fails until the ledger is open.
pub const LEDGER: &str = "ledger";

/// How often those who watch are told.
const PACE: Duration = Duration::from_secs(5);

/// How long a start may take from each time on.
const MORE: Duration = Duration::from_secs(60);

/// An opening that has taken so long is told no more, and may be ended: at the pace of any disk it would be done.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Opens the ledger of the config's state.
///
/// # Errors
/// The ledger's.
pub async fn ledger(config: &Config, health: &Health) -> Result<Ledger, LedgerError> {
    let owned = config.clone();
    let mut opening = tokio::task::spawn_blocking(move || parts::ledger(&owned, &owned.state));
    health.set_check(LEDGER, Err("is being opened".to_owned()));
    let mut pace = tokio::time::interval(PACE);
    let begun = pace.tick().await;
    loop {
        if begun.elapsed() < LONGEST {
            health.beat();
            systemd::starting(MORE);
        }
        tokio::select! {
            // It is never cancelled; a panic in it is one of ours.
            opened = &mut opening => {
                let ledger = opened.unwrap_or_else(|error| resume_unwind(error.into_panic()))?;
                health.set_check(LEDGER, Ok(()));
                return Ok(ledger);
            }
            _ = pace.tick() => {
                tracing::info!(seconds = begun.elapsed().as_secs(), "the ledger is still being opened: its log is read, or another process has it");
            }
        }
    }
}
