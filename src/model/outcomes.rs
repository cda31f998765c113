//! What came of each check of a file, in a few bytes, so that a pass can be told from a check that never ran.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalogue::entry;
use super::failure::{Code, Group, Outcome};

macro_rules! checks {
    ($($(#[$doc:meta])* $check:ident $name:literal $code:ident),+ $(,)?) => {
        /// A check. Those that a spec asks for have its names for them. The order is that of the ledger's encoding: new
        /// ones go to the end.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub enum Check {
            $($(#[$doc])* $check),+
        }

        impl Check {
            /// Every check.
            pub const ALL: &'static [Self] = &[$(Self::$check),+];

            /// The check as users write it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$check => $name),+
                }
            }

            /// The code that it is known by.
            pub fn code(self) -> Code {
                match self {
                    $(Self::$check => Code::$code),+
                }
            }
        }
    };
}

checks! {
    /// Of the document: all of its files agree on organization, type and day. Always run.
    DuplicateDocument "duplicateDocument" DuplicateDocument,
    /// Of the document: it has its business fields, and each can be read.
    RequiredFields "requiredFields" MissingField,
    /// Of the document: it has enough files of each role.
    RequiredRoles "requiredRoles" MissingRole,
    /// Of the document: no number is missing among the files of a role.
    Sequence "sequence" SequenceGap,
    /// The key matches the template. Always run.
    UnrecognisedFiles "unrecognisedFiles" UnrecognisedFile,
    /// The key is safe everywhere. Always run.
    SafeKey "safeKey" UnsafeKey,
    /// There are bytes. Always run.
    NotEmpty "notEmpty" EmptyFile,
    /// The size is within its bounds.
    FileSize "fileSize" FileTooLarge,
    /// The content is what the extension says. Always run.
    TypeMatches "typeMatches" TypeMismatch,
    /// The file is whole and can be read. Always run.
    Readable "readable" Unreadable,
    /// No password is needed. Always run.
    NotEncrypted "notEncrypted" Encrypted,
    /// The type is allowed.
    FileType "fileType" TypeNotAllowed,
    /// There are enough dots per inch and pixels.
    Resolution "resolution" ResolutionTooLow,
    /// The number of pages is within its bounds.
    Pages "pages" PageCount,
    /// A scanner found nothing.
    Virus "virus" Infected,
    /// No other document has this content.
    DuplicateContent "duplicateContent" DuplicateContent,
    /// No other document has this invoice.
    DuplicateInvoice "duplicateInvoice" DuplicateInvoice,
}

impl Check {
    /// The check that finds a code, if one does.
    pub fn of(code: Code) -> Option<Self> {
        match code {
            Code::Truncated | Code::DecompressionBomb => Some(Self::Readable),
            Code::Unscannable => Some(Self::Virus),
            code => Self::ALL.iter().copied().find(|check| check.code() == code),
        }
    }

    /// Which of the four groups of DA/T 70 it belongs to.
    pub fn group(self) -> Group {
        entry(self.code()).group
    }

    /// Runs whatever the spec says.
    pub fn is_always_run(self) -> bool {
        match self {
            Self::DuplicateDocument
            | Self::UnrecognisedFiles
            | Self::SafeKey
            | Self::NotEmpty
            | Self::TypeMatches
            | Self::Readable
            | Self::NotEncrypted => true,
            Self::RequiredFields
            | Self::RequiredRoles
            | Self::Sequence
            | Self::FileSize
            | Self::FileType
            | Self::Resolution
            | Self::Pages
            | Self::Virus
            | Self::DuplicateContent
            | Self::DuplicateInvoice => false,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Room for seven more checks than there are.
const BYTES: usize = 12;

/// From good to bad. What was looked at and is not known weighs more than what was not looked at.
const BY_WEIGHT: [Outcome; 6] =
    [Outcome::NotApplicable, Outcome::Pass, Outcome::NotRun, Outcome::Unknown, Outcome::Warn, Outcome::Fail];

/// What came of each check of one file: four bits for each, in the order of [`Check`]; 0: nobody asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes([u8; BYTES]);

impl Outcomes {
    /// What came of a check; `None`: the spec did not ask for it, or nothing is known of the file.
    pub fn get(&self, check: Check) -> Option<Outcome> {
        let (byte, shift) = place(check);
        match (self.0[byte] >> shift) & 0xf {
            1 => Some(Outcome::Pass),
            2 => Some(Outcome::Warn),
            3 => Some(Outcome::Fail),
            4 => Some(Outcome::Unknown),
            5 => Some(Outcome::NotApplicable),
            6 => Some(Outcome::NotRun),
            _ => None,
        }
    }

    /// Sets what came of a check.
    pub fn set(&mut self, check: Check, outcome: Outcome) {
        let bits = match outcome {
            Outcome::Pass => 1,
            Outcome::Warn => 2,
            Outcome::Fail => 3,
            Outcome::Unknown => 4,
            Outcome::NotApplicable => 5,
            Outcome::NotRun => 6,
        };
        let (byte, shift) = place(check);
        self.0[byte] = (self.0[byte] & !(0xf << shift)) | (bits << shift);
    }

    /// Sets what came of a check, unless what is known of it already is worse.
    pub fn worsen(&mut self, check: Check, outcome: Outcome) {
        if self.get(check).is_none_or(|known| weight(known) < weight(outcome)) {
            self.set(check, outcome);
        }
    }

    /// Takes what came of the checks that `later` knows.
    pub fn take(&mut self, later: &Self) {
        for &check in Check::ALL {
            if let Some(outcome) = later.get(check) {
                self.set(check, outcome);
            }
        }
    }

    /// Fills in what did not run now and ran before.
    pub fn keep(&mut self, earlier: &Self) {
        for &check in Check::ALL {
            if let (Some(Outcome::NotRun), Some(outcome)) = (self.get(check), earlier.get(check)) {
                self.set(check, outcome);
            }
        }
    }

    /// Nothing is known: the file is not decided yet, or was by a version that did not keep this.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The checks that were asked for or always run, each with what came of it. Where nothing is known, the latter have not
    /// run.
    pub fn told(&self) -> impl Iterator<Item = (Check, Outcome)> {
        let nothing_known = self.is_empty();
        Check::ALL.iter().filter_map(move |&check| {
            let unknown = (nothing_known && check.is_always_run()).then_some(Outcome::NotRun);
            Some((check, self.get(check).or(unknown)?))
        })
    }

    /// The worst that came of any check, and of which ones. Where nothing is worse than a pass, none is named.
    pub fn worst(&self) -> (Outcome, Vec<Check>) {
        let worst = self.told().map(|(_, outcome)| weight(outcome)).max().unwrap_or_default();
        let worst = BY_WEIGHT[worst.max(weight(Outcome::Pass))];
        let named = self.told().filter(|(_, outcome)| *outcome == worst && worst != Outcome::Pass);
        (worst, named.map(|(check, _)| check).collect())
    }
}

fn weight(outcome: Outcome) -> usize {
    BY_WEIGHT.iter().position(|other| *other == outcome).unwrap_or_default()
}

/// Byte and shift of a check's four bits.
fn place(check: Check) -> (usize, u32) {
    let at = check as usize;
    (at / 2, if at.is_multiple_of(2) { 0 } else { 4 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_of_every_check_reads_back_and_disturbs_no_other() {
        assert!(Check::ALL.len() <= 2 * BYTES);
        let mut outcomes = Outcomes::default();
        assert!(outcomes.is_empty());
        for (n, &check) in Check::ALL.iter().enumerate() {
            outcomes.set(check, Outcome::Fail);
            outcomes.set(check, BY_WEIGHT[n % 6]);
        }
        for (n, &check) in Check::ALL.iter().enumerate() {
            assert_eq!(outcomes.get(check), Some(BY_WEIGHT[n % 6]), "{check}");
        }
    }

    #[test]
    fn a_check_has_one_name_one_code_and_one_of_the_four_groups() {
        for &check in Check::ALL {
            assert_eq!(Check::of(check.code()), Some(check));
            assert_eq!(serde_json::to_value(check).unwrap(), check.as_str());
            let four = [Group::Authenticity, Group::Completeness, Group::Usability, Group::Security];
            assert!(four.contains(&check.group()), "{check}");
        }
        assert_eq!(Check::of(Code::Truncated), Some(Check::Readable));
        assert_eq!(Check::of(Code::Conflict), None);
    }

    #[test]
    fn the_worst_outcome_names_its_checks_and_a_pass_names_none() {
        let mut outcomes = Outcomes::default();
        assert_eq!(outcomes.worst().0, Outcome::NotRun, "nothing is known");
        outcomes.set(Check::Pages, Outcome::NotApplicable);
        assert_eq!(outcomes.worst(), (Outcome::Pass, vec![]));
        outcomes.set(Check::Readable, Outcome::Pass);
        assert_eq!(outcomes.worst(), (Outcome::Pass, vec![]));
        outcomes.worsen(Check::Resolution, Outcome::Unknown);
        assert_eq!(outcomes.worst(), (Outcome::Unknown, vec![Check::Resolution]));
        outcomes.worsen(Check::Readable, Outcome::Warn);
        outcomes.worsen(Check::Readable, Outcome::Unknown);
        outcomes.worsen(Check::FileType, Outcome::Warn);
        assert_eq!(outcomes.worst(), (Outcome::Warn, vec![Check::Readable, Check::FileType]));
    }

    #[test]
    fn what_ran_before_is_kept_only_where_it_did_not_run_again() {
        let with = |outcomes: &[(Check, Outcome)]| {
            let mut all = Outcomes::default();
            outcomes.iter().for_each(|(check, outcome)| all.set(*check, *outcome));
            all
        };
        let mut now = with(&[(Check::SafeKey, Outcome::Fail), (Check::Readable, Outcome::NotRun)]);
        now.keep(&with(&[
            (Check::SafeKey, Outcome::Pass),
            (Check::Readable, Outcome::Warn),
            (Check::Pages, Outcome::Pass),
        ]));
        assert_eq!(now, with(&[(Check::SafeKey, Outcome::Fail), (Check::Readable, Outcome::Warn)]));
    }
}
