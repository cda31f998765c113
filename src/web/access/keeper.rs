//! Knows who may ask, and tells who does.

use std::net::{IpAddr, SocketAddr};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use tokio::time::Instant;

use super::caller::{Caller, Known};
use super::denied::Denied;
use super::rates::{Rates, neighbourhood};
use super::sessions::{Opened, Session, Sessions};
use super::{cookie, origin};
use crate::model::access::{Grant, TokenDigest};

/// Wrong tokens of one address: so many at once, then one in so long. A token cannot be guessed at any rate; this bounds what
/// those who try cost.
const WRONG: (u32, Duration) = (10, Duration::from_secs(6));
/// Commands of one name, and from one address: so many at once, then one in so long.
const COMMANDS: (u32, Duration) = (120, Duration::from_millis(500));

/// Who may use the API over TCP.
#[derive(Debug)]
pub struct Access {
    /// `None`: the config has no `access`.
    grants: RwLock<Option<Vec<Grant>>>,
    sessions: Sessions,
    wrong: Rates<IpAddr>,
    commands: Rates<Doer>,
}

/// Whose commands are counted.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Doer {
    Name(String),
    Address(IpAddr),
}

impl Access {
    /// For those whom the config names; `None`: it has no `access`.
    pub fn new(grants: Option<Vec<Grant>>) -> Self {
        let (wrong, commands) = (Rates::new(WRONG.0, WRONG.1), Rates::new(COMMANDS.0, COMMANDS.1));
        Self { grants: RwLock::new(grants), sessions: Sessions::default(), wrong, commands }
    }

    /// Others may from now on. Sessions of tokens that are not granted any more have ended.
    pub fn replace(&self, grants: Option<Vec<Grant>>) {
        *self.grants.write().unwrap_or_else(PoisonError::into_inner) = grants;
    }

    /// Whether the config names who may ask.
    pub(super) fn names_someone(&self) -> bool {
        self.grants().is_some()
    }

    /// Who makes a request.
    ///
    /// # Errors
    /// Why they are not even told what there is.
    pub(super) fn caller(&self, headers: &HeaderMap, from: IpAddr, listens: SocketAddr) -> Result<Caller, Denied> {
        self.demand_served(headers, listens)?;
        let grants = self.grants();
        let Some(grants) = grants.as_deref() else { return Ok(Caller::Anyone) };
        if headers.contains_key(AUTHORIZATION) {
            let grant =
                origin::the_only(headers, &AUTHORIZATION).and_then(bearer).and_then(|token| granted(grants, token));
            return grant.map(|grant| Caller::Bearer(known(grant))).ok_or_else(|| self.wrong(from));
        }
        let id = cookie::session(headers).ok_or(Denied::NoToken)?;
        let session = self.sessions.find(id, Instant::now()).ok_or(Denied::WrongToken)?;
        let grant = grants.iter().find(|grant| grant.name == session.name && grant.token == session.token);
        grant.map(|grant| Caller::Session(known(grant), session)).ok_or(Denied::WrongToken)
    }

    /// Demands that the API is served here at all: to those who are named, or else to this machine.
    ///
    /// # Errors
    /// It is not, or the request may come from a page of another site.
    pub(super) fn demand_served(&self, headers: &HeaderMap, listens: SocketAddr) -> Result<(), Denied> {
        if self.grants().is_some() {
            return Ok(());
        }
        if !listens.ip().to_canonical().is_loopback() {
            return Err(Denied::NotServed);
        }
        origin::local_host(headers, listens).map_err(Denied::StrangeHost)
    }

    /// Counts a command.
    ///
    /// # Errors
    /// There are too many of this name or from this address.
    pub(super) fn count(&self, caller: &Caller, from: IpAddr) -> Result<(), Denied> {
        let now = Instant::now();
        let name = caller.name().map(|name| Doer::Name(name.to_owned()));
        let mut doers = name.into_iter().chain([Doer::Address(neighbourhood(from))]);
        doers.try_for_each(|doer| self.commands.take(doer, now)).map_err(Denied::TooOften)
    }

    /// Opens a session for a token. `None`: there is nothing to sign in to.
    ///
    /// # Errors
    /// The token is not known.
    pub(super) fn sign_in(&self, token: &str, from: IpAddr) -> Option<Result<(Grant, Opened), Denied>> {
        let grants = self.grants();
        let grant = granted(grants.as_deref()?, token.trim()).ok_or_else(|| self.wrong(from));
        Some(grant.map(|grant| (grant.clone(), self.sessions.open(grant, Instant::now()))))
    }

    /// The session of a request's cookie, if it has not ended.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        cookie::session(headers).and_then(|id| self.sessions.find(id, Instant::now()))
    }

    /// Ends the session of a request's cookie.
    pub(super) fn sign_out(&self, headers: &HeaderMap) {
        if let Some(id) = cookie::session(headers) {
            self.sessions.close(id);
        }
    }

    /// Someone has shown a wrong token. Who has the right one is never kept out: others may share their address.
    fn wrong(&self, from: IpAddr) -> Denied {
        match self.wrong.take(neighbourhood(from), Instant::now()) {
            Ok(()) => {
                tracing::warn!(address = %from, "a token that nobody has was shown");
                Denied::WrongToken
            }
            Err(wait) => Denied::TooOften(wait),
        }
    }

    fn grants(&self) -> RwLockReadGuard<'_, Option<Vec<Grant>>> {
        // It is only ever replaced as a whole.
        self.grants.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token of an `Authorization` header.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

/// Whose token it is. All are compared, whichever it is.
fn granted<'a>(grants: &'a [Grant], token: &str) -> Option<&'a Grant> {
    let digest = TokenDigest::of(token);
    grants.iter().fold(None, |found, grant| if grant.token == digest { Some(grant) } else { found })
}

fn known(grant: &Grant) -> Known {
    Known { name: grant.name.clone(), role: grant.role }
}
