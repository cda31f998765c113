//! TIFF: every strip or tile of every page is decoded, one at a time.

use std::io::{BufRead, Seek};

use tiff::decoder::{Decoder, Limits};
use tiff::{ColorType, TiffError};

use super::bounds::{Account, Fault, HELD_BYTES, raster};

/// Bytes of one packed strip or tile.
const PACKED: usize = 64 << 20;

pub(super) fn decode<R: BufRead + Seek>(reader: &mut R, account: &mut Account<'_>) -> Result<(), Fault> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(HELD_BYTES).unwrap_or(usize::MAX);
    limits.intermediate_buffer_size = PACKED;
    let mut decoder = Decoder::new(reader).map_err(fault)?.with_limits(limits);
    loop {
        decode_page(&mut decoder, account)?;
        // The look at the head has seen that pages do not go in a circle.
        if !decoder.more_images() {
            return Ok(());
        }
        decoder.next_image().map_err(fault)?;
    }
}

fn decode_page<R: BufRead + Seek>(decoder: &mut Decoder<R>, account: &mut Account<'_>) -> Result<(), Fault> {
    let bits = bits(decoder.colortype().map_err(fault)?);
    let chunks = match decoder.get_chunk_type() {
        tiff::decoder::ChunkType::Strip => decoder.strip_count(),
        tiff::decoder::ChunkType::Tile => decoder.tile_count(),
    };
    for chunk in 0..chunks.map_err(fault)? {
        let (width, height) = decoder.chunk_data_dimensions(chunk);
        let bytes = raster(width, height, bits);
        account.hold(bytes)?;
        account.unpack(bytes)?;
        decoder.read_chunk(chunk).map_err(fault)?;
    }
    Ok(())
}

/// Bits of one pixel as decoded.
fn bits(colour: ColorType) -> u64 {
    let (bits, samples) = match colour {
        ColorType::Gray(bits) | ColorType::Palette(bits) => (bits, 1),
        ColorType::GrayA(bits) => (bits, 2),
        ColorType::RGB(bits) | ColorType::YCbCr(bits) | ColorType::Lab(bits) => (bits, 3),
        ColorType::RGBA(bits) | ColorType::CMYK(bits) => (bits, 4),
        ColorType::CMYKA(bits) => (bits, 5),
        ColorType::Multiband { bit_depth, num_samples } => (bit_depth, num_samples),
        _ => (64, 5),
    };
    u64::from(bits) * u64::from(samples)
}

fn fault(error: TiffError) -> Fault {
    match error {
        TiffError::IoError(error) => Fault::reading(&error),
        TiffError::UnsupportedError(error) => Fault::Unknown(format!("there is no decoder for it: {error}")),
        TiffError::LimitsExceeded | TiffError::IntSizeError => {
            Fault::Unknown("it needs more memory than decoding may take".to_owned())
        }
        error => Fault::decoding(&error),
    }
}
