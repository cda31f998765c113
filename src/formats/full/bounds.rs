//! How much of a file is unpacked, and what going beyond that says of it.

/// Bytes of unpacked content held at once, by one call: a page of A4 in colour at 600 dpi, with what a progressive JPEG
/// needs beside it.
pub const HELD_BYTES: u64 = 256 << 20;

/// Bytes that one file is unpacked to in all, page after page.
pub const UNPACKED_BYTES: u64 = 8 << 30;

/// Beyond the bounds, a file that unpacks to more than this many times its size is a bomb. Blank pages pack as densely,
/// but do not go beyond the bounds.
const BOMB_RATIO: u64 = 1000;

/// Why decoding came to an end before the end of the content.
#[derive(Debug)]
pub(in crate::formats) enum Fault {
    /// The file ends first.
    Truncated,
    /// The content makes no sense; the text says how.
    Broken(String),
    /// It would grow beyond all bounds; the text says to what.
    Bomb(String),
    /// A bound was met, or there is no decoder; says nothing against the file.
    Unknown(String),
}

impl Fault {
    /// What a decoder says against the content.
    pub(in crate::formats) fn decoding(error: &dyn std::fmt::Display) -> Self {
        Self::Broken(format!("decoding fails: {error}"))
    }

    /// The error of a reader: its end, or one that the reader's owner knows of.
    pub(in crate::formats) fn reading(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::decoding(error),
        }
    }
}

/// What one file has cost so far.
pub(in crate::formats) struct Account<'a> {
    size: u64,
    unpacked: u64,
    is_over: &'a dyn Fn() -> bool,
}

impl<'a> Account<'a> {
    /// For a file of `size` bytes; `is_over` says whether its time is up.
    pub(in crate::formats) fn new(size: u64, is_over: &'a dyn Fn() -> bool) -> Self {
        Self { size, unpacked: 0, is_over }
    }

    /// Bytes of the file.
    pub(in crate::formats) fn size(&self) -> u64 {
        self.size
    }

    /// Asks to hold this many bytes at once.
    pub(in crate::formats) fn hold(&self, bytes: u64) -> Result<(), Fault> {
        if bytes <= HELD_BYTES { Ok(()) } else { Err(self.beyond(bytes)) }
    }

    /// Asks to unpack this many bytes more, and whether there is time.
    pub(in crate::formats) fn unpack(&mut self, bytes: u64) -> Result<(), Fault> {
        self.unpacked = self.unpacked.saturating_add(bytes);
        if self.unpacked > UNPACKED_BYTES {
            return Err(self.beyond(self.unpacked));
        }
        if (self.is_over)() {
            return Err(Fault::Unknown("decoding takes too long".to_owned()));
        }
        Ok(())
    }

    fn beyond(&self, bytes: u64) -> Fault {
        let text = format!("{} bytes unpack to {bytes} bytes or more", self.size);
        if bytes / self.size.max(1) > BOMB_RATIO { Fault::Bomb(text) } else { Fault::Unknown(text) }
    }
}

/// Bytes of an image with this many bits for each pixel.
pub(in crate::formats) fn raster(width: u32, height: u32, bits: u64) -> u64 {
    (u64::from(width) * u64::from(height)).saturating_mul(bits).div_ceil(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_small_file_that_goes_beyond_the_bounds_is_a_bomb() {
        let never = || false;
        assert!(Account::new(1000, &never).hold(HELD_BYTES).is_ok(), "dense, and within the bounds");
        assert!(matches!(Account::new(1000, &never).hold(HELD_BYTES + 1), Err(Fault::Bomb(_))));
        assert!(matches!(Account::new(10 << 20, &never).hold(HELD_BYTES + 1), Err(Fault::Unknown(_))));
        let mut account = Account::new(1000, &never);
        assert!(account.unpack(UNPACKED_BYTES).is_ok());
        assert!(matches!(account.unpack(1), Err(Fault::Bomb(_))));
    }

    #[test]
    fn time_that_is_up_says_nothing_against_a_file() {
        assert!(matches!(Account::new(1, &|| true).unpack(1), Err(Fault::Unknown(_))));
    }
}
