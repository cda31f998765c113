//! A measurement from its first object to the last one's removal.

use std::time::Duration;

use super::advice::{advise, is_enough, ladder};
use super::copying::Pair;
use super::probes::{self, Made, Probe};
use super::step::step;
use crate::engine::stop::Stop;
use crate::engine::store_set::{StoreSet, StoreSetError};
use crate::model::bench::{BenchStep, BenchView};
use crate::model::config::Config;
use crate::model::ids::StoreName;
use crate::model::view::FORMAT_VERSION;
use crate::rules::policies::Policies;
use crate::stores::{Store, StoreError, TRIAL};

const GRACE: Duration = Duration::from_secs(10);

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The store to read from.
    pub source: StoreName,
    /// The store to write to.
    pub target: StoreName,
    /// Objects below this prefix of the source are read; `None`: objects of our own, which are written there first.
    pub prefix: Option<String>,
    /// Bytes of an object of our own.
    pub size: u64,
    /// How long all concurrencies together are tried.
    pub duration: Duration,
    /// The greatest concurrency.
    pub most: u32,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A store cannot be set up.
    #[error(transparent)]
    Store(#[from] StoreSetError),
    /// No policy allows it.
    #[error("{0}")]
    Denied(String),
    /// There is nothing to read.
    #[error("nothing that has any bytes is listed at the source below {0:?}; name another --prefix")]
    NothingListed(String),
    /// The source does not do its part.
    #[error(
        "the source cannot be used: {0}; with --prefix, objects that are there are read and nothing is written to it"
    )]
    Source(StoreError),
}

/// Measures at rising concurrency, until all are tried or more bring nothing, and removes what it made, also after a
/// failure or when someone asks to stop.
///
/// # Errors
/// Why nothing was measured.
pub async fn measure(config: &Config, asked: &Asked, stop: &Stop) -> Result<BenchView, BenchError> {
    allowed(config, asked)?;
    let stores = StoreSet::new(config.clone());
    let pair = Pair { source: stores.open(&asked.source)?.store, target: stores.open(&asked.target)?.store };
    let made = (Made::new(pair.source.clone()), Made::new(pair.target.clone()));
    let mut found = Found::default();
    let measured = tokio::select! {
        measured = run(&pair, asked, &made, &mut found, stop) => measured,
        // What was made is removed all the same.
        () = patience(stop) => Ok(()),
    };
    let left = [made.0.remove().await, made.1.remove().await].concat();
    measured?;
    let size = found.size.checked_div(found.objects).unwrap_or_default();
    let advice = if stop.requested() { None } else { advise(&found.steps, size, &config.limits) };
    Ok(BenchView {
        format_version: FORMAT_VERSION,
        source: asked.source.to_string(),
        target: asked.target.to_string(),
        objects: found.objects,
        size,
        steps: found.steps,
        advice,
        failure: found.failure,
        left,
    })
}

/// What was found so far.
#[derive(Default)]
struct Found {
    objects: u64,
    size: u64,
    steps: Vec<BenchStep>,
    failure: Option<String>,
}

/// How long files on their way are waited for once someone asks to stop: an upload that is given up leaves parts behind.
async fn patience(stop: &Stop) {
    stop.wait().await;
    tokio::time::sleep(GRACE).await;
}

async fn run(
    pair: &Pair,
    asked: &Asked,
    made: &(Made, Made),
    found: &mut Found,
    stop: &Stop,
) -> Result<(), BenchError> {
    let probes = probes_of(&pair.source, asked, &made.0).await?;
    found.objects = probes.len() as u64;
    found.size = probes.iter().map(|probe| probe.pin.size).sum();
    let ladder = ladder(asked.most);
    let time = asked.duration / u32::try_from(ladder.len()).unwrap_or(u32::MAX);
    for concurrency in ladder {
        let (measured, failure) = step(pair, &probes, &made.1, (concurrency, time), stop).await;
        let is_hopeless = measured.files == 0;
        found.steps.push(measured);
        found.failure = found.failure.take().or_else(|| failure.map(|error| error.to_string()));
        if stop.requested() || is_hopeless || found.failure.is_some() || is_enough(&found.steps) {
            return Ok(());
        }
    }
    Ok(())
}

async fn probes_of(source: &Store, asked: &Asked, made: &Made) -> Result<Vec<Probe>, BenchError> {
    match &asked.prefix {
        Some(prefix) => probes::listed(source, prefix).await,
        None => probes::written(made, asked.size).await,
    }
}

/// Whether the operator's policies let anyone do this.
fn allowed(config: &Config, asked: &Asked) -> Result<(), BenchError> {
    let Some(policies) = config.policies.as_deref() else { return Ok(()) };
    let unreadable = |_| BenchError::Denied("the globs of `policies` cannot be read".to_owned());
    let policies = Policies::new(policies).map_err(unreadable)?;
    let (source, target) = (&asked.source, &asked.target);
    let prefix = asked.prefix.as_deref().unwrap_or(TRIAL);
    let denied = |does: &str, store: &StoreName, prefix: &str, list: &str| {
        Err(BenchError::Denied(format!(
            "no policy in the config lets anyone {does} store {:?} at {prefix:?}; measure with a config (--config) whose \
             policies have {{store: {store}}} in `{list}`",
            store.as_str()
        )))
    };
    if !policies.lets_anyone_read(source, prefix) {
        return denied("read from", source, prefix, "read");
    }
    if asked.prefix.is_none() && !policies.lets_anyone_write(source, TRIAL) {
        return denied("write to", source, TRIAL, "write");
    }
    if !policies.lets_anyone_write(target, TRIAL) {
        return denied("write to", target, TRIAL, "write");
    }
    Ok(())
}
