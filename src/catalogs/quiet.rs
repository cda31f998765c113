//! Panics of a decoder that are expected, and told as errors: nobody is to see them on stderr.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// What `work` gives; `None` if it panics, of which nothing is printed. Panics of other threads are, as ever.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    // There is one hook for all threads, so it stays in place and looks at which of them it is.
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                print(info);
            }
        }));
    });
    let before = IS_QUIET.replace(true);
    // What the closure could leave half done is dropped with it.
    let caught = panic::catch_unwind(AssertUnwindSafe(work));
    IS_QUIET.set(before);
    caught.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_panic_is_caught_and_seen_by_nobody_and_all_others_are_seen() {
        static SEEN: AtomicUsize = AtomicUsize::new(0);
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload_as_str() == Some("counted") {
                SEEN.fetch_add(1, Ordering::SeqCst);
            } else {
                before(info);
            }
        }));
        assert_eq!(quietly(|| 1), Some(1));
        assert_eq!(quietly(|| -> u8 { panic!("counted") }), None);
        assert_eq!(SEEN.load(Ordering::SeqCst), 0);
        assert!(panic::catch_unwind(|| panic!("counted")).is_err());
        assert_eq!(SEEN.load(Ordering::SeqCst), 1);
    }
}
