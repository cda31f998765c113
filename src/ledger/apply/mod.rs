//! One file for each thing that can be recorded: what it puts on the stage.

mod accept;
mod batch;
mod dispatch;
mod document;
mod finish;
mod group;
mod page;
mod shorten;

pub(super) use accept::accept;
pub(super) use batch::update;
pub(super) use dispatch::apply;
