//! What came of an action, carried to the page that is shown next, in its address.
//!
//! It is sealed with a secret of the reader's session, so that nobody can make a link that puts words of theirs into our pages.

use super::action::Action;
use super::frame::batch_at;
use super::query::Asking;
use crate::model::access::TokenDigest;
use crate::model::text::capital;
use crate::reports::words::say;
use crate::web::signature::Secret;
use crate::web::target::Target;

/// Most characters of a refusal: addresses have a bound.
const MOST: usize = 1_000;

/// A notice on a batch's page.
pub(super) struct Told {
    /// How grave it is.
    pub(super) class: &'static str,
    /// What came of it, in the reader's language.
    pub(super) words: &'static str,
    /// Why not, in the daemon's words.
    pub(super) why: Option<String>,
}

/// The page of a batch that tells what came of an action; `why`: it was refused.
pub(super) fn leading(batch: &str, action: Action, why: Option<&str>, csrf: &str) -> Target {
    let why = why.map(|why| why.chars().take(MOST).collect::<String>());
    let seal = seal(batch, action.as_str(), why.as_deref(), csrf);
    batch_at(batch).with("told", Some(action.as_str())).with("why", why.as_deref()).with("seal", Some(&seal))
}

/// What the address of a batch's page tells, if we have said so.
pub(super) fn told(asking: &Asking, batch: &str, csrf: &str) -> Option<Told> {
    let (action, why) = (Action::named(asking.text("told")?)?, asking.text("why"));
    let expected = seal(batch, action.as_str(), why, csrf);
    // Compared by digest, which takes the same time wherever they differ.
    if TokenDigest::of(asking.text("seal")?) != TokenDigest::of(&expected) {
        return None;
    }
    Some(match why {
        None => Told { class: "good", words: action.done(asking.language), why: None },
        Some(why) => {
            let why = format!("{}.", capital(why.trim_end_matches('.')));
            Told { class: "bad", words: say(asking.language, ("Not done.", "未执行。")), why: Some(why) }
        }
    })
}

fn seal(batch: &str, action: &str, why: Option<&str>, csrf: &str) -> String {
    // Neither a batch's number nor an action's word has a line feed.
    let text = format!("{batch}\n{action}\n{}", why.unwrap_or_default().trim());
    Secret::new(csrf.as_bytes().to_vec()).sign("told", text.as_bytes())
}
