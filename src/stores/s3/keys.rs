//! Access keys that can be replaced while the store is open.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::aws::AwsCredential;
use object_store::client::CredentialProvider;

use super::super::carried::is_header_value;
use crate::model::config::Credentials;

/// The keys that requests are signed with.
#[derive(Debug)]
pub(in super::super) struct Keys(Mutex<Arc<AwsCredential>>);

impl Keys {
    /// `None`: they cannot be sent.
    pub(super) fn new(credentials: Credentials) -> Option<Self> {
        Some(Self(Mutex::new(Arc::new(sound(credentials)?))))
    }

    /// From now on requests are signed with these, unless they cannot be sent.
    pub(in super::super) fn replace(&self, credentials: Credentials) {
        if let Some(credentials) = sound(credentials) {
            // Replaced as a whole, so a panic elsewhere leaves nothing half done.
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(credentials);
        }
    }
}

impl Keys {
    /// A text with stars in place of these keys.
    pub(in super::super) fn hidden(&self, text: &str) -> String {
        let keys = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let secrets = [Some(keys.secret_key.as_str()), keys.token.as_deref()];
        secrets.into_iter().flatten().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

fn sound(credentials: Credentials) -> Option<AwsCredential> {
    let Credentials { access_key_id: key_id, secret_access_key: secret_key, session_token } = credentials;
    let token = session_token.filter(|token| !token.is_empty());
    let sendable = |text: &str| !text.is_empty() && is_header_value(text);
    let is_sound = sendable(&key_id) && !secret_key.is_empty() && token.as_deref().is_none_or(sendable);
    is_sound.then_some(AwsCredential { key_id, secret_key, token })
}

impl CredentialProvider for Keys {
    type Credential = AwsCredential;

    fn get_credential<'s, 'f>(
        &'s self,
    ) -> Pin<Box<dyn Future<Output = object_store::Result<Arc<AwsCredential>>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        let current = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        Box::pin(std::future::ready(Ok(current)))
    }
}
