//! PNG: every row is inflated and unfiltered, one at a time, and the checksums are compared.

use std::io::{BufRead, Seek};

use png::{Decoder, DecodingError, Limits};

use super::bounds::{Account, Fault, HELD_BYTES};

pub(super) fn decode<R: BufRead + Seek>(reader: &mut R, account: &mut Account<'_>) -> Result<(), Fault> {
    let limits = Limits { bytes: usize::try_from(HELD_BYTES).unwrap_or(usize::MAX) };
    let mut decoder = Decoder::new_with_limits(reader, limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut rows = decoder.read_info().map_err(fault)?;
    let row = rows.output_line_size(rows.info().width).unwrap_or(usize::MAX) as u64;
    account.hold(row)?;
    account.unpack(row.saturating_mul(rows.info().height.into()))?;
    loop {
        account.unpack(0)?;
        if rows.next_row().map_err(fault)?.is_none() {
            return rows.finish().map_err(fault);
        }
    }
}

fn fault(error: DecodingError) -> Fault {
    match error {
        DecodingError::IoError(error) => Fault::reading(&error),
        DecodingError::LimitsExceeded => Fault::Unknown("it needs more memory than decoding may take".to_owned()),
        error => Fault::decoding(&error),
    }
}
