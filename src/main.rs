//! The `batchferry` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    batchferry::cli::main().into()
}
