//! JPEG: every scan is decoded. The decoder passes over damage unless it is told to be strict, so it is told. Where an end
//! mark comes before the last block it still takes the rest for grey, as all decoders do, and has no way of saying so (its
//! strict mode objects to the end of the file, not to the mark): bytes that were lost in the middle are found only if what
//! follows them makes no sense.

use std::io::{BufRead, Seek};

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::bounds::{Account, Fault, raster};

/// A JPEG cannot have longer sides.
const SIDE: usize = 65_535;

/// Scans of a progressive file; encoders write ten.
const SCANS: usize = 100;

/// How the decoder begins what only its strict mode objects to, and every viewer passes over.
const PEDANTIC: &str = "[strict-mode]";

pub(in crate::formats) fn decode<R: BufRead + Seek>(reader: &mut R, account: &mut Account<'_>) -> Result<(), Fault> {
    let options = DecoderOptions::default()
        .set_max_width(SIDE)
        .set_max_height(SIDE)
        .set_strict_mode(true)
        .jpeg_set_max_scans(SCANS);
    let mut decoder = JpegDecoder::new_with_options(reader, options);
    decoder.decode_headers().map_err(|error| fault(&error))?;
    let info = decoder.info().ok_or_else(|| Fault::Broken("decoding fails: no head".to_owned()))?;
    let (colour, out) = cheapest(decoder.input_colorspace());
    decoder.set_options(options.jpeg_set_out_colorspace(colour));
    // Of a progressive file two bytes a sample are kept until its last scan.
    let bits = 8 * out + 16 * u64::from(info.components);
    let bytes = raster(info.width.into(), info.height.into(), bits);
    account.hold(bytes)?;
    account.unpack(bytes)?;
    decoder.decode().map(drop).map_err(|error| fault(&error))
}

/// What decodes all samples and gives the fewest bytes a pixel, with their number.
fn cheapest(input: Option<ColorSpace>) -> (ColorSpace, u64) {
    match input {
        Some(ColorSpace::CMYK | ColorSpace::YCCK) => (ColorSpace::CMYK, 4),
        Some(ColorSpace::YCbCr | ColorSpace::Luma) | None => (ColorSpace::Luma, 1),
        Some(other) => (other, 4),
    }
}

fn fault(error: &DecodeErrors) -> Fault {
    match error {
        DecodeErrors::ExhaustedData => Fault::Truncated,
        DecodeErrors::IoErrors(_) => Fault::Truncated,
        DecodeErrors::Unsupported(_) => Fault::Unknown(format!("there is no decoder for it: {}", told(error))),
        DecodeErrors::FormatStatic(text) if text.starts_with(PEDANTIC) => Fault::Unknown((*text).to_owned()),
        DecodeErrors::Format(text) if text.starts_with("Unimplemented") => {
            Fault::Unknown(format!("there is no decoder for it: {text}"))
        }
        error => Fault::decoding(&told(error)),
    }
}

/// The decoder's own words; it gives its texts no other form than that for programmers.
fn told(error: &DecodeErrors) -> String {
    format!("{error:?}").trim_matches('"').to_owned()
}
