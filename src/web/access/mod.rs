//! Who asks over TCP, and what they may do: tokens, sessions of browsers, and bounds on how often they are tried and used.
//!
//! ```text
//! head of a request ──> keeper: a Caller ──> caller: may they? ──> guard: the operator of what is asked
//!                        └─ grants, sessions, rates
//! ```
//!
//! It never asks for a password, never makes a token, and keeps nothing on disk: sessions end with the daemon.

mod caller;
mod cookie;
mod denied;
mod guard;
mod keeper;
mod origin;
mod rates;
mod reader;
mod sessions;
mod sign_in;

pub use keeper::Access;

pub(super) use denied::Denied;
pub(super) use guard::{Guard, Peer, guard};
pub(super) use reader::Reader;
pub(super) use sign_in::{SIGN_IN, Why, is_own, sign_in};
