//! What the images of a page say of its resolution.

use super::content::Drawn;
use super::place::{Placed, Rectangle};
use crate::formats::density::{Per, dpi};
use crate::model::facts::Dpi;

/// The share of a page that an image covers to count as its scan: margins may be left, logos do not count.
const COVERS: f64 = 0.8;

/// The share that a strip covers where scans are cut into strips.
const STRIP: f64 = 0.02;

/// One page, told by its images.
#[derive(Debug, PartialEq)]
pub(super) struct PageLook {
    /// Not applicable where no image covers the page.
    pub(super) dpi: Dpi,
    /// Of the image that covers it.
    pub(super) pixels: Option<(u32, u32)>,
}

/// Of several images that cover the page (the layers of a scan) the sharpest counts, for it carries the text; of strips that
/// cover it together, the coarsest.
pub(super) fn look(drawn: &Drawn, page: Rectangle, unit: f64) -> PageLook {
    let covering = drawn.images.iter().filter(|image| image.share(page) >= COVERS);
    let sharpest = covering.max_by(|a, b| least(a, unit).total_cmp(&least(b, unit)));
    if let Some(image) = sharpest {
        return PageLook { dpi: density(image, unit), pixels: Some(image.pixels) };
    }
    let strips: Vec<_> = drawn.images.iter().filter(|image| image.share(page) >= STRIP).collect();
    let together: f64 = strips.iter().map(|image| image.share(page)).sum();
    let coarsest = strips.into_iter().min_by(|a, b| least(a, unit).total_cmp(&least(b, unit)));
    match coarsest.filter(|_| together >= COVERS) {
        Some(strip) => PageLook { dpi: density(strip, unit), pixels: None },
        None if drawn.unsure => PageLook { dpi: Dpi::Unknown, pixels: None },
        None => PageLook { dpi: Dpi::NotApplicable, pixels: None },
    }
}

fn least(image: &Placed, unit: f64) -> f64 {
    let (x, y) = image.per_inch(unit);
    x.min(y)
}

#[expect(clippy::cast_possible_truncation, reason = "a density needs no more digits than that")]
fn density(image: &Placed, unit: f64) -> Dpi {
    let (x, y) = image.per_inch(unit);
    dpi(x as f32, y as f32, Per::Inch)
}
