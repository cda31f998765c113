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
    /// For `https://`.
    Http(WebUser),
}

impl Credentials {
    /// The account that they are for, where they name one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Azure(keys) => keys.account_name.as_deref(),
            Self::S3(_) | Self::Gcs(_) | Self::Http(_) => None,
        }
    }

    /// What of them must be seen nowhere.
    pub fn secrets(&self) -> Vec<String> {
        let secrets = match self {
            Self::S3(keys) => vec![Some(&keys.secret_access_key), keys.session_token.as_ref()],
            Self::Azure(keys) => vec![keys.account_key.as_ref(), keys.sas_token.as_ref()],
            Self::Gcs(account) => vec![Some(&account.key)],
            Self::Http(user) => vec![Some(&user.password)],
        };
        secrets.into_iter().flatten().filter(|secret| !secret.is_empty()).cloned().collect()
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

/// A user of a web server, by name and password (HTTP basic authentication).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebUser {
    /// Who.
    pub username: String,
    /// The secret.
    pub password: String,
}

impl fmt::Debug for WebUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebUser(redacted)")
    }
}
