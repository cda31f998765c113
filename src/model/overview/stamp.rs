//! When something was shown.

use std::fmt;
use std::str::FromStr;

/// A moment in the life of one process: what was shown then can be told from what has changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Tells one process from another.
    pub process: u64,
    /// Rises with every change.
    pub change: u64,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.process, self.change)
    }
}

impl FromStr for Stamp {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (process, change) = text.split_once('-').ok_or(())?;
        let process = u64::from_str_radix(process, 16).map_err(drop)?;
        Ok(Self { process, change: change.parse().map_err(drop)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_reads_back_and_nothing_else_is_one() {
        let stamp = Stamp { process: u64::MAX, change: 7 };
        assert_eq!(stamp.to_string().parse(), Ok(stamp));
        for bad in ["", "-", "1", "1-", "-1", "x-1", "1-x", "1-1-1", "ffffffffffffffff1-1"] {
            assert_eq!(bad.parse::<Stamp>(), Err(()), "{bad}");
        }
    }
}
