//! Dots per inch and pixels: three-valued, since a file that does not say is not a bad one.

use crate::model::checks::Resolution;
use crate::model::facts::{Dpi, FileFacts};
use crate::model::failure::{Code, Failure};

use super::verdict::Verdict;

pub(super) fn check_resolution(asked: &Resolution, key: &str, facts: &FileFacts, verdict: &mut Verdict) {
    if facts.dpi == Dpi::NotApplicable {
        return;
    }
    if let Some(least) = asked.min_dpi {
        check_dpi(asked, least, key, facts.dpi, verdict);
    }
    if asked.min_width.is_some() || asked.min_height.is_some() {
        check_pixels(asked, key, facts.pixels, verdict);
    }
}

fn check_dpi(asked: &Resolution, least: u32, key: &str, dpi: Dpi, verdict: &mut Verdict) {
    let failure = |actual: String| too_low(key, format!("at least {least} dpi"), actual);
    match dpi {
        Dpi::Known { x, y } if x.is_finite() && y.is_finite() => {
            // PNG counts dots by the metre, in whole numbers: 200 dpi reads back as 199.9996.
            let (x, y) = (x.round(), y.round());
            if f64::from(x.min(y)) < f64::from(least) {
                verdict.add(asked.severity, failure(format!("{x} × {y} dpi")));
            }
        }
        Dpi::Known { .. } | Dpi::Unknown => verdict.unknown(failure("the file does not say".to_owned())),
        Dpi::NotApplicable => {}
    }
}

fn check_pixels(asked: &Resolution, key: &str, pixels: Option<(u32, u32)>, verdict: &mut Verdict) {
    let expected = match (asked.min_width, asked.min_height) {
        (Some(width), Some(height)) => format!("at least {width} × {height} pixels"),
        (Some(width), None) => format!("at least {width} pixels across"),
        (None, Some(height)) => format!("at least {height} pixels down"),
        (None, None) => return,
    };
    match pixels {
        None => verdict.unknown(too_low(key, expected, "the file does not say".to_owned())),
        Some((width, height)) => {
            if asked.min_width.is_some_and(|least| width < least)
                || asked.min_height.is_some_and(|least| height < least)
            {
                verdict.add(asked.severity, too_low(key, expected, format!("{width} × {height} pixels")));
            }
        }
    }
}

fn too_low(key: &str, expected: String, actual: String) -> Failure {
    Failure::new(Code::ResolutionTooLow, key).with(expected, actual)
}
