//! Configs of stores, as an operator would write them.

use std::path::Path;

use batchferry::model::config::StoreConfig;

/// A store at `url`, with nothing declared.
pub fn config(url: impl Into<String>) -> StoreConfig {
    StoreConfig {
        url: url.into(),
        prefix: String::new(),
        endpoint: None,
        region: None,
        addressing: None,
        credentials: None,
        conditional_put: None,
        checksum: None,
        case_sensitive: None,
        request_timeout: None,
        ca_file: None,
        proxy: None,
    }
}

/// A folder, whose path must be one that URLs hold as it is.
pub fn file_config(folder: &Path) -> StoreConfig {
    config(format!("file://{}", folder.display()))
}

/// A memory of this process.
pub fn memory_config(name: &str) -> StoreConfig {
    config(format!("memory:{name}"))
}
