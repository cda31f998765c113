//! The config: found, read, its paths made absolute.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::locate::Locator;
use super::{config_check, read, schema};
use crate::model::config::Config;
use crate::model::diagnostic::Diagnostic;
use crate::rules::places;

/// Where the config is looked for, where none is named.
const PLACES: [&str; 2] = ["batchferry.yaml", "/etc/batchferry/batchferry.yaml"];

/// A config whose paths are absolute.
#[derive(Debug, Clone)]
pub struct LoadedConfig {
    /// Where it was found.
    pub path: PathBuf,
    /// What it says.
    pub config: Config,
}

/// Why there is no config, or no credentials.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// None of the places has one.
    #[error("no config found: looked at {}; name one with --config FILE", PLACES.join(" and "))]
    NotFound,
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a sound config.
    #[error("{}", first(diagnostics))]
    Invalid {
        /// Everything that is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// The ledger would lie among the specs.
    #[error("state {} lies inside jobs {}: put the ledger elsewhere", state.display(), jobs.display())]
    StateInJobs {
        /// Where the ledger would be.
        state: PathBuf,
        /// Where the specs are.
        jobs: PathBuf,
    },
    /// Credentials are not where the config says.
    #[error("{0}")]
    Credentials(String),
}

fn first(diagnostics: &[Diagnostic]) -> String {
    let rest = diagnostics.len().saturating_sub(1);
    let more = if rest == 0 { String::new() } else { format!(" (and {rest} more)") };
    // What was meant explains most: a mistyped field is missing as well.
    let meant = diagnostics.iter().find(|problem| problem.suggestion.is_some());
    meant.or(diagnostics.first()).map_or_else(String::new, |problem| {
        let meant = problem.suggestion.as_ref().map(|meant| format!("; {meant}")).unwrap_or_default();
        format!("{}:{}:{}: {}{meant}{more}", problem.file, problem.line, problem.column, problem.message)
    })
}

/// Finds and reads the config.
///
/// # Errors
/// Why there is none.
pub fn load_config(explicit: Option<&Path>) -> Result<LoadedConfig, ConfigError> {
    let path = match explicit {
        Some(path) => path.to_owned(),
        None => PLACES.iter().map(PathBuf::from).find(|path| path.exists()).ok_or(ConfigError::NotFound)?,
    };
    let unreadable = |source| ConfigError::Unreadable { path: path.clone(), source };
    let bytes = fs::read(&path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable(std::io::Error::other("it is not UTF-8")))?;
    let path = std::path::absolute(&path).map_err(unreadable)?;
    let config =
        parse(&path.display().to_string(), &text).map_err(|diagnostics| ConfigError::Invalid { diagnostics })?;
    let config = absolute(config, path.parent().unwrap_or(Path::new("/")));
    if config.state.starts_with(real_path(&config.jobs)) {
        return Err(ConfigError::StateInJobs { state: config.state, jobs: config.jobs });
    }
    Ok(LoadedConfig { path, config })
}

fn parse(name: &str, text: &str) -> Result<Config, Vec<Diagnostic>> {
    let text = text.trim_start_matches('\u{feff}');
    let locator = Locator::new(name, text);
    let tree = read::tree(&locator, text)?;
    let config = read::typed(&locator, &tree, text, &schema::config_schema());
    let config: Config = config.map_err(|problems| problems.listed(&locator))?;
    let problems = config_check::problems(&locator, &tree, &config);
    if problems.is_empty() { Ok(config) } else { Err(problems.listed(&locator)) }
}

/// Relative paths are relative to the file that they stand in.
fn absolute(mut config: Config, base: &Path) -> Config {
    // Links stay: what delivers specs may swap one, and the jobs directory is then another.
    config.jobs = base.join(&config.jobs).components().collect();
    config.state = real_path(&base.join(&config.state));
    if config.reports.dir != "beside" {
        config.reports.dir = real_path(&base.join(&config.reports.dir)).to_string_lossy().into_owned();
    }
    for store in config.stores.values_mut() {
        if let Some(Ok(path)) = places::file_path(&store.url) {
            let folder = real_path(&base.join(path)).to_string_lossy().replace('%', "%25");
            store.url = format!("file://{folder}");
        }
        for file in store.ca_file.iter_mut().chain(store.credentials.iter_mut().filter_map(|from| from.file.as_mut())) {
            *file = base.join(&*file);
        }
    }
    for entry in config.access.iter_mut().flatten() {
        entry.token_file = base.join(&entry.token_file);
    }
    let secret = config.notify.as_mut().and_then(|notify| notify.secret.as_mut());
    if let Some(file) = secret.and_then(|secret| secret.file.as_mut()) {
        *file = base.join(&*file);
    }
    config
}

/// A path without links as far as it exists, so that one place has one name, and without `.` and `..` beyond.
pub fn real_path(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut existing = path;
    loop {
        if let Ok(real) = existing.canonicalize() {
            let below = rest.iter().rev().fold(real, |path: PathBuf, name| path.join(name));
            return plain(&below);
        }
        match (existing.parent(), existing.components().next_back()) {
            (Some(parent), Some(last)) => {
                rest.push(last.as_os_str().to_owned());
                existing = parent;
            }
            _ => return plain(path),
        }
    }
}

/// A path without `.` and `..`, by its text alone.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_secrets_lie_beside_the_config_unless_they_are_absolute() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("batchferry.yaml");
        let file = |secret: &str| {
            let notify = format!("notify: {{url: \"http://x/\", secret: {{file: {secret}}}}}");
            fs::write(&path, format!("stores: {{s: {{url: \"file:s\", caFile: ca.pem}}}}\n{notify}\n")).unwrap();
            let config = load_config(Some(&path)).unwrap().config;
            assert_eq!(config.stores.values().next().unwrap().ca_file, Some(folder.path().join("ca.pem")));
            config.notify.unwrap().secret.unwrap().file.unwrap()
        };
        assert_eq!(file("keys/hook"), folder.path().join("keys/hook"));
        assert_eq!(file("/run/secrets/hook"), Path::new("/run/secrets/hook"));
    }
}
