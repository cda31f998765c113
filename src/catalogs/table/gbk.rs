//! GBK, as GB 18030 extends it, decoded while it is read.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, GB18030};

/// Bytes of U+FFFD, which stands for what is not GBK.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Bytes of UTF-8 that are made at once.
const MADE: usize = 16 << 10;

/// Reads as UTF-8 what is written in GBK.
pub(super) struct FromGbk<R> {
    input: R,
    decoder: Decoder,
    made: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: BufRead> FromGbk<R> {
    pub(super) fn new(input: R) -> Self {
        let decoder = GB18030.new_decoder_without_bom_handling();
        Self { input, decoder, made: Vec::with_capacity(MADE), given: 0, ended: false }
    }

    /// Decodes until something is made, or the input ends.
    fn make(&mut self) -> io::Result<()> {
        self.made.clear();
        self.given = 0;
        while self.made.is_empty() && !self.ended {
            let input = self.input.fill_buf()?;
            let last = input.is_empty();
            self.made.resize(MADE, 0);
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(input, &mut self.made, last);
            self.made.truncate(written);
            self.input.consume(read);
            match result {
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.made.extend_from_slice(REPLACEMENT),
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Read for FromGbk<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.made.len() {
            self.make()?;
        }
        let read = (&self.made[self.given..]).read(out)?;
        self.given += read;
        Ok(read)
    }
}

/// Whether bytes that are not UTF-8 may be GBK.
pub(super) fn could_be_gbk(bytes: &[u8]) -> bool {
    GB18030.decode_without_bom_handling_and_without_replacement(bytes).is_some()
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    fn decoded(bytes: &[u8], at_once: usize) -> String {
        let mut reader =
            BufReader::with_capacity(64, FromGbk::new(BufReader::with_capacity(at_once, Cursor::new(bytes))));
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn characters_are_whole_wherever_reads_end() {
        let text = "单据类型,发票|ab,丂𠀀\n".repeat(50);
        let (bytes, _, _) = GB18030.encode(&text);
        for at_once in 1..9 {
            assert_eq!(decoded(&bytes, at_once), text);
        }
    }

    #[test]
    fn what_is_not_gbk_is_marked_and_the_rest_is_read() {
        assert_eq!(decoded(b"a\xff,b", 3), "a\u{fffd},b");
        assert_eq!(decoded(b"a\xb5", 3), "a\u{fffd}");
        assert_eq!(decoded(&b"\xff".repeat(500), 64), "\u{fffd}".repeat(500));
        assert!(could_be_gbk(b"\xb5\xa5") && !could_be_gbk(b"\xff\xff"));
    }
}
