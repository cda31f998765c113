//! What the config must be besides well-formed.

use super::config_policies;
use super::locate::{Locator, suggest};
use super::marked::Node;
use super::problems::Problems;
use crate::model::config::{AccessConfig, ChecksumAbility, Config, ScannerConfig, StoreConfig};
use crate::model::store_kind::StoreKind;
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
    for (index, field, message, advice) in of_access(config) {
        say(&["access", &index.to_string(), field], &message, advice);
    }
    found
}

/// Place in `access`, field, message and advice.
fn of_access(config: &Config) -> Vec<(usize, &'static str, String, &'static str)> {
    let entries = config.access.as_deref().unwrap_or_default();
    let wrong = |(index, entry): (usize, &AccessConfig)| {
        let (name, is_known) = (&entry.name, entries[..index].iter().any(|other| other.name == entry.name));
        if !is_name(name) {
            let message = format!("a name has 1 to 64 letters, digits and `-_.@`; found {name:?}");
            return Some((index, "name", message, "write one such as `ana` or `ana@example.com`"));
        }
        let message = || format!("{name:?} is named above; the audit log could not tell them apart");
        is_known.then(|| (index, "name", message(), "give each token a name of its own"))
    };
    entries.iter().enumerate().filter_map(wrong).collect()
}

/// A name that stands as it is in logs and in the audit log.
fn is_name(text: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_fit)
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
type Said = (&'static str, String, String);

fn of_store(store: &StoreConfig) -> Vec<Said> {
    let mut found = Vec::new();
    if store.request_timeout.is_some_and(|timeout| timeout.0.is_zero()) {
        let message = "no request could ever answer within 0s".to_owned();
        found.push(("requestTimeout", message, "remove it, for 30 seconds".to_owned()));
    }
    if let Some(Err(message)) = places::file_path(&store.url) {
        found.push(("url", message, "write file:///absolute/path or file:relative/path".to_owned()));
    }
    if let Some(kind @ (StoreKind::Azure | StoreKind::Gcs)) = StoreKind::of(&store.url) {
        found.extend(not_amazons(kind, store));
    }
    if StoreKind::of(&store.url) == Some(StoreKind::Http) {
        found.extend(not_for_reading(store));
    }
    found
}

/// Options that say nothing of what is only read.
fn not_for_reading(store: &StoreConfig) -> impl Iterator<Item = Said> {
    let said = |field, is_there: bool| {
        let message = format!("an HTTP store is only read from, at its URL: it has no {field}");
        is_there.then(|| (field, message, "remove it".to_owned()))
    };
    [
        said("endpoint", store.endpoint.is_some()),
        said("region", store.region.is_some()),
        said("addressing", store.addressing.is_some()),
        said("conditionalPut", store.conditional_put.is_some()),
        said("checksum", store.checksum.is_some()),
        said("serverSideCopy", store.server_side_copy.is_some()),
        said("orderedListing", store.ordered_listing.is_some()),
    ]
    .into_iter()
    .flatten()
}

/// Options that only S3 has.
fn not_amazons(kind: StoreKind, store: &StoreConfig) -> impl Iterator<Item = Said> {
    let refused = |field, why: &str| (field, format!("{} {why}", kind.name()), "remove it".to_owned());
    let checksum = store.checksum == Some(ChecksumAbility::Sha256);
    let copies = store.server_side_copy == Some(true);
    let orders = kind == StoreKind::Azure && store.ordered_listing == Some(true);
    [
        store.region.is_some().then(|| refused("region", "has no region to be told")),
        store.addressing.is_some().then(|| refused("addressing", "has no other addressing")),
        copies.then(|| refused("serverSideCopy", "is not asked to copy; files are read and sent instead")),
        orders.then(|| refused("orderedListing", "lists from the beginning only")),
        checksum.then(|| refused("checksum", "verifies no SHA-256 on upload; what was written is read back instead")),
    ]
    .into_iter()
    .flatten()
}
