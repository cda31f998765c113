//! A plan of one day out of an index, by the program itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::measure::measure;

/// Objects and rows of the day that is planned.
const IN_SCOPE: u32 = 1000;
/// A sound scan.
const PNG: &[u8] = include_bytes!("../../tests/data/images/phys-300.png");

/// Plans a day of a table that lies beside the spec.
pub fn plan(name: &str, table: &[u8], rows: u32) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["jobs", "src", "dst"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("jobs").join(name), table).unwrap();
    for number in 0..IN_SCOPE {
        put(&folder.path().join("src").join(crate::key(number)));
    }
    let columns: serde_json::Value = serde_json::from_str(crate::COLUMNS).unwrap();
    let spec = json!({
        "apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": "day"},
        "spec": {
            "collected": {"from": "2024-10-04", "to": "2024-10-04", "timeZone": "Asia/Shanghai"},
            "source": {"store": "src", "catalog": {"index": {"file": name, "columns": columns}}},
            "target": {"store": "dst"},
        }
    });
    fs::write(folder.path().join("jobs/day.yaml"), spec.to_string()).unwrap();
    let config = json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}});
    fs::write(folder.path().join("batchferry.yaml"), config.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchferry"));
    let figures = measure(command.args(["plan", "jobs/day.yaml"]).current_dir(folder.path()));
    println!(
        "plan of {IN_SCOPE} out of {name}: {:.2} s, {:.0} rows/s of wall, {:.0} rows/s of CPU, peak {:.0} MiB",
        figures.wall,
        f64::from(rows) / figures.wall,
        f64::from(rows) / figures.cpu,
        figures.peak_mib
    );
}

fn put(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, [PNG, path.to_string_lossy().as_bytes()].concat()).unwrap();
}
