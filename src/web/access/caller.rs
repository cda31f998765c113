//! What a caller may do: a function of who they are and how that is known.

use super::denied::Denied;
use super::sessions::Session;
use crate::model::access::{AccessRole, TokenDigest};
use crate::model::event::Operator;

/// Someone who asks over TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) enum Caller {
    /// Anyone: there is no `access`, and the listener is a loopback one.
    Anyone,
    /// Known by a token in the request itself.
    Bearer(Known),
    /// Known by the cookie of a session, which a browser sends along whoever makes it ask.
    Session(Known, Session),
}

/// Someone whom the config names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Known {
    pub(super) name: String,
    pub(super) role: AccessRole,
}

/// What someone may do at most, or wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::web) enum Permission {
    /// Look.
    Read,
    /// Command.
    Act,
}

/// What a request shows for being meant by the one whose cookie it carries.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Meant {
    /// It names our own origin as the one that it comes from.
    pub(super) same_origin: bool,
    /// It repeats what only our own pages are told.
    pub(super) csrf: Option<TokenDigest>,
}

impl Caller {
    /// What they may do at most.
    pub(in crate::web) fn permission(&self) -> Permission {
        match self {
            Self::Bearer(known) | Self::Session(known, _) if known.role == AccessRole::Operator => Permission::Act,
            Self::Anyone | Self::Bearer(_) | Self::Session(..) => Permission::Read,
        }
    }

    /// Whether they may do this now.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn may(&self, wanted: Permission, meant: &Meant) -> Result<(), Denied> {
        if wanted == Permission::Read {
            return Ok(());
        }
        match self {
            Self::Anyone => Err(Denied::NobodyActs),
            _ if self.permission() < wanted => Err(Denied::OnlyViewer),
            // A page of another site can make a browser ask, cookie and all, but neither name our origin nor know the token.
            Self::Session(_, session) if !(meant.same_origin && meant.csrf == Some(session.csrf())) => {
                Err(Denied::NotMeant)
            }
            Self::Bearer(_) | Self::Session(..) => Ok(()),
        }
    }

    /// Their name in the config.
    pub(in crate::web) fn name(&self) -> Option<&str> {
        match self {
            Self::Anyone => None,
            Self::Bearer(known) | Self::Session(known, _) => Some(&known.name),
        }
    }

    /// As the audit log names them: no user of the system has such a name, so that one is never taken for the other.
    pub(super) fn operator(&self) -> Operator {
        let name = self.name().map_or_else(|| "unknown".to_owned(), |name| format!("{name} (by token)"));
        Operator { name, commit: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::access::sessions::tests::session;

    fn known(role: AccessRole) -> Known {
        Known { name: "ana".to_owned(), role }
    }

    #[test]
    fn viewers_read_operators_act_and_anyone_reads() {
        let nothing = Meant::default();
        for (caller, most) in [
            (Caller::Anyone, Permission::Read),
            (Caller::Bearer(known(AccessRole::Viewer)), Permission::Read),
            (Caller::Bearer(known(AccessRole::Operator)), Permission::Act),
            (Caller::Session(known(AccessRole::Viewer), session("x")), Permission::Read),
            (Caller::Session(known(AccessRole::Operator), session("x")), Permission::Act),
        ] {
            assert_eq!(caller.permission(), most, "{caller:?}");
            assert_eq!(caller.may(Permission::Read, &nothing), Ok(()));
        }
        assert_eq!(Caller::Anyone.may(Permission::Act, &nothing), Err(Denied::NobodyActs));
        let bearer = |role| Caller::Bearer(known(role));
        assert_eq!(bearer(AccessRole::Viewer).may(Permission::Act, &nothing), Err(Denied::OnlyViewer));
        assert_eq!(bearer(AccessRole::Operator).may(Permission::Act, &nothing), Ok(()));
    }

    #[test]
    fn a_cookie_alone_commands_nothing() {
        let session = session("the token of its pages");
        let caller = Caller::Session(known(AccessRole::Operator), session.clone());
        let (right, wrong) = (Some(session.csrf()), Some(TokenDigest::of("a guess")));
        for (same_origin, csrf, allowed) in [
            (true, right, true),
            (true, wrong, false),
            (true, None, false),
            (false, right, false),
            (false, None, false),
        ] {
            let said = caller.may(Permission::Act, &Meant { same_origin, csrf });
            assert_eq!(said.is_ok(), allowed, "{same_origin} {csrf:?}: {said:?}");
        }
        let viewer = Caller::Session(known(AccessRole::Viewer), session);
        assert_eq!(viewer.may(Permission::Act, &Meant { same_origin: true, csrf: right }), Err(Denied::OnlyViewer));
    }

    #[test]
    fn the_audit_log_says_that_it_was_by_token() {
        assert_eq!(Caller::Bearer(known(AccessRole::Operator)).operator().name, "ana (by token)");
        assert_eq!(Caller::Anyone.operator().name, "unknown");
    }
}
