//! What each part of the work on a file or a document costs by itself, on one core.
//!
//! ```sh
//! cargo bench --bench parts            # all of them
//! cargo bench --bench parts -- ledger  # those with this in their name
//! ```
//!
//! Files are those of the tests, specs those of the samples. Nothing is asserted.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

mod keys;
mod ledger;
mod looks;
mod report;
#[path = "../../tests/ledger/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

fn main() {
    divan::main();
}
