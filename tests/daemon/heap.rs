//! The long-running commands have one heap, unless the user has decided otherwise.

use std::fs;

use crate::daemon::Daemon;
use crate::project::Project;

fn setting(daemon: &Daemon, name: &str) -> Option<String> {
    let environment = fs::read_to_string(format!("/proc/{}/environ", daemon.id())).unwrap();
    environment.split('\0').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_daemon_has_one_heap_and_keeps_its_process() {
    let daemon = Daemon::start(&Project::local());
    assert_eq!(setting(&daemon, "MALLOC_ARENA_MAX").as_deref(), Some("1"));
    let name = fs::read_to_string(format!("/proc/{}/comm", daemon.id())).unwrap();
    assert_eq!(name.trim(), "batchferry");
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn what_the_user_has_set_stays() {
    let project = Project::local();
    for variable in [("MALLOC_ARENA_MAX", "4"), ("GLIBC_TUNABLES", "glibc.malloc.arena_max=4")] {
        let mut daemon = Daemon::spawn_with(&project, &[variable]);
        daemon.logs("ready");
        assert_eq!(setting(&daemon, variable.0).as_deref(), Some(variable.1));
        assert_eq!(setting(&daemon, "MALLOC_TRIM_THRESHOLD_"), None);
        assert_eq!(daemon.stop(), Some(0));
    }
}
