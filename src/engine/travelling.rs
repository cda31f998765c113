//! What goes along with a file to the target besides its bytes: what the source has, what the spec adds.

use std::sync::atomic::{AtomicBool, Ordering};

use super::context::RunContext;
use super::retry::Unanswered;
use crate::model::spec::Tags;
use crate::model::work::FileWork;
use crate::stores::Carried;

/// Whether the source is known to let us read tags.
///
/// Amazon tells whether an object has tags only to those who may read them, so that without the permission every object
/// seems to have none. Until tags were read once, they are asked for whatever the object seems to have.
#[derive(Debug, Default)]
pub struct TagReading(AtomicBool);

/// Adds what the spec wants to what came with a file's bytes.
///
/// # Errors
/// Why its tags cannot be read.
pub async fn complete(context: &RunContext, carried: &mut Carried, file: &FileWork) -> Result<(), Unanswered> {
    context.setup.stamp(carried, file);
    let known = &context.tag_reading.0;
    let asked = context.setup.file.spec.target.tags == Tags::Carry && context.plan.is_none();
    if asked && (carried.may_have_tags || !known.load(Ordering::Relaxed)) {
        let source = &context.setup.source.store;
        carried.tags = context.retrier().ask(source, || source.tags(&file.object.key)).await?;
        known.store(true, Ordering::Relaxed);
    }
    Ok(())
}
