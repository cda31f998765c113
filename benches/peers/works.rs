//! The kinds of work, each done by every client in turn.

use std::path::Path;
use std::process::Command;

use tokio::runtime::Runtime;

use crate::client::{Client, Way};
use crate::measure::{measure, row};
use crate::table::{self, Run};
use crate::tools::Tools;
use crate::{bucket, corpus, requests, setting};

const SMALL: usize = 40 << 10;
const LARGE: usize = 16 << 20;

/// Everything that the settings ask for.
pub fn all(runtime: &Runtime, tools: &Tools, folder: &Path) {
    let small = setting("PEERS_SMALL", 20_000);
    if small > 0 {
        runtime.block_on(corpus::fill("small", small, SMALL));
        moved(tools, folder, "small", small, &format!("{small} files of 40 KiB, from one server to the other"));
        bucket::remove(0, "small");
    }
    let large = setting("PEERS_LARGE", 100);
    if large > 0 {
        runtime.block_on(corpus::fill("large", large, LARGE));
        moved(tools, folder, "large", large, &format!("{large} files of 16 MiB, from one server to the other"));
        bucket::remove(0, "large");
    }
    let objects = setting("PEERS_OBJECTS", 1_000_000);
    if objects > 0 {
        runtime.block_on(corpus::fill("many", objects, 1));
        chosen(tools, folder, objects);
        listed(tools, folder, objects);
        bucket::remove(0, "many");
    }
}

fn rounds() -> usize {
    setting("PEERS_ROUNDS", 3)
}

/// Runs a command, and counts what reaches the servers meanwhile.
fn run(client: Client, command: &mut Command) -> Run {
    let before = requests::answered();
    let figures = measure(command);
    let after = requests::answered();
    let requests = [0, 1].map(|server| after[server].saturating_sub(before[server]));
    row(client.name(), &figures);
    Run { client, figures, requests }
}

/// Every client in turn, from another one in each round: none is always the one after a cold start.
fn turns(tools: &Tools, round: usize) -> Vec<Client> {
    let mut clients = Client::all(tools);
    let by = round % clients.len();
    clients.rotate_left(by);
    clients
}

/// Makes a bucket and a folder for one client's turn, and removes both.
fn in_turn(folder: &Path, from: &str, client: Client, round: usize, work: impl FnOnce(&Way)) {
    let name = client.name().replace([',', ' '], "");
    let (to, own) = (format!("{from}-{name}-{round}"), folder.join(format!("{from}-{name}-{round}")));
    bucket::make(1, &to);
    corpus::warm(&to);
    std::fs::create_dir_all(&own).expect("a folder");
    work(&Way { from, to: &to, folder: &own });
    bucket::remove(1, &to);
    std::fs::remove_dir_all(&own).expect("a folder");
}

/// Moves a corpus, and then once more.
fn moved(tools: &Tools, folder: &Path, from: &str, files: usize, work: &str) {
    println!("\n{work}:");
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for round in 0..rounds() {
        for client in turns(tools, round) {
            in_turn(folder, from, client, round, |way| {
                first.push(run(client, &mut client.copy(tools, way)));
                again.extend(client.again(tools, way).map(|mut command| run(client, &mut command)));
            });
        }
    }
    table::print(work, files, &first);
    table::print(&format!("The same {files} files once more, with everything in place"), 0, &again);
}

/// Takes one day out of many objects.
fn chosen(tools: &Tools, folder: &Path, objects: usize) {
    let work = format!("One day out of {objects} objects");
    println!("\n{work}:");
    let mut runs = Vec::new();
    for round in 0..rounds() {
        for client in turns(tools, round) {
            in_turn(folder, "many", client, round, |way| {
                runs.extend(client.one_day(tools, way).map(|mut command| run(client, &mut command)));
            });
        }
    }
    table::print(&work, 0, &runs);
}

/// Lists them all.
fn listed(tools: &Tools, folder: &Path, objects: usize) {
    let work = format!("A listing of {objects} objects");
    println!("\n{work}:");
    let mut runs = Vec::new();
    for round in 0..rounds() {
        for client in turns(tools, round) {
            in_turn(folder, "many", client, round, |way| {
                runs.extend(client.list(tools, way).map(|mut command| run(client, &mut command)));
            });
        }
    }
    table::print(&work, 0, &runs);
}
