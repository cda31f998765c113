//! The settings in a bag's evidence: what explains the bag, and no secret.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::model::config::StoreConfig;
use crate::model::view::{BatchView, FORMAT_VERSION};
use crate::specs::LoadedConfig;

/// `settings.json`.
pub(super) fn settings(config: &LoadedConfig, batch: &BatchView, selection: &str, made: Timestamp) -> Value {
    let store = |name: &str| {
        let store = config.config.stores.iter().find(|(known, _)| known.as_str() == name);
        store.map_or(Value::Null, |(_, store)| described(store))
    };
    let zone = TimeZone::system();
    json!({
        "formatVersion": FORMAT_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
        "host": {"time": made.to_string(), "timeZone": zone.iana_name(), "offset": zone.to_offset(made).to_string(), "localTime": zone.to_datetime(made).to_string()},
        "selection": selection,
        "batchNumber": batch.batch_number,
        "spec": batch.spec,
        "stores": {batch.source.store.as_str(): store(&batch.source.store), batch.target.store.as_str(): store(&batch.target.store)},
        "limits": config.config.limits,
        "audit": batch.audit,
    })
}

/// A store without credentials, and without what a URL may hide.
fn described(store: &StoreConfig) -> Value {
    json!({
        "url": without_secrets(&store.url),
        "endpoint": store.endpoint.as_deref().map(without_secrets),
        "region": store.region,
        "prefix": store.prefix,
        "conditionalPut": store.conditional_put,
        "checksum": store.checksum,
    })
}

/// A URL without user, password, query and fragment.
fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_tells_where_and_no_more() {
        for (url, told) in [
            ("https://user:secret@s3.example.com:9000/a@b?X-Amz-Signature=secret#x", "https://s3.example.com:9000/a@b"),
            ("s3://bucket/prefix", "s3://bucket/prefix"),
            ("https://us:er@se:cret@host", "https://host"),
            ("memory:name", "memory:name"),
        ] {
            assert_eq!(without_secrets(url), told);
        }
    }
}
