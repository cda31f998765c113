//! Pages of a folder. The token of the next page is the last name of this one, so it serves after a restart; until then the
//! walk itself is kept, so that a large directory is not read anew for every page.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use super::super::error::Reason;
use super::super::listing::{PAGE_SIZE, Page};
use super::folder::Folder;
use super::walk::{Entry, Walk};

/// Walks that wait for their next page to be asked for.
#[derive(Debug, Default)]
pub(super) struct Cursors(VecDeque<(Place, Walk)>);

/// Which page a walk stands before: prefix, by directory, token.
type Place = (String, bool, String);

/// Most walks kept; the oldest goes first, and is begun anew should its page still be asked for.
const MAX_CURSORS: usize = 64;

impl Cursors {
    fn take(&mut self, place: &Place) -> Option<Walk> {
        let at = self.0.iter().position(|(kept, _)| kept == place)?;
        self.0.remove(at).map(|(_, walk)| walk)
    }

    fn keep(&mut self, place: Place, walk: Walk) {
        if self.0.len() == MAX_CURSORS {
            self.0.pop_front();
        }
        self.0.push_back((place, walk));
    }
}

/// One page of what the folder holds below `prefix`.
pub(in super::super) async fn list_page(
    folder: &Arc<Folder>,
    prefix: &str,
    by_directory: bool,
    token: Option<&str>,
) -> Result<Page, Reason> {
    let (folder, prefix, token) = (Arc::clone(folder), prefix.to_owned(), token.map(str::to_owned));
    let listing = move || page(&folder, &prefix, by_directory, token.as_deref());
    tokio::task::spawn_blocking(listing).await.map_err(|error| Reason::lost(&error))?
}

fn page(folder: &Folder, prefix: &str, by_directory: bool, token: Option<&str>) -> Result<Page, Reason> {
    if !folder.exists() {
        return Err(folder.missing());
    }
    let place = |token: &str| (prefix.to_owned(), by_directory, token.to_owned());
    // Walks are taken and kept whole, so a panic elsewhere leaves nothing half done.
    let cursors = || folder.cursors.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = token.and_then(|token| cursors().take(&place(token)));
    let walk = match kept {
        Some(walk) => Some(walk),
        None => Walk::start(folder.root(), prefix, by_directory, token)?,
    };
    let Some(mut walk) = walk else { return Ok(Page { requests: 1, ..Page::default() }) };
    let page = fill(&mut walk)?;
    if let Some(next) = &page.next {
        cursors().keep(place(next), walk);
    }
    Ok(page)
}

fn fill(walk: &mut Walk) -> Result<Page, Reason> {
    let mut page = Page { requests: 1, ..Page::default() };
    while let Some((name, entry)) = walk.next()? {
        match entry {
            Entry::Object(object) => page.objects.push(object),
            Entry::Odd(object, why) => page.unaddressable.push((object, why)),
            Entry::Directory(directory) => page.directories.push(directory),
        }
        if page.len() >= PAGE_SIZE && !walk.is_done() {
            // A name that is no text cannot be a token; the page then ends at the next one that is.
            if let Ok(token) = String::from_utf8(name) {
                page.next = Some(token);
                break;
            }
        }
    }
    Ok(page)
}
