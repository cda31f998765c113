//! What a process took.

use std::process::{Command, Stdio};
use std::time::Instant;

pub struct Figures {
    pub wall: f64,
    pub cpu: f64,
    pub peak_mib: f64,
}

/// Runs a command under GNU time, which reads the kernel's own account of the finished process.
pub fn measure(command: &mut Command) -> Figures {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%e %U %S %M"]).arg(command.get_program()).args(command.get_args());
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        timed.current_dir(folder);
    }
    let began = Instant::now();
    let done = timed.stdout(Stdio::null()).output().expect("GNU time (Debian's package `time`)");
    let wall = began.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let numbers: Vec<f64> =
        said.lines().last().unwrap_or_default().split(' ').filter_map(|number| number.parse().ok()).collect();
    Figures { wall, cpu: numbers[1] + numbers[2], peak_mib: numbers[3] / 1024.0 }
}

pub fn row(name: &str, figures: &Figures) {
    println!("{name:<17} wall {:7.2} s   cpu {:7.2} s   peak {:7.1} MiB", figures.wall, figures.cpu, figures.peak_mib);
}

/// The middle one; `None` of nothing.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
