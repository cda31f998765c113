//! `download`: files of a batch with their proof, as a bag.

mod command;
mod evidence;
mod settings;
mod walk;

pub(super) use command::{DownloadArgs, run};
