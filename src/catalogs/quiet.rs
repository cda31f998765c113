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
    use super::*;

    #[test]
    fn a_panic_is_caught_and_only_while_it_may_come_is_the_thread_quiet() {
        assert_eq!(quietly(|| IS_QUIET.get()), Some(true));
        assert!(!IS_QUIET.get());
        let nested = quietly(|| {
            assert_eq!(quietly(|| -> u8 { panic!("expected") }), None);
            IS_QUIET.get()
        });
        assert_eq!(nested, Some(true), "the inner one leaves the outer one as it was");
        assert!(!IS_QUIET.get(), "also after a panic");
        let other = std::thread::scope(|scope| quietly(|| scope.spawn(|| IS_QUIET.get()).join().unwrap()));
        assert_eq!(other, Some(false), "no other thread is");
    }
}
