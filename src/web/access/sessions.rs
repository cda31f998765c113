//! Sessions of browsers: in memory, bounded in number and in time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::access::{Grant, TokenDigest};
use crate::model::ids::Digest;

/// How long one lasts, however it is used.
pub(super) const LASTS: Duration = Duration::from_secs(12 * 3600);
/// Sessions of one name; the oldest makes room for another.
const OF_ONE: usize = 32;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Session {
    /// Who signed in, and by which token: one that is not granted any more ends its sessions.
    pub(super) name: String,
    pub(super) token: TokenDigest,
    csrf: TokenDigest,
    ends: Instant,
}

impl Session {
    /// What requests that change something must repeat.
    pub(super) fn csrf(&self) -> TokenDigest {
        self.csrf
    }
}

/// What a browser is handed out, once.
#[derive(Debug)]
pub(super) struct Opened {
    /// For its cookie.
    pub(super) id: String,
    /// For its pages.
    pub(super) csrf: String,
}

/// All sessions, by the digests of their ids.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

impl Sessions {
    /// Opens one.
    pub(super) fn open(&self, grant: &Grant, now: Instant) -> Opened {
        let id = Digest(rand::random()).to_string();
        let csrf = csrf_of(&id);
        let session =
            Session { name: grant.name.clone(), token: grant.token, csrf: TokenDigest::of(&csrf), ends: now + LASTS };
        let mut all = self.all();
        all.retain(|_, session| session.ends > now);
        if all.values().filter(|session| session.name == grant.name).count() >= OF_ONE {
            let own = all.iter().filter(|(_, session)| session.name == grant.name);
            let oldest = own.min_by_key(|(_, session)| session.ends).map(|(key, _)| *key);
            oldest.and_then(|key| all.remove(&key));
        }
        all.insert(key(&id), session);
        Opened { id, csrf }
    }

    /// One that has not ended.
    pub(super) fn find(&self, id: &str, now: Instant) -> Option<Session> {
        // Looked up by digest, so that how long it takes says nothing of ids that there are.
        self.all().get(&key(id)).filter(|session| session.ends > now).cloned()
    }

    /// Ends one.
    pub(super) fn close(&self, id: &str) {
        self.all().remove(&key(id));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        // Every change is a single one, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(id: &str) -> [u8; 32] {
    Digest::of(id.as_bytes()).0
}

/// What the pages of a session repeat. It follows from the id, so that every page can be told it while nothing is kept that
/// could be read; and it says nothing of the id, which has 256 random bits.
pub(super) fn csrf_of(id: &str) -> String {
    Digest::of(format!("batchferry pages of {id}").as_bytes()).to_string()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::access::AccessRole;

    /// A session with this secret of its pages.
    pub(in crate::web::access) fn session(csrf: &str) -> Session {
        let ends = Instant::now() + LASTS;
        Session { name: "ana".to_owned(), token: TokenDigest::of("token"), csrf: TokenDigest::of(csrf), ends }
    }

    fn grant(name: &str) -> Grant {
        Grant { name: name.to_owned(), role: AccessRole::Operator, token: TokenDigest::of(name) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_lasts_its_time_and_ends_when_closed() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let (one, other) = (sessions.open(&grant("ana"), now), sessions.open(&grant("ana"), now));
        assert!(one.id != other.id && one.csrf != other.csrf && one.id != one.csrf && one.id.len() == 64);
        assert_eq!((csrf_of(&one.id), one.csrf.len()), (one.csrf.clone(), 64), "a page can be told it again");
        assert_ne!(key(&one.csrf), key(&one.id));
        let found = sessions.find(&one.id, now).unwrap();
        assert_eq!((found.name.as_str(), found.csrf()), ("ana", TokenDigest::of(&one.csrf)));
        sessions.close(&one.id);
        assert_eq!(sessions.find(&one.id, now), None);
        assert!(sessions.find(&other.id, now + LASTS - Duration::from_secs(1)).is_some());
        assert_eq!(sessions.find(&other.id, now + LASTS), None);
        for strange in ["", "x", &other.csrf] {
            assert_eq!(sessions.find(strange, now), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_name_crowds_out_its_own_sessions_alone() {
        let sessions = Sessions::default();
        let start = Instant::now();
        let other = sessions.open(&grant("bo"), start);
        let step = Duration::from_secs(1);
        let mut now = start;
        let mine: Vec<Opened> = (0..=OF_ONE)
            .map(|_| {
                now += step;
                sessions.open(&grant("ana"), now)
            })
            .collect();
        assert_eq!(sessions.find(&mine[0].id, now), None);
        assert!(mine[1..].iter().all(|opened| sessions.find(&opened.id, now).is_some()));
        assert!(sessions.find(&other.id, now).is_some());
        sessions.open(&grant("bo"), now + LASTS);
        assert_eq!(sessions.all().len(), 1, "what has ended is forgotten");
    }
}
