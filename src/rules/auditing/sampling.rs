//! Which documents a sample holds: anyone can draw the same ones again.

use std::collections::BTreeSet;

use crate::model::event::Sample;
use crate::model::ids::{Digest, ImageNumber};

/// Draws the documents with the smallest SHA-256 of the seed followed by the image number.
#[derive(Debug)]
pub struct Draw {
    sample: Sample,
    drawn: BTreeSet<(Digest, ImageNumber)>,
}

impl Draw {
    /// Before the first document.
    pub fn new(sample: Sample) -> Self {
        Self { sample, drawn: BTreeSet::new() }
    }

    /// One more document to draw from; no more are kept than the sample may have.
    pub fn offer(&mut self, image: &ImageNumber) {
        let rank = Digest::of(&[self.sample.seed.as_bytes(), image.as_str().as_bytes()].concat());
        self.drawn.insert((rank, image.clone()));
        if self.drawn.len() > self.sample.size as usize {
            self.drawn.pop_last();
        }
    }

    /// The documents, in order of image number.
    pub fn end(self) -> Vec<ImageNumber> {
        let mut images: Vec<ImageNumber> = self.drawn.into_iter().map(|(_, image)| image).collect();
        images.sort();
        images
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(size: u32, seed: &str, images: impl Iterator<Item = u32>) -> Vec<String> {
        let mut draw = Draw::new(Sample { size, seed: seed.to_owned() });
        images.for_each(|image| draw.offer(&ImageNumber::new(format!("IMG-{image}"))));
        draw.end().iter().map(ImageNumber::to_string).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_documents_in_whatever_order_they_come() {
        let once = drawn(5, "2025", 0..100);
        assert_eq!(once.len(), 5);
        assert_eq!(drawn(5, "2025", (0..100).rev()), once);
        assert_ne!(drawn(5, "2026", 0..100), once);
        // A larger sample holds the smaller one.
        let more = drawn(9, "2025", 0..100);
        assert!(once.iter().all(|image| more.contains(image)));
    }

    #[test]
    fn a_sample_is_what_anyone_finds_with_other_tools() {
        let ranks = (0..3).map(|n| (Digest::of(format!("2025IMG-{n}").as_bytes()), format!("IMG-{n}")));
        let smallest = ranks.min().unwrap().1;
        assert_eq!(drawn(1, "2025", 0..3), [smallest]);
    }

    #[test]
    fn there_are_no_more_than_there_are() {
        assert_eq!(drawn(5, "", 0..2), ["IMG-0", "IMG-1"]);
        assert_eq!(drawn(0, "", 0..2), [""; 0]);
    }
}
