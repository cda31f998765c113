//! The documents of a download, page by page.

use super::about::About;
use crate::model::bag::RecordRow;
use crate::model::control::{Page, Refusal};
use crate::model::ids::ImageNumber;

/// Where a walk through the documents is.
pub struct Walk<'a> {
    about: About<'a>,
    next: Next,
}

enum Next {
    /// All, after this one; `None`: that was all.
    All(Option<Option<ImageNumber>>),
    /// These, the first one last.
    Named(Vec<ImageNumber>),
}

impl<'a> Walk<'a> {
    /// Of the named documents, in order, each of which must exist; none named: all.
    ///
    /// # Errors
    /// There is no such document, or no answer.
    pub fn new(about: About<'a>, documents: Vec<String>) -> Result<Self, Refusal> {
        let images: Vec<ImageNumber> = documents.into_iter().rev().map(ImageNumber::new).collect();
        for image in &images {
            about.records(None, Some(image.clone()))?;
        }
        let next = if images.is_empty() { Next::All(Some(None)) } else { Next::Named(images) };
        Ok(Self { about, next })
    }

    /// The next documents; none: that was all.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn page(&mut self) -> Result<Vec<RecordRow>, Refusal> {
        let (after, image) = match &mut self.next {
            Next::All(next) => match next.take() {
                Some(after) => (after, None),
                None => return Ok(Vec::new()),
            },
            Next::Named(images) => match images.pop() {
                Some(image) => (None, Some(image)),
                None => return Ok(Vec::new()),
            },
        };
        let Page { rows, next, .. } = self.about.records(after, image)?;
        if let Next::All(place) = &mut self.next {
            *place = next.map(|image| Some(ImageNumber::new(image)));
        }
        Ok(rows)
    }
}
