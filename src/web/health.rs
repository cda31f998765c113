//! Whether the daemon is alive and ready, set by those who know and read by those who ask.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::text::one_line;

/// The check that the working loop passes by beating.
const LOOP: &str = "loop";

/// What is known of the daemon's health.
#[derive(Debug)]
pub struct Health {
    /// Longest time between two beats.
    silence: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    beat: Instant,
    checks: BTreeMap<&'static str, Result<(), String>>,
}

impl Health {
    /// The health of a loop that beats at least every `silence`, with checks that fail until each is first set.
    pub fn new(silence: Duration, checks: &[&'static str]) -> Self {
        let unknown = |name: &&'static str| (*name, Err("not known yet".to_owned()));
        let state = State { beat: Instant::now(), checks: checks.iter().map(unknown).collect() };
        Self { silence, state: Mutex::new(state) }
    }

    /// The working loop has come around.
    pub fn beat(&self) {
        self.state().beat = Instant::now();
    }

    /// What a check has found: nothing, or why the daemon cannot do its work.
    pub fn set_check(&self, name: &'static str, found: Result<(), String>) {
        self.state().checks.insert(name, found);
    }

    /// Why the working loop is taken for dead.
    ///
    /// # Errors
    /// How long ago it last came around.
    pub fn live(&self) -> Result<(), String> {
        let elapsed = self.state().beat.elapsed();
        if elapsed <= self.silence {
            return Ok(());
        }
        let (last, most) = (elapsed.as_secs(), self.silence.as_secs());
        Err(format!("last came around {last} s ago, more than {most} s"))
    }

    /// Whether every check passes and the loop is alive.
    pub fn is_ready(&self) -> bool {
        self.checks().iter().all(|(_, found)| found.is_ok())
    }

    /// Every check and what it found, the loop's first.
    pub fn checks(&self) -> Vec<(&'static str, Result<(), String>)> {
        let beats = [(LOOP, self.live())];
        let state = self.state();
        beats.into_iter().chain(state.checks.iter().map(|(name, found)| (*name, found.clone()))).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is a single assignment, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks as text, a line each, in the form that Kubernetes has made usual.
pub(super) fn verbose(checks: &[(&'static str, Result<(), String>)]) -> String {
    checks.iter().fold(String::new(), |mut text, (name, found)| {
        // Writing into a text cannot fail.
        let _ = match found {
            Ok(()) => writeln!(text, "[+]{name} ok"),
            Err(why) => writeln!(text, "[-]{name} failed: {}", one_line(why)),
        };
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_does_not_come_around_is_dead_until_it_does() {
        let health = Health::new(Duration::from_secs(60), &[]);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(health.live(), Ok(()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(health.live().unwrap_err().contains("61 s ago"));
        assert!(!health.is_ready());
        health.beat();
        assert!(health.is_ready());
    }

    #[tokio::test]
    async fn every_check_must_be_known_and_pass() {
        let health = Health::new(Duration::from_secs(60), &["jobs", "ledger"]);
        health.set_check("jobs", Ok(()));
        assert!(!health.is_ready());
        health.set_check("ledger", Err("disk\nfull".to_owned()));
        assert_eq!(verbose(&health.checks()), "[+]loop ok\n[+]jobs ok\n[-]ledger failed: disk\\nfull\n");
        health.set_check("ledger", Ok(()));
        assert!(health.is_ready());
    }
}
