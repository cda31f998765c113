//! The end of a server's threads.

use std::time::Duration;

use tokio::runtime::Runtime;

/// Ends a runtime and waits for its threads. Left to themselves they would be detached while they end: glibc's
/// `pthread_detach` then reads a record that the ending thread may have unmapped, and once in hundreds of runs the process
/// died of it. On a thread of its own, because a test may be async itself.
pub fn end(runtime: Runtime) {
    let ending = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(10)));
    // It has no way to panic.
    ending.join().expect("the runtime ends");
}
