//! SIGHUP: another config is read and judged whole; only a sound one takes the place of the one before.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::parts;
use super::{served, systemd};
use crate::engine::limits::GlobalLimits;
use crate::engine::reconcile::Reload;
use crate::engine::run::Patience;
use crate::ledger::Ledger;
use crate::model::access::Grant;
use crate::model::config::{Config, Limits};
use crate::specs::{self, ConfigError, LoadedConfig};
use crate::web::{Access, Metrics};

/// Reads the config anew whenever asked.
pub struct Reloader {
    /// The config in force.
    pub config: LoadedConfig,
    /// The ledger, which stays open.
    pub ledger: Arc<Ledger>,
    /// The bounds in force.
    pub limits: Arc<GlobalLimits>,
    /// Counts reloads.
    pub metrics: Arc<Metrics>,
    /// Who may use the API over TCP.
    pub access: Arc<Access>,
    /// Told of every config that comes into force.
    pub newest: watch::Sender<LoadedConfig>,
}

impl Reloader {
    /// Reads the config for each request, and passes on what is sound.
    pub async fn run(mut self, mut requests: mpsc::Receiver<()>, reloads: mpsc::Sender<Reload>) {
        while requests.recv().await.is_some() {
            systemd::reloading();
            let path = self.config.path.clone();
            let read = tokio::task::spawn_blocking(move || read(&path)).await;
            let read = match read {
                Ok(read) => read.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let sound = read.and_then(|(config, grants)| self.take(config, grants));
            self.metrics.config_reloaded(sound.is_ok());
            match sound {
                // The loop ends only with the daemon.
                Ok(reload) => drop(reloads.send(reload).await),
                Err(error) => tracing::error!(error, "the config was not reloaded; the one before stays in force"),
            }
            systemd::ready();
        }
    }

    fn take(&mut self, config: LoadedConfig, grants: Option<Vec<Grant>>) -> Result<Reload, String> {
        let (old, new) = (&self.config.config, &config.config);
        if old.state != new.state {
            return Err(format!(
                "`state` cannot change while the daemon runs (it is {}); restart it",
                old.state.display()
            ));
        }
        for name in needs_restart(old, new) {
            tracing::warn!("`{name}` has changed, which takes effect when the daemon is restarted");
        }
        // The limits stay those that runs under way share; how many batches move at once is the loop's to know.
        let engine = parts::engine(new, &new.state, self.ledger.clone(), self.limits.clone(), Patience::Endless);
        if let Some(address) = old.listen.filter(|_| old.access != new.access) {
            served::tell(address, new);
        }
        self.access.replace(grants);
        self.config = config.clone();
        self.newest.send_replace(config.clone());
        Ok(Reload { config, engine })
    }
}

/// The config, and the tokens that it names, which may be others although it says the same.
fn read(path: &Path) -> Result<(LoadedConfig, Option<Vec<Grant>>), ConfigError> {
    let config = specs::load_config(Some(path))?;
    let grants = specs::grants(config.config.access.as_deref())?;
    Ok((config, grants))
}

/// Parts of the config that are bound when the daemon starts.
fn needs_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let parts = [
        ("listen", old.listen == new.listen),
        ("control", old.control == new.control),
        ("notify", old.notify == new.notify),
        ("instance", old.instance == new.instance),
        ("limits", Limits { batches: 0, ..old.limits.clone() } == Limits { batches: 0, ..new.limits.clone() }),
    ];
    parts.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}
