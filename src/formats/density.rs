//! Dots per inch from the units that formats count in.

use crate::model::facts::Dpi;

/// The length that a format counts dots along.
#[derive(Debug, Clone, Copy)]
pub(super) enum Per {
    Inch,
    Centimetre,
    Metre,
}

impl Per {
    fn inches(self) -> f32 {
        match self {
            Self::Inch => 1.0,
            Self::Centimetre => 2.54,
            Self::Metre => 0.0254,
        }
    }
}

/// Rounded to a tenth, because 300 dpi in whole dots per metre reads back as 299.9994. Nothing sensible: unknown.
pub(super) fn dpi(x: f32, y: f32, per: Per) -> Dpi {
    let round = |dots: f32| (dots * per.inches() * 10.0).round() / 10.0;
    let (x, y) = (round(x), round(y));
    if x.is_finite() && y.is_finite() && x > 0.0 && y > 0.0 { Dpi::Known { x, y } } else { Dpi::Unknown }
}

/// The lower one in each direction; one that is not known says nothing.
pub(super) fn lowest(left: Dpi, right: Dpi) -> Dpi {
    match (left, right) {
        (Dpi::Known { x: lx, y: ly }, Dpi::Known { x: rx, y: ry }) => Dpi::Known { x: lx.min(rx), y: ly.min(ry) },
        (Dpi::Known { .. }, _) => left,
        _ => right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_dots_per_metre_read_back_as_the_dpi_they_were_made_from() {
        for (per_metre, expected) in [(11_811.0, 300.0), (7_874.0, 200.0), (5_905.0, 150.0), (2_835.0, 72.0)] {
            assert_eq!(dpi(per_metre, per_metre, Per::Metre), Dpi::Known { x: expected, y: expected });
        }
    }

    #[test]
    fn a_density_that_makes_no_sense_is_unknown() {
        for (x, y) in [(0.0, 300.0), (300.0, 0.0), (f32::INFINITY, 1.0), (f32::NAN, 1.0), (-1.0, 1.0)] {
            assert_eq!(dpi(x, y, Per::Inch), Dpi::Unknown);
        }
    }

    #[test]
    fn of_two_densities_the_lower_counts_in_each_direction() {
        let (a, b) = (Dpi::Known { x: 300.0, y: 100.0 }, Dpi::Known { x: 200.0, y: 200.0 });
        assert_eq!(lowest(a, b), Dpi::Known { x: 200.0, y: 100.0 });
        assert_eq!(lowest(Dpi::Unknown, b), b);
        assert_eq!(lowest(a, Dpi::Unknown), a);
    }
}
