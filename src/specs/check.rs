//! What a spec must be besides well-formed: dates in order, zones and globs known, templates sound, places apart.

use std::sync::OnceLock;

use jiff::tz;

use super::credentials::credentials;
use super::locate::{Locator, echoed, nearest, suggest, write_instead};
use super::marked::Node;
use super::parts::Parts;
use super::problems::Problems;
use crate::catalogs;
use crate::model::config::Config;
use crate::model::credentials::Credentials;
use crate::model::diagnostic::POLICY_RULE;
use crate::model::ids::StoreName;
use crate::model::spec::{CollectedRange, Source, Target, Transfer};
use crate::model::store_kind::StoreKind;
use crate::rules::days::{self, RangeError};
use crate::rules::keys;
use crate::rules::places::{self, Location};
use crate::rules::policies::Policies;

/// What specs are judged by besides their text.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    /// The config.
    pub(super) config: &'a Config,
    /// The spec's path below the jobs directory: what policies go by.
    pub(super) place: &'a str,
}

/// Everything that is wrong with the well-formed parts of a spec. Without a config, neither stores nor policies are looked at.
pub(super) fn problems(locator: &Locator<'_>, tree: &Node, parts: &Parts, against: Option<Against<'_>>) -> Problems {
    let mut check = Check { locator, tree, found: Problems::default() };
    let range = parts.collected.as_ref();
    range.into_iter().for_each(|range| check.range(range));
    parts.filters.iter().for_each(|filters| check.filters(filters, range));
    let fields = parts.source.as_ref().and_then(|source| catalogs::fields(&source.catalog));
    let known: Option<Vec<&str>> = fields.as_ref().map(|fields| fields.iter().map(String::as_str).collect());
    parts.checks.iter().for_each(|checks| check.checks(checks, known.as_deref()));
    parts.transfer.iter().for_each(|transfer| check.timeout(transfer));
    if let Some(source) = &parts.source {
        check.source(source);
        check.templates(source, parts.target.as_ref(), parts.checks.as_ref());
    }
    if let Some(target) = &parts.target {
        let config = against.map(|against| against.config);
        check.prefix("target", &target.prefix);
        check.objects(target, config, parts.transfer.as_ref().map(|transfer| transfer.verify));
    }
    if let Some(Against { config, place }) = against {
        check.stores(parts.source.as_ref(), parts.target.as_ref(), config);
        check.tags(parts.source.as_ref(), parts.target.as_ref(), config);
        check.policies(parts.source.as_ref(), parts.target.as_ref(), config, place);
        parts.source.iter().for_each(|source| check.stores_of_tables(source, config));
        parts.checks.iter().for_each(|checks| check.scanners(checks, config));
    }
    check.found
}

pub(super) struct Check<'a> {
    pub(super) locator: &'a Locator<'a>,
    pub(super) tree: &'a Node,
    pub(super) found: Problems,
}

impl Check<'_> {
    pub(super) fn say(&mut self, rule: &str, path: &[&str], message: impl Into<String>, suggestion: Option<String>) {
        let problem = self.locator.problem_at(self.tree, rule, path, message);
        self.found.push(suggest(problem, suggestion));
    }

    fn range(&mut self, range: &CollectedRange) {
        if range.from > range.to {
            let message = format!("the range ends before it starts: from {} to {}", range.from, range.to);
            self.say(
                "range-order",
                &["spec", "collected", "to"],
                message,
                Some(format!("swap them: `from: {}`, `to: {}`", range.to, range.from)),
            );
        }
        self.zone(&["spec", "collected", "timeZone"], &range.time_zone);
        if let Err(error @ RangeError::TooFar(day)) = days::range_utc(range) {
            let field = if day == range.from { "from" } else { "to" };
            self.say("range-far", &["spec", "collected", field], error.to_string(), None);
        }
    }

    fn source(&mut self, source: &Source) {
        if let Some(zone) = &source.catalog.time_zone {
            self.zone(&["spec", "source", "catalog", "timeZone"], zone);
        }
        self.catalog(&source.catalog);
        self.roles(&source.catalog.roles);
        self.prefix("source", &source.prefix);
    }

    fn zone(&mut self, path: &[&str], zone: &str) {
        let names = zones();
        if names.iter().any(|known| known == zone) && tz::TimeZone::get(zone).is_ok() {
            return;
        }
        let meant = nearest(zone, names.iter().map(String::as_str)).or_else(|| city(zone, names));
        self.say(
            "zone",
            path,
            format!("unknown time zone {:?}; expected an IANA name such as Asia/Shanghai", echoed("", zone)),
            write_instead(meant),
        );
    }

    fn timeout(&mut self, transfer: &Transfer) {
        if transfer.timeout.0.is_zero() {
            self.say("zero", &["spec", "transfer", "timeout"], "no request could ever answer within 0s", None);
        }
    }

    fn prefix(&mut self, side: &str, prefix: &str) {
        let Some(reason) = keys::prefix_fault(prefix) else { return };
        self.say("prefix", &["spec", side, "prefix"], format!("prefix {prefix:?}: {reason}"), None);
    }

    fn stores(&mut self, from: Option<&Source>, to: Option<&Target>, config: &Config) {
        let source = from.and_then(|from| Some((self.store("source", &from.store, config)?, &from.prefix)));
        let target = to.and_then(|to| Some((self.store("target", &to.store, config)?, &to.prefix)));
        let (Some((source, from)), Some((target, to))) = (source, target) else { return };
        if places::overlaps(&source, from, &target, to) {
            let (from, to) = (source.address(from), target.address(to));
            let message = format!("source and target contain each other: the source is {from}, the target is {to}");
            self.say(
                "overlap",
                &["spec", "target"],
                message,
                Some("choose prefixes of which neither begins with the other".to_owned()),
            );
        }
    }

    fn policies(&mut self, from: Option<&Source>, to: Option<&Target>, config: &Config, place: &str) {
        // The globs are sound: those of a config that was read are.
        let Some(policies) = config.policies.as_deref().and_then(|policies| Policies::new(policies).ok()) else {
            return;
        };
        for denial in policies.denials(place, from, to) {
            self.say(POLICY_RULE, &denial.field, denial.message, Some(denial.advice));
        }
    }

    fn store(&mut self, side: &str, name: &StoreName, config: &Config) -> Option<Location> {
        let path = ["spec", side, "store"];
        let Some(store) = config.stores.get(name) else {
            let known: Vec<&str> = config.stores.keys().map(StoreName::as_str).collect();
            let (wanted, names) = (echoed("", name.as_str()), known.join(", "));
            let message = format!("store {wanted:?} is not in the config, which names: {names}");
            let meant = write_instead(nearest(name.as_str(), known));
            self.say("unknown-store", &path, message, meant);
            return None;
        };
        // Of an Azure store the account may stand there alone; what is wrong with credentials is told when it is opened.
        let read = |from| credentials(StoreKind::of(&store.url)?, from, &|variable| std::env::var(variable).ok()).ok();
        let credentials =
            store.credentials.as_ref().filter(|_| StoreKind::of(&store.url) == Some(StoreKind::Azure)).and_then(read);
        let account = credentials.as_ref().and_then(Credentials::account);
        if side == "target" && StoreKind::of(&store.url) == Some(StoreKind::Http) {
            let message = format!("an HTTP store can only be read from, and {name:?} is one");
            self.say("store", &path, message, Some("write to a store of another kind".to_owned()));
        }
        Location::of(store, account).map_err(|reason| self.say("store", &path, reason, None)).ok()
    }
}

/// The names of all zones, read once: looking through them takes longer than all else that is checked.
fn zones() -> &'static [String] {
    static ZONES: OnceLock<Vec<String>> = OnceLock::new();
    ZONES.get_or_init(|| tz::db().available().map(|name| name.as_str().to_owned()).collect())
}

/// A zone by its last part alone: `Shanghai` is meant for `Asia/Shanghai`.
fn city<'n>(zone: &str, names: &'n [String]) -> Option<&'n str> {
    let last = zone.rsplit('/').next().unwrap_or(zone);
    names
        .iter()
        .map(String::as_str)
        .find(|name| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(last)))
}
