//! That a spec was written, told on the list of batches, where the batch is as soon as the daemon has taken the file in.

use crate::model::access::TokenDigest;
use crate::model::draft::WrittenSpec;
use crate::web::page::query::Asking;
use crate::web::signature::Secret;
use crate::web::target::Target;

/// The list, with the new batch alone. Sealed like what came of an action: nobody else makes a page of ours say this.
pub(super) fn leading(written: &WrittenSpec, csrf: &str) -> Target {
    let seal = seal(&written.file, csrf);
    Target::at("/")
        .with("q", Some(written.name.as_str()))
        .with("written", Some(&written.file))
        .with("seal", Some(&seal))
}

/// The file that the address of the list tells of, if we have said so.
pub(in crate::web::page) fn notice(asking: &Asking, csrf: Option<&str>) -> Option<String> {
    let file = asking.text("written")?;
    let expected = seal(file, csrf?);
    // Compared by digest, which takes the same time wherever they differ.
    (TokenDigest::of(asking.text("seal")?) == TokenDigest::of(&expected)).then(|| file.to_owned())
}

fn seal(file: &str, csrf: &str) -> String {
    Secret::new(csrf.as_bytes().to_vec()).sign("written", file.trim().as_bytes())
}
