//! Makes the clients of a store: one for `object_store` and for requests of our own, so that they share their connections.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use object_store::ClientOptions;
use object_store::client::{HttpClient, HttpConnector};

use super::counts::Counts;
use super::observe::{Watch, Watched};
use crate::model::ids::Digest;

/// Makes clients whose requests are watched.
#[derive(Debug, Clone)]
pub(in super::super) struct Connector {
    watch: Watch,
    first: Arc<OnceLock<Made>>,
}

/// A client, and the options that it was made by.
#[derive(Debug)]
struct Made {
    /// Of the options as they print: they cannot be compared otherwise.
    options: Digest,
    client: HttpClient,
}

impl Connector {
    /// For a store whose own requests go to URLs that start with `endpoint`, and may be silent for so long.
    pub(in super::super) fn new(endpoint: &str, patience: Duration) -> Self {
        let watch = Watch { endpoint: endpoint.to_owned(), patience, counts: Arc::default() };
        Self { watch, first: Arc::default() }
    }

    /// Requests sent so far.
    pub(super) fn counts(&self) -> &Arc<Counts> {
        &self.watch.counts
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        // Whoever tells credentials is asked by options of its own, such as less patience for a connection.
        let by = Digest::of(format!("{options:?}").as_bytes());
        if let Some(made) = self.first.get().filter(|made| made.options == by) {
            return Ok(made.client.clone());
        }
        let client = HttpClient::new(Watched::new(&self.watch, options)?);
        // Others may have made the first one meanwhile, and then this is one more.
        let _ = self.first.set(Made { options: by, client: client.clone() });
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_options_give_the_same_client() {
        let connector = Connector::new("http://127.0.0.1:9", Duration::from_secs(30));
        // Each client has the counts.
        let clients = || Arc::strong_count(connector.counts()) - 1;
        let options = ClientOptions::new().with_allow_http(true);
        let _first = connector.connect(&options).unwrap();
        assert_eq!(clients(), 1);
        let clone = connector.clone();
        let _same = clone.connect(&options).unwrap();
        drop(clone);
        assert_eq!(clients(), 1);
        let _other = connector.connect(&options.with_connect_timeout(Duration::from_secs(1))).unwrap();
        assert_eq!(clients(), 2);
    }
}
