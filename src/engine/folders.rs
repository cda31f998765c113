//! Folders that can be listed side by side, where nothing tells which of them matter.

use super::context::RunContext;
use super::document::Unfinished;
use super::page::list;
use crate::model::listing::Shard;

/// Prefixes wanted: as many as are listed at once.
const WANTED: usize = 16;
/// Levels looked into for them.
const LEVELS: usize = 4;
/// Folders of one level; where there are more, each is so small that its parent is better listed as a whole.
const MOST: usize = 256;

/// What lies below a prefix.
pub struct Folders {
    /// Prefixes of which what lies directly in them is to be recorded, and their folders are elsewhere in here.
    pub open: Vec<String>,
    /// Prefixes that are listed as a whole.
    pub shards: Vec<Shard>,
}

/// Divides everything below the source's prefix; records nothing.
///
/// # Errors
/// Why there is no answer.
pub async fn folders(context: &RunContext) -> Result<Folders, Unfinished> {
    let mut open = Vec::new();
    let mut shards = vec![Shard::all(context.setup.file.spec.source.prefix.clone())];
    for _ in 0..LEVELS {
        if shards.len() >= WANTED {
            break;
        }
        let mut next = Vec::new();
        let before = open.len();
        for shard in shards {
            match divided(context, &shard.prefix).await? {
                Some(folders) => {
                    open.push(shard.prefix);
                    next.extend(folders.into_iter().map(Shard::all));
                }
                None => next.push(shard),
            }
        }
        shards = next;
        if open.len() == before {
            break;
        }
    }
    Ok(Folders { open, shards })
}

/// The folders of a prefix; `None`: it is better listed as a whole.
async fn divided(context: &RunContext, prefix: &str) -> Result<Option<Vec<String>>, Unfinished> {
    // What cannot be listed is found again, and recorded, when it is listed as a whole.
    let Ok(page) = list(context, prefix, true, None).await? else { return Ok(None) };
    let few = page.next.is_none() && (1..=MOST).contains(&page.directories.len());
    Ok(few.then_some(page.directories))
}
