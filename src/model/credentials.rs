//! Credentials of stores, as read from where the config points. Printing never shows them.

use std::fmt;

use serde::Deserialize;

/// Credentials of one kind of store.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// For `s3://`.
    S3(S3Keys),
    /// For `az://`.
    Azure(AzureKeys),
    /// For `gs://`.
    Gcs(ServiceAccount),
}

impl Credentials {
    /// The account that they are for, where they name one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Azure(keys) => keys.account_name.as_deref(),
            Self::S3(_) | Self::Gcs(_) => None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(redacted)")
    }
}

/// Access keys of S3.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct S3Keys {
    /// Who.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// For temporary credentials.
    #[serde(default)]
    pub session_token: Option<String>,
}

impl fmt::Debug for S3Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Keys(redacted)")
    }
}

/// An account of Azure Storage and one of the two ways into it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AzureKeys {
    /// The storage account; absent: the one that the store's `endpoint` names.
    #[serde(default)]
    pub account_name: Option<String>,
    /// The account's key, in Base64.
    #[serde(default)]
    pub account_key: Option<String>,
    /// A shared access signature: a query string.
    #[serde(default)]
    pub sas_token: Option<String>,
}

impl fmt::Debug for AzureKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AzureKeys(redacted)")
    }
}

/// A service account of Google Cloud.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its key: the text of the JSON file that Google gives out.
    pub key: String,
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceAccount(redacted)")
    }
}
