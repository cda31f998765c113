//! `download`: files of a batch with their proof, as a bag.

mod command;

pub(super) use command::{DownloadArgs, run};
