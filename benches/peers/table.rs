//! Several runs of several clients, side by side.

use crate::client::Client;
use crate::measure::{Figures, median};

/// What one run took, and the requests that reached each server meanwhile.
pub struct Run {
    pub client: Client,
    pub figures: Figures,
    pub requests: [u64; 2],
}

/// One figure of each run.
type Pick = fn(&Run) -> f64;

const WALL: Pick = |run| run.figures.wall;
const CPU: Pick = |run| run.figures.cpu;
const PEAK: Pick = |run| run.figures.peak_mib;

/// Prints the runs of one kind of work, and what batchferry took against the best of the others.
pub fn print(work: &str, files: usize, runs: &[Run]) {
    println!("\n{work}");
    println!("| client | wall s | client CPU s | peak MiB | requests to the source | to the target |");
    println!("|---|---|---|---|---|---|");
    let mut clients: Vec<Client> = Vec::new();
    for run in runs {
        if !clients.contains(&run.client) {
            clients.push(run.client);
        }
    }
    for client in &clients {
        let of = |pick: Pick| spread(runs, *client, pick);
        let requests = |server: usize| {
            let counts = runs.iter().filter(|run| run.client == *client).map(|run| run.requests[server]);
            let count = counts.max().unwrap_or_default();
            if files == 0 { count.to_string() } else { format!("{count} ({:.2} a file)", ratio(count, files)) }
        };
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            client.name(),
            of(WALL),
            of(CPU),
            of(PEAK),
            requests(0),
            requests(1)
        );
    }
    let others: Vec<Client> =
        clients.iter().copied().filter(|client| !matches!(client, Client::Batchferry | Client::Bare)).collect();
    compare("the best of the others", runs, &others);
    if clients.contains(&Client::Bare) {
        compare("the bare loop", runs, &[Client::Bare]);
    }
}

fn ratio(count: u64, files: usize) -> f64 {
    let exact = |n: u64| u32::try_from(n).map_or(f64::INFINITY, f64::from);
    exact(count) / exact(files as u64)
}

fn middle(runs: &[Run], client: Client, pick: Pick) -> Option<f64> {
    median(runs.iter().filter(|run| run.client == client).map(pick).collect())
}

fn spread(runs: &[Run], client: Client, pick: Pick) -> String {
    let mut values: Vec<f64> = runs.iter().filter(|run| run.client == client).map(pick).collect();
    values.sort_by(f64::total_cmp);
    match (values.first(), middle(runs, client, pick), values.last()) {
        (Some(least), Some(middle), Some(most)) => format!("{middle:.2} ({least:.2} to {most:.2})"),
        _ => "–".to_owned(),
    }
}

/// The ratio of medians; for each figure the best of `others` by that figure.
fn compare(whom: &str, runs: &[Run], others: &[Client]) {
    let against = |what: &str, pick: Pick| {
        let ours = middle(runs, Client::Batchferry, pick)?;
        let best = others.iter().filter_map(|other| middle(runs, *other, pick)).min_by(f64::total_cmp)?;
        Some(format!("{what} {:.2} ×", ours / best))
    };
    let told: Vec<String> =
        [against("wall", WALL), against("CPU", CPU), against("peak memory", PEAK)].into_iter().flatten().collect();
    println!("batchferry to {whom}: {}", told.join(", "));
}
