//! stub
use super::exit::Exit;
/// stub
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {}
/// stub
pub fn run(_a: &ExplainArgs) -> Exit { todo!() }
