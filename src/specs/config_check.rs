//! What the config must be besides well-formed.

use super::config_policies;
use super::locate::{Locator, suggest};
use super::marked::Node;
use super::problems::Problems;
use crate::model::config::{Config, ScannerConfig, StoreConfig};
use crate::rules::clamd::ClamdAddress;
use crate::rules::places;

/// Everything that is wrong with a well-formed config.
pub(super) fn problems(locator: &Locator<'_>, tree: &Node, config: &Config) -> Problems {
    let mut found = Problems::default();
    let mut say = |path: &[&str], message: &str, advice: &str| {
        let problem = locator.problem_at(tree, "value", path, message);
        found.push(suggest(problem, Some(advice.to_owned())));
    };
    if config.instance.as_deref().is_some_and(|instance| !is_plain(instance)) {
        say(&["instance"], "an instance stands in batch numbers, so it has letters, digits and '-'", "write `eu1`");
    }
    for (name, store) in &config.stores {
        for (field, message, advice) in of_store(store) {
            say(&["stores", name.as_str(), field], &message, &advice);
        }
    }
    for (name, scanner) in &config.scanners {
        for (field, message, advice) in of_scanner(scanner) {
            let path: Vec<&str> = ["scanners", name].into_iter().chain(field).collect();
            say(&path, &message, advice);
        }
    }
    for (index, policy) in config.policies.iter().flatten().enumerate() {
        config_policies::problems(policy, config, &mut |path, message, advice| {
            let index = index.to_string();
            let path: Vec<&str> = ["policies", &index].into_iter().chain(path.iter().copied()).collect();
            say(&path, message, advice);
        });
    }
    found
}

/// Field, if it is not the scanner as a whole, message and advice.
fn of_scanner(scanner: &ScannerConfig) -> Vec<(Option<&'static str>, String, &'static str)> {
    let way = match (&scanner.command, &scanner.clamd) {
        (Some(_), Some(_)) => {
            Some((Some("clamd"), "a scanner is either a command or clamd".to_owned(), "remove one of them"))
        }
        (Some(words), None) if words.first().is_none_or(String::is_empty) => {
            Some((Some("command"), "there is no program to start".to_owned(), "name one"))
        }
        (None, Some(address)) => ClamdAddress::parse(address)
            .err()
            .map(|message| (Some("clamd"), message, "write `unix:/path` or `host:port`")),
        (None, None) => {
            let message = "a scanner needs a way of asking it".to_owned();
            Some((None, message, "write `command: [program]` or `clamd: ADDRESS`"))
        }
        (Some(_), None) => None,
    };
    let timeout = scanner.timeout.0.is_zero();
    let timeout =
        timeout.then(|| (Some("timeout"), "no scanner answers within 0s".to_owned(), "remove it, for 1 minute"));
    way.into_iter().chain(timeout).collect()
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Field, message and advice.
fn of_store(store: &StoreConfig) -> Vec<(&'static str, String, String)> {
    let mut found = Vec::new();
    if store.request_timeout.is_some_and(|timeout| timeout.0.is_zero()) {
        let message = "no request could ever answer within 0s".to_owned();
        found.push(("requestTimeout", message, "remove it, for 30 seconds".to_owned()));
    }
    if let Some(Err(message)) = places::file_path(&store.url) {
        found.push(("url", message, "write file:///absolute/path or file:relative/path".to_owned()));
    }
    found
}
