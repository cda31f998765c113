//! Exit codes: part of the contract with scripts and pipelines.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Yes: done, valid, complete.
    Yes,
    /// No: invalid, partial, failed, stalled, differs.
    No,
    /// The words of the command are off.
    Usage,
    /// Could not tell: the ledger or a store is down, or another process holds the state.
    CouldNotTell,
    /// `wait` gave up.
    TimedOut,
    /// Interrupted by a signal.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::CouldNotTell => 3,
            Self::TimedOut => 4,
            Self::Interrupted => 130,
        }
    }

    /// One exit code for several specs: not being able to tell outweighs no, and no outweighs yes.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let weight = |exit: Self| match exit {
            Self::Yes => 0,
            Self::No => 1,
            Self::TimedOut => 2,
            Self::Usage => 3,
            Self::CouldNotTell => 4,
            Self::Interrupted => 5,
        };
        if weight(self) >= weight(other) { self } else { other }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_answers_not_knowing_outweighs_no_and_no_outweighs_yes() {
        let of = |exits: &[Exit]| exits.iter().copied().fold(Exit::Yes, Exit::and).code();
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[Exit::Yes, Exit::No, Exit::Yes]), 1);
        assert_eq!(of(&[Exit::CouldNotTell, Exit::No, Exit::Yes]), 3);
        assert_eq!(of(&[Exit::No, Exit::CouldNotTell, Exit::No]), 3);
        assert_eq!(of(&[Exit::CouldNotTell, Exit::Interrupted]), 130);
    }
}
