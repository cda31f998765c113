//! The documents of a download, page by page.

use crate::cli::access::{Access, refused, strange, unexpected};
use crate::cli::exit::Exit;
use crate::model::bag::RecordRow;
use crate::model::control::{Page, Refusal, Reply, Request};
use crate::model::ids::ImageNumber;

/// Documents asked for at once.
const DOCUMENTS: u32 = 100;

/// Where a walk through the documents is.
pub(super) struct Walk<'a> {
    access: &'a Access,
    batch: String,
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
    /// How the command ends.
    pub(super) fn new(access: &'a Access, batch: String, documents: Vec<String>) -> Result<Self, Exit> {
        let images: Vec<ImageNumber> = documents.into_iter().rev().map(ImageNumber::new).collect();
        let mut walk = Self { access, batch, next: Next::Named(Vec::new()) };
        for image in &images {
            walk.ask(None, Some(image.clone())).map_err(refused)?.ok_or_else(unexpected)?;
        }
        walk.next = if images.is_empty() { Next::All(Some(None)) } else { Next::Named(images) };
        Ok(walk)
    }

    /// The next documents; none: that was all.
    pub(super) fn page(&mut self) -> Result<Vec<RecordRow>, Refusal> {
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
        let Page { rows, next, .. } = self.ask(after, image)?.ok_or_else(strange)?;
        if let Next::All(place) = &mut self.next {
            *place = next.map(|image| Some(ImageNumber::new(image)));
        }
        Ok(rows)
    }

    fn ask(&self, after: Option<ImageNumber>, image: Option<ImageNumber>) -> Result<Option<Page<RecordRow>>, Refusal> {
        let request = Request::Records { batch: self.batch.clone(), after, image, limit: DOCUMENTS };
        Ok(match self.access.try_ask(request)? {
            Reply::Records(page) => Some(page),
            _ => None,
        })
    }
}
