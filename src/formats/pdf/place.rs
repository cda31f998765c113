//! Where on its page an image is placed.

/// A transformation: `x' = a·x + c·y + e`, `y' = b·x + d·y + f`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    pub(super) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// This one, then `outer`.
    pub(super) fn then(self, outer: Self) -> Self {
        let (Self([a, b, c, d, e, f]), Self([oa, ob, oc, od, oe, of])) = (self, outer);
        Self([
            a * oa + b * oc,
            a * ob + b * od,
            c * oa + d * oc,
            c * ob + d * od,
            e * oa + f * oc + oe,
            e * ob + f * od + of,
        ])
    }

    /// Width and height of the unit square, in points.
    fn sides(self) -> (f64, f64) {
        let Self([a, b, c, d, ..]) = self;
        (a.hypot(b), c.hypot(d))
    }

    /// The box around the unit square.
    fn around(self) -> Rectangle {
        let Self([a, b, c, d, e, f]) = self;
        let (xs, ys) = ([e, e + a, e + c, e + a + c], [f, f + b, f + d, f + b + d]);
        let least = |values: [f64; 4]| values.into_iter().fold(f64::INFINITY, f64::min);
        let most = |values: [f64; 4]| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        Rectangle { left: least(xs), bottom: least(ys), right: most(xs), top: most(ys) }
    }
}

/// A rectangle in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rectangle {
    left: f64,
    bottom: f64,
    right: f64,
    top: f64,
}

impl Rectangle {
    /// From two opposite corners, whichever.
    pub(super) fn new([x, y, u, v]: [f64; 4]) -> Self {
        Self { left: x.min(u), bottom: y.min(v), right: x.max(u), top: y.max(v) }
    }

    fn area(self) -> f64 {
        (self.right - self.left).max(0.0) * (self.top - self.bottom).max(0.0)
    }

    fn within(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.min(other.right),
            top: self.top.min(other.top),
        }
    }
}

/// An image on a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) pixels: (u32, u32),
    pub(super) matrix: Matrix,
}

impl Placed {
    /// How much of the page it covers: 0 to 1.
    pub(super) fn share(&self, page: Rectangle) -> f64 {
        let share = self.matrix.around().within(page).area() / page.area();
        if share.is_finite() { share } else { 0.0 }
    }

    /// Pixels to the inch, across and down. `unit`: points of one unit of the page.
    pub(super) fn per_inch(&self, unit: f64) -> (f64, f64) {
        let (width, height) = self.matrix.sides();
        (f64::from(self.pixels.0) * 72.0 / (width * unit), f64::from(self.pixels.1) * 72.0 / (height * unit))
    }
}
