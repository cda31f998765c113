//! The pages over real connections, from a real ledger, with names that try to be more than names.

mod acting;
mod daemon;
mod guard;
mod live;
mod shown;
mod signing;
