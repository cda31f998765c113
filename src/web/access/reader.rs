//! Whom pages are made for.

use std::fmt;

use http::HeaderMap;

use super::caller::Caller;
use super::{cookie, sessions};
use crate::model::access::AccessRole;

/// Someone whom the config names, as pages greet them.
#[derive(Clone)]
pub(in crate::web) struct Reader {
    /// Their name in the config.
    pub(in crate::web) name: String,
    /// What they may do.
    pub(in crate::web) role: AccessRole,
    /// What forms of their pages repeat; `None`: they have no session, and so no forms.
    pub(in crate::web) csrf: Option<String>,
}

impl Reader {
    /// Whom a request is from; `None`: anyone.
    pub(in crate::web) fn of(caller: &Caller, headers: &HeaderMap) -> Option<Self> {
        let (known, csrf) = match caller {
            Caller::Anyone => return None,
            Caller::Bearer(known) => (known, None),
            Caller::Session(known, _) => (known, cookie::session(headers).map(sessions::csrf_of)),
        };
        Some(Self { name: known.name.clone(), role: known.role, csrf })
    }

    /// What forms that command something repeat; `None`: there are none for them.
    pub(in crate::web) fn commands(&self) -> Option<&str> {
        self.csrf.as_deref().filter(|_| self.role == AccessRole::Operator)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader({:?}, {:?})", self.name, self.role)
    }
}
