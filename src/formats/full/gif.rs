//! GIF: every frame is decoded, one at a time.

use std::io::BufRead;

use gif::{DecodeOptions, DecodingError, MemoryLimit};

use super::bounds::{Account, Fault, HELD_BYTES, raster};

pub(super) fn decode<R: BufRead>(reader: &mut R, account: &mut Account<'_>) -> Result<(), Fault> {
    let mut options = DecodeOptions::new();
    options.check_frame_consistency(true);
    // A u64 that is not zero.
    options.set_memory_limit(MemoryLimit::Bytes(HELD_BYTES.try_into().unwrap_or(std::num::NonZeroU64::MIN)));
    let mut decoder = options.read_info(reader).map_err(fault)?;
    while let Some((width, height)) =
        decoder.next_frame_info().map_err(fault)?.map(|frame| (frame.width.into(), frame.height.into()))
    {
        let bytes = raster(width, height, 8);
        account.hold(bytes)?;
        account.unpack(bytes)?;
        let mut buffer = vec![0; decoder.buffer_size()];
        decoder.read_into_buffer(&mut buffer).map_err(fault)?;
    }
    Ok(())
}

fn fault(error: DecodingError) -> Fault {
    match error {
        DecodingError::Io(error) => Fault::reading(&error),
        DecodingError::UnexpectedEof => Fault::Truncated,
        DecodingError::OutOfMemory | DecodingError::MemoryLimit => {
            Fault::Unknown("it needs more memory than decoding may take".to_owned())
        }
        error => Fault::decoding(&error),
    }
}
