//! What is kept of one file between looks. With 10,000 files this is what the daemon carries, so it holds no text.

use std::time::{Duration, Instant};

use super::look::KnownFile;
use super::stamp::Stamp;
use crate::model::ids::{BatchName, Digest};

/// No stamp counts for longer.
const MAX_TRUST: Duration = Duration::from_mins(5);

/// What a file was when it was last given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Valid,
    Invalid,
    Ignored,
}

/// What the looks up to now saw, without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// No look yet.
    None,
    /// The same content (or the same problem), since the first of them.
    Same(Digest, Instant),
    /// No file, since the first of them.
    Missing(Instant),
}

/// Which content the receiver of changes knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// Nothing; the file is not known to it.
    Nothing,
    /// A spec of this digest, from the ledger.
    Ledger(Digest),
    /// Some content; whatever is seen now is to be given out.
    Something,
    /// This content.
    Content(Digest),
}

/// One file.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it was last seen, the number of that look.
    pub look: u32,
    pub sight: Sight,
    pub given: Given,
    pub kind: Option<Kind>,
    /// The name that the file gave its batch when it was last given out.
    pub name: Option<BatchName>,
    // The stamp and the time of the last reading, if the stamp may count.
    reading: Option<(Stamp, Instant)>,
}

impl Entry {
    pub(super) fn new() -> Self {
        Self { look: 0, sight: Sight::None, given: Given::Nothing, kind: None, name: None, reading: None }
    }

    pub(super) fn known(known: &KnownFile) -> Self {
        let (given, name) = (Given::Ledger(known.digest), Some(known.name.clone()));
        Self { given, name, kind: Some(Kind::Valid), ..Self::new() }
    }

    /// The content, if the stamp tells that it is the one that was read.
    pub(super) fn trusted(&self, stamp: &Stamp, now: Instant) -> Option<Digest> {
        let (read, at) = self.reading.as_ref()?;
        let is_same = read == stamp && now.saturating_duration_since(*at) < MAX_TRUST;
        match self.sight {
            Sight::Same(content, _) if is_same => Some(content),
            _ => None,
        }
    }

    /// Keeps what a reading found; `None`: its stamp does not count.
    pub(super) fn keep(&mut self, stamp: Option<Stamp>, now: Instant) {
        self.reading = stamp.map(|stamp| (stamp, now));
    }

    /// A look saw this content.
    pub(super) fn saw(&mut self, content: Digest, now: Instant) {
        if !matches!(self.sight, Sight::Same(before, _) if before == content) {
            self.sight = Sight::Same(content, now);
        }
    }

    /// A look did not see the file; since when none has.
    pub(super) fn missed(&mut self, now: Instant) -> Instant {
        self.reading = None;
        match self.sight {
            Sight::Missing(since) => since,
            _ => {
                self.sight = Sight::Missing(now);
                now
            }
        }
    }

    /// What was seen up to now no longer counts as one row.
    pub(super) fn interrupt(&mut self) {
        self.reading = None;
        self.sight = Sight::None;
    }

    /// Whatever is seen now is to be given out, even if it was before.
    pub(super) fn renew(&mut self) {
        if matches!(self.given, Given::Content(_)) {
            self.given = Given::Something;
        }
    }

    /// The content that is seen and was not given out, and since when it has been seen.
    pub(super) fn waiting(&self) -> Option<(Digest, Instant)> {
        match self.sight {
            Sight::Same(content, since) if self.given != Given::Content(content) => Some((content, since)),
            _ => None,
        }
    }

    /// This content was given out.
    pub(super) fn give(&mut self, content: Digest, kind: Kind, name: Option<BatchName>) {
        (self.given, self.kind, self.name) = (Given::Content(content), Some(kind), name);
    }
}
