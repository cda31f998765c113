//! Access keys that can be replaced while the store is open.

use std::sync::{Arc, Mutex, PoisonError};

use object_store::StaticCredentialProvider;
use object_store::aws::{AwsCredential, AwsCredentialProvider};

use super::super::carried::is_header_value;
use super::super::error::Reason;
use super::super::http::{Keys, Renewable, refused_credentials};
use crate::model::credentials::{Credentials, S3Keys};

/// The keys that requests are signed with.
#[derive(Debug)]
pub(in super::super) struct AccessKeys {
    signing: Arc<Keys<AwsCredential>>,
    /// The same, to tell whether two stores are asked by one and the same.
    current: Mutex<S3Keys>,
}

impl AccessKeys {
    /// # Errors
    /// They cannot be sent.
    pub(super) fn new(keys: S3Keys) -> Result<Self, Reason> {
        let signing = Arc::new(Keys::new(provider(keys.clone())?));
        Ok(Self { signing, current: Mutex::new(keys) })
    }

    pub(super) fn provider(&self) -> AwsCredentialProvider {
        Arc::clone(&self.signing) as _
    }

    /// Whether both sign as the same one now.
    pub(super) fn are(&self, others: &Self) -> bool {
        // Replaced as a whole, so a panic elsewhere leaves nothing half done; one lock at a time.
        let current = |keys: &Self| keys.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        current(self) == current(others)
    }
}

impl Renewable for AccessKeys {
    fn replace(&self, credentials: &Credentials) {
        if let Credentials::S3(keys) = credentials
            && let Ok(provider) = provider(keys.clone())
        {
            self.signing.set(provider);
            *self.current.lock().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        }
    }
}

fn provider(keys: S3Keys) -> Result<AwsCredentialProvider, Reason> {
    let S3Keys { access_key_id: key_id, secret_access_key: secret_key, session_token } = keys;
    let token = session_token.filter(|token| !token.is_empty());
    let sendable = |text: &str| !text.is_empty() && is_header_value(text);
    if !sendable(&key_id) || secret_key.is_empty() || !token.as_deref().is_none_or(sendable) {
        return Err(refused_credentials(
            "the credentials are empty or hold a character that cannot be sent, such as a line break",
        ));
    }
    Ok(Arc::new(StaticCredentialProvider::new(AwsCredential { key_id, secret_key, token })))
}
