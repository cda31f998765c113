//! Which chains a command is about.

use crate::cli::access::{Access, named, strange};
use crate::cli::exit::Exit;
use crate::model::control::{MAX_ROWS, Refusal, Reply, Request};

/// The batches whose chains are asked for.
pub(super) enum Chains {
    /// These, first one last.
    Named(Vec<String>),
    /// All: names that were read, first one last, and where to read on.
    All(Vec<String>, Option<Option<String>>),
}

impl Chains {
    /// The named ones, each of which must exist; none named: all.
    ///
    /// # Errors
    /// How the command ends.
    pub(super) fn of(access: &Access, names: &[String]) -> Result<Self, Exit> {
        if names.is_empty() {
            return Ok(Self::All(Vec::new(), Some(None)));
        }
        let known = names.iter().rev().map(|name| access.batch(&named(name)).map(|batch| batch.name.to_string()));
        Ok(Self::Named(known.collect::<Result<_, _>>()?))
    }

    /// The next one.
    ///
    /// # Errors
    /// Why it is not known.
    pub(super) fn next(&mut self, access: &Access) -> Result<Option<String>, Refusal> {
        match self {
            Self::Named(names) => Ok(names.pop()),
            Self::All(names, next) => {
                while names.is_empty() {
                    let Some(after) = next.take() else { return Ok(None) };
                    let reply = access.try_ask(Request::Chains { after, limit: MAX_ROWS })?;
                    let Reply::Chains(page) = reply else { return Err(strange()) };
                    names.extend(page.rows.iter().rev().map(|row| row.name.to_string()));
                    *next = page.next.map(Some);
                }
                Ok(names.pop())
            }
        }
    }
}
