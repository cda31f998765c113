//! The `batchferry` command.

use std::process::ExitCode;

/// glibc's allocator keeps what the ledger's many small, uneven writes free: resident memory then grows to several
/// times the cache. mimalloc gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    batchferry::cli::main().into()
}
