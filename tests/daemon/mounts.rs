//! Programs that see file systems of their own: mounted over folders of the project for them alone.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

use crate::daemon::Daemon;
use crate::project::{Done, Project};

/// What is mounted in the project's folder, as lines of a shell, and what changes it later.
pub struct Mounts {
    pub at_first: &'static str,
    pub later: &'static str,
}

/// Changes the mounts of one daemon.
pub struct Lever(ChildStdin);

impl Lever {
    /// From now on what `later` says holds, or will in a moment.
    pub fn pull(mut self) {
        writeln!(self.0).unwrap();
    }
}

impl Mounts {
    /// Whether the kernel allows it here; says so where it does not.
    pub fn are_allowed(&self, project: &Project) -> bool {
        let tried = self.around(project, &["true"]).stdin(Stdio::null()).output();
        let refused = match &tried {
            Ok(done) if done.status.success() => return true,
            Ok(done) => String::from_utf8_lossy(&done.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        println!("skipped: no mounts of one's own here: {refused}");
        false
    }

    /// Starts a daemon under these mounts.
    pub fn serve(&self, project: &Project) -> (Daemon, Lever) {
        let mut command = self.around(project, &[env!("CARGO_BIN_EXE_batchferry"), "serve"]);
        command.stdin(Stdio::piped());
        let mut daemon = Daemon::of(command);
        let lever = Lever(daemon.take_stdin());
        (daemon, lever)
    }

    /// Runs the program under these mounts to its end.
    pub fn run(&self, project: &Project, words: &[&str]) -> Done {
        let words = [&[env!("CARGO_BIN_EXE_batchferry")], words].concat();
        Done::of(self.around(project, &words).stdin(Stdio::null()))
    }

    /// Runs lines of a shell under these mounts, with the program as `$0`.
    pub fn shell(&self, project: &Project, script: &str) -> Done {
        Done::of(self.around(project, &["sh", "-c", script, env!("CARGO_BIN_EXE_batchferry")]).stdin(Stdio::null()))
    }

    fn around(&self, project: &Project, words: &[&str]) -> Command {
        let Self { at_first, later } = self;
        // The program takes the shell's place, so that it is the process that signals reach.
        // Background commands of a shell read nothing unless told where from.
        let script =
            format!("set -e; {at_first}; exec 3<&0; {{ if read -r _ <&3; then {later}; fi; }} & exec \"$@\" <&- 3<&-");
        let program = project.command(&[]);
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"]).args(words);
        command.current_dir(project.path(""));
        for (name, value) in program.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command
    }
}

/// A folder of the project as a daemon sees it.
pub fn seen_by(daemon: &Daemon, folder: &Path) -> PathBuf {
    let inside = folder.strip_prefix("/").unwrap();
    PathBuf::from(format!("/proc/{}/root", daemon.id())).join(inside)
}
