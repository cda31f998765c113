//! What is served at `listen`, told in the log: whether anyone, someone or nobody may use the API there.

use std::net::SocketAddr;

use crate::model::config::Config;

/// Tells who may use the API at `address`, under this config.
pub fn tell(address: SocketAddr, config: &Config) {
    match &config.access {
        Some(access) => tracing::info!(%address, names = access.len(), "serves the API to those named in `access`"),
        None if address.ip().to_canonical().is_loopback() => {
            tracing::info!(%address, "serves the API, to read, to this machine");
        }
        None => tracing::warn!(
            %address,
            "does not serve the API: `listen` is open to other machines, and there is no `access`"
        ),
    }
}
