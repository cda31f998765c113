//! One heap for all threads.
//!
//! glibc gives threads heaps of their own, up to eight for each core, and a heap keeps what was freed in it. The
//! ledger's pages are read by one thread and dropped by another, so that every heap comes to hold room for all of
//! them: a run of 100,000 documents takes 110 MiB instead of 70, a daemon with 10,000 specs 51 instead of 39.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// How glibc is told, in `mallopt(3)`: only at the start of a program. Parts of files come from the heap, up to 8 MiB of which
/// stay where they are when they are free: given back to the kernel each time, they would cost more than what is done with them.
const SETTINGS: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "8388608"), ("MALLOC_MMAP_THRESHOLD_", "8388608")];

/// glibc's other way of being told.
const TUNABLES: &str = "GLIBC_TUNABLES";

/// Begins the program anew, once, in the same process and with the same words, so that it has one heap. Does nothing
/// where the user has set glibc's allocator up, and goes on as it is where the program cannot be begun anew.
pub fn share() {
    let is_set = |name: &str| env::var_os(name).is_some();
    if !cfg!(all(target_os = "linux", target_env = "gnu")) || is_set(SETTINGS[0].0) || is_set(TUNABLES) {
        return;
    }
    let mut words = env::args_os();
    let (Some(name), Ok(program)) = (words.next(), env::current_exe()) else { return };
    // Returns only if it failed: then memory is all that is lost.
    let _ = Command::new(program).arg0(name).args(words).envs(SETTINGS).exec();
}
