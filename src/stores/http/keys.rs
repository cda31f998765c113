//! Credentials that can be replaced while the store is open.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::client::CredentialProvider;

use crate::model::credentials::Credentials;

type Provider<C> = Arc<dyn CredentialProvider<Credential = C>>;

/// What requests are authorized with.
#[derive(Debug)]
pub(in super::super) struct Keys<C: fmt::Debug + Send + Sync + 'static>(Mutex<Provider<C>>);

/// Something whose credentials can be replaced.
pub(in super::super) trait Renewable: fmt::Debug + Send + Sync {
    /// From now on requests are authorized with these, unless they cannot be sent.
    fn replace(&self, credentials: &Credentials);
}

impl<C: fmt::Debug + Send + Sync + 'static> Keys<C> {
    pub(in super::super) fn new(provider: Provider<C>) -> Self {
        Self(Mutex::new(provider))
    }

    pub(in super::super) fn set(&self, provider: Provider<C>) {
        // Replaced as a whole, so a panic elsewhere leaves nothing half done.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = provider;
    }
}

impl<C: fmt::Debug + Send + Sync + 'static> CredentialProvider for Keys<C> {
    type Credential = C;

    fn get_credential<'s, 'f>(&'s self) -> Pin<Box<dyn Future<Output = object_store::Result<Arc<C>>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        let current = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        Box::pin(async move { current.get_credential().await })
    }
}
