//! An S3 Inventory in place of a listing.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::project::{KEYS, Project, distinct};

fn hex_md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes an inventory of these keys as S3 does, in the source itself.
fn inventory(project: &Project, keys: &[&str], change: impl FnOnce(&mut Value)) {
    let folder = "inventories/2025-02-01T01-00Z/";
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    for key in keys {
        let path = project.path("src").join(key);
        let size = std::fs::metadata(&path).map_or(7, |meta| meta.len());
        // Of a folder, the time of the last change is what reads are pinned to.
        let modified = std::fs::metadata(&path).and_then(|meta| meta.modified()).unwrap_or(std::time::UNIX_EPOCH);
        let modified = jiff::Timestamp::try_from(modified).unwrap();
        writeln!(gzip, "\"old-archive\",\"{}\",\"{size}\",\"{modified}\",\"\"", key.replace(' ', "%20")).unwrap();
    }
    let data = gzip.finish().unwrap();
    project.put("inventories/data/part-1.csv.gz", &data);
    let mut manifest = json!({
        "sourceBucket": "old-archive", "destinationBucket": "arn:aws:s3:::old-archive", "version": "2016-11-30",
        "creationTimestamp": "1738371600000", "fileFormat": "CSV", "fileSchema": "Bucket, Key, Size, LastModifiedDate, ETag",
        "files": [{"key": "inventories/data/part-1.csv.gz", "size": data.len(), "MD5checksum": hex_md5(&data)}],
    });
    change(&mut manifest);
    let bytes = manifest.to_string();
    project.put(&format!("{folder}manifest.json"), bytes.as_bytes());
    project.put(&format!("{folder}manifest.checksum"), hex_md5(bytes.as_bytes()).as_bytes());
}

fn archive() -> (Project, Vec<String>) {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.put_document("2025/01/06", "IMG 2");
    project.put_document("2025/02/06", "IMG-3");
    project.put("ACME/voucher/late.txt", b"late");
    let mut keys: Vec<String> = project.objects("src").into_keys().collect();
    // What the inventory does not know is not there.
    let late = "ACME/voucher/2025/01/07/IMG-9/cover-1.png";
    project.put(late, &distinct(late));
    keys.retain(|key| key != late);
    (project, keys)
}

fn spec(project: &Project, inventory: &Value) {
    project.spec("batch", |spec| {
        spec["source"] = json!({"store": "src", "prefix": "ACME/", "inventory": inventory,
            "catalog": {"keys": KEYS.strip_prefix("{organization}/").unwrap()}});
    });
}

const MANIFEST: &str = "inventories/2025-02-01T01-00Z/manifest.json";

#[test]
fn an_inventory_is_listed_in_place_of_the_source() {
    let (project, keys) = archive();
    inventory(&project, &keys.iter().map(String::as_str).collect::<Vec<_>>(), |_| ());
    spec(&project, &json!({"manifest": MANIFEST}));
    project.run(&["run"]).exit(0);
    let documents = project.documents("batch");
    assert_eq!(documents.keys().collect::<Vec<_>>(), ["IMG 2", "IMG-1"]);
    assert!(documents.values().all(|status| status == "Migrated"), "{documents:?}");
    let events = project.run(&["audit", "export", "batch"]).exit(0);
    assert!(events.stdout.contains("inventory inventories/"), "{events:?}");
    assert_eq!(project.show("batch")["listed"]["requests"], 0);
}

#[test]
fn an_object_that_is_gone_since_the_inventory_fails_its_document() {
    let (project, keys) = archive();
    inventory(&project, &keys.iter().map(String::as_str).collect::<Vec<_>>(), |_| ());
    std::fs::remove_file(project.path("src/ACME/voucher/2025/01/05/IMG-1/cover-1.png")).unwrap();
    spec(&project, &json!({"manifest": MANIFEST}));
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch")["IMG-1"], "SourceMissing");
    assert_eq!(project.documents("batch")["IMG 2"], "Migrated");
}

#[test]
fn an_inventory_that_cannot_be_relied_on_is_refused_and_says_why() {
    let (project, keys) = archive();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let refused = |said: &str, spec_inventory: Value| {
        spec(&project, &spec_inventory);
        let done = project.run(&["plan", "jobs/batch.yaml"]).exit(1);
        assert!(done.stdout.contains("CatalogUnreadable") && done.stdout.contains(said), "{said}: {done:#?}");
    };
    inventory(&project, &keys, |_| ());
    refused("maxAge", json!({"manifest": MANIFEST, "maxAge": "48h"}));
    refused("no such object", json!({"manifest": "inventories/none/manifest.json"}));
    inventory(&project, &keys, |manifest| {
        manifest["fileFormat"] = json!("ORC");
    });
    refused("ORC", json!({"manifest": MANIFEST}));
    inventory(&project, &keys, |manifest| {
        manifest["fileSchema"] = json!("Bucket, Key, Size");
    });
    refused("LastModifiedDate", json!({"manifest": MANIFEST}));
    inventory(&project, &keys, |manifest| {
        manifest["files"][0]["MD5checksum"] = json!("0123456789abcdef0123456789abcdef");
    });
    refused("MD5", json!({"manifest": MANIFEST}));
    inventory(&project, &keys, |_| ());
    project.put("inventories/2025-02-01T01-00Z/manifest.checksum", b"0123456789abcdef0123456789abcdef");
    refused("MD5", json!({"manifest": MANIFEST}));
}
