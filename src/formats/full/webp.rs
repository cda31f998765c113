//! WebP: the image, or every frame of an animated one, is decoded.

use std::io::{BufRead, Seek};

use image_webp::{DecodingError, WebPDecoder};

use super::bounds::{Account, Fault, HELD_BYTES, raster};

/// What the decoder keeps beside its output, in times of it.
const BESIDE: u64 = 3;

pub(super) fn decode<R: BufRead + Seek>(reader: &mut R, account: &mut Account<'_>) -> Result<(), Fault> {
    let mut decoder = WebPDecoder::new(reader).map_err(fault)?;
    decoder.set_memory_limit(usize::try_from(HELD_BYTES).unwrap_or(usize::MAX));
    let (width, height) = decoder.dimensions();
    let bytes = raster(width, height, if decoder.has_alpha() { 32 } else { 24 });
    account.hold(bytes.saturating_mul(BESIDE))?;
    let mut buffer = vec![0; decoder.output_buffer_size().unwrap_or_default()];
    if !decoder.is_animated() {
        account.unpack(bytes)?;
        return decoder.read_image(&mut buffer).map_err(fault);
    }
    for _ in 0..decoder.num_frames() {
        account.unpack(bytes)?;
        decoder.read_frame(&mut buffer).map_err(fault)?;
    }
    Ok(())
}

fn fault(error: DecodingError) -> Fault {
    match error {
        DecodingError::IoError(error) => Fault::reading(&error),
        DecodingError::MemoryLimitExceeded | DecodingError::ImageTooLarge => {
            Fault::Unknown("it needs more memory than decoding may take".to_owned())
        }
        error => Fault::decoding(&error),
    }
}
