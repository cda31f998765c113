//! An account's key or signature, which can be replaced while the store is open.

use std::sync::Arc;

use object_store::StaticCredentialProvider;
use object_store::azure::{AzureAccessKey, AzureCredential, AzureCredentialProvider, split_sas};

use super::super::carried::is_header_value;
use super::super::error::Reason;
use super::super::http::{Keys, Renewable, refused_credentials};
use crate::model::credentials::{AzureKeys, Credentials};

/// What requests are authorized with.
#[derive(Debug)]
pub(super) struct AccountKeys(Arc<Keys<AzureCredential>>);

impl AccountKeys {
    /// # Errors
    /// They cannot be anyone's.
    pub(super) fn new(keys: &AzureKeys) -> Result<Self, Reason> {
        Ok(Self(Arc::new(Keys::new(provider(keys)?))))
    }

    pub(super) fn provider(&self) -> AzureCredentialProvider {
        Arc::clone(&self.0) as _
    }
}

impl Renewable for AccountKeys {
    fn replace(&self, credentials: &Credentials) {
        if let Credentials::Azure(keys) = credentials
            && let Ok(provider) = provider(keys)
        {
            self.0.set(provider);
        }
    }
}

fn provider(keys: &AzureKeys) -> Result<AzureCredentialProvider, Reason> {
    let given = |secret: &Option<String>| {
        secret.as_deref().map(str::trim).filter(|secret| !secret.is_empty()).map(str::to_owned)
    };
    let credential = match (given(&keys.account_key), given(&keys.sas_token)) {
        (Some(key), None) => {
            // The error's own words could repeat a part of the key.
            let key = AzureAccessKey::try_new(&key);
            AzureCredential::AccessKey(key.map_err(|_| refused_credentials("the account's key is no Base64"))?)
        }
        (None, Some(sas)) => AzureCredential::SASToken(signature(&sas)?),
        (Some(_), Some(_)) => return Err(refused_credentials("there is an account key and a SAS token; keep one")),
        (None, None) => return Err(refused_credentials("there is neither an account key nor a SAS token")),
    };
    Ok(Arc::new(StaticCredentialProvider::new(credential)))
}

fn signature(sas: &str) -> Result<Vec<(String, String)>, Reason> {
    let pairs = split_sas(sas).ok().filter(|pairs| is_header_value(sas) && pairs.iter().any(|(name, _)| name == "sig"));
    pairs.ok_or_else(|| refused_credentials("the SAS token is none: it is a query such as `sv=…&sig=…`"))
}
