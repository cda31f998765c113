//! Stands before the API over TCP: lets a request pass with the operator that it has, or answers why not.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, Method};

use super::caller::{Caller, Meant, Permission};
use super::denied::Denied;
use super::keeper::Access;
use super::origin;
use crate::model::access::TokenDigest;
use crate::model::event::Operator;

/// Repeats what only our own pages are told.
pub(super) const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// What a guard goes by.
#[derive(Debug, Clone)]
pub(in crate::web) struct Guard {
    pub(in crate::web) access: Arc<Access>,
    /// Where the listener is, which may be more open than the address that a client came in by.
    pub(in crate::web) listens: SocketAddr,
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct Peer(pub(in crate::web) IpAddr);

impl Guard {
    /// Who reads a page; `None`: the config names nobody, and pages have a rule of their own for that.
    pub(in crate::web) fn reader(&self, headers: &HeaderMap, from: IpAddr) -> Option<Result<Caller, Denied>> {
        self.access.names_someone().then(|| self.access.caller(headers, from, self.listens))
    }

    /// Whether the API answers here, to anyone or to someone.
    pub(in crate::web) fn serves_api(&self, headers: &HeaderMap) -> bool {
        self.access.demand_served(headers, self.listens).is_ok()
    }

    /// Whether there is someone to sign in as.
    pub(in crate::web) fn names_someone(&self) -> bool {
        self.access.names_someone()
    }

    /// Who commands something by a form of a page, which repeats `csrf`.
    ///
    /// # Errors
    /// They may not, it is none of our forms, or too many were sent.
    pub(in crate::web) fn form(&self, headers: &HeaderMap, csrf: &str, from: IpAddr) -> Result<Operator, Denied> {
        let caller = self.access.caller(headers, from, self.listens)?;
        let meant = Meant { same_origin: origin::is_same(headers), csrf: Some(TokenDigest::of(csrf)) };
        caller.may(Permission::Act, &meant)?;
        // A browser that a proxy gives a token can be made to send a form too.
        if !meant.same_origin {
            return Err(Denied::NotMeant);
        }
        self.access.count(&caller, from)?;
        Ok(caller.operator())
    }

    /// Who asks, if they may.
    fn admit(&self, method: &Method, headers: &HeaderMap, from: IpAddr) -> Result<Caller, Denied> {
        let caller = self.access.caller(headers, from, self.listens)?;
        let wanted = if matches!(*method, Method::GET | Method::HEAD) { Permission::Read } else { Permission::Act };
        caller.may(wanted, &meant(headers))?;
        if wanted == Permission::Act {
            self.access.count(&caller, from)?;
        }
        Ok(caller)
    }
}

/// What a request shows for being meant.
pub(super) fn meant(headers: &HeaderMap) -> Meant {
    Meant { same_origin: origin::is_same(headers), csrf: origin::the_only(headers, &CSRF).map(TokenDigest::of) }
}

/// Lets a request pass or answers it. Those behind find the operator and the caller among its extensions.
pub(in crate::web) async fn guard(
    State(guard): State<Guard>,
    Extension(Peer(from)): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    match guard.admit(request.method(), request.headers(), from) {
        Err(denied) => denied.into_response(),
        Ok(caller) => {
            request.extensions_mut().insert(caller.operator());
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    }
}
