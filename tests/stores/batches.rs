//! Whole batches between real servers of every kind: the same archive gives the same documents and bytes, pair by pair.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use batchferry::model::config::StoreConfig;
use batchferry::model::credentials::{Credentials, ServiceAccount};
use batchferry::model::ids::StoreName;
use batchferry::stores::{PutIf, Store};
use serde_json::{Value, json};

use super::emulators::{
    self, azure_config, azure_keys, google_before_seaweedfs, juicefs_config, need, s3_keys, seaweedfs_config,
};
use super::places::{all, keys, pinned, put_if};
use crate::support::Google;
use crate::support::google::KEY;

const IMAGE: &[u8] = include_bytes!("../data/images/phys-300.png");
const KEYS: &str = "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}";

/// Documents of two organizations, and one without its invoice.
fn archive() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (n, (organization, role)) in [
        ("ACME", "cover"),
        ("ACME", "invoice"),
        ("恒通 贸易", "cover"),
        ("恒通 贸易", "invoice"),
        ("Globex+1", "cover"),
    ]
    .into_iter()
    .enumerate()
    {
        let content = [IMAGE, &[u8::try_from(n).unwrap()]].concat();
        files.insert(format!("{organization}/voucher/2025/01/05/IMG-{organization}/{role}-1.png"), content);
    }
    files
}

/// A folder with a config and jobs, as an operator has it.
struct Desk {
    folder: tempfile::TempDir,
    stores: BTreeMap<String, (StoreConfig, Option<Credentials>)>,
    _google: Google,
}

impl Desk {
    async fn new(test: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (key, bytes) in archive() {
            let path = folder.path().join("archive").join(key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        emulators::azurite(test).await;
        let google = google_before_seaweedfs();
        std::fs::write(folder.path().join("google.json"), KEY).unwrap();
        let azure = json!({"accountName": azure_keys().account_name, "accountKey": azure_keys().account_key});
        std::fs::write(folder.path().join("azure.json"), azure.to_string()).unwrap();
        let prefixed = |config: StoreConfig, kind: &str| StoreConfig { prefix: format!("{test}/{kind}/"), ..config };
        let account = Credentials::Gcs(ServiceAccount { key: KEY.to_owned() });
        let stores = [
            ("azure", prefixed(azure_config(test), "azure"), Some(Credentials::Azure(azure_keys()))),
            ("google", prefixed(google.config(emulators::BUCKET), "google"), Some(account)),
            ("s3", prefixed(seaweedfs_config(""), "s3"), Some(Credentials::S3(s3_keys()))),
            ("juicefs", prefixed(juicefs_config(""), "juicefs"), Some(Credentials::S3(s3_keys()))),
        ];
        let stores = stores.map(|(name, config, credentials)| (name.to_owned(), (config, credentials)));
        let desk = Self { folder, stores: stores.into(), _google: google };
        desk.write_config();
        desk
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write_config(&self) {
        let credentials = |name: &str| match name {
            "azure" => json!({"file": "azure.json"}),
            "google" => json!({"file": "google.json"}),
            _ => json!({"env": "S3_"}),
        };
        let mut stores = json!({"folder": {"url": "file:archive"}});
        for (name, (config, _)) in &self.stores {
            stores[name] = serde_json::to_value(config).unwrap();
            stores[name]["credentials"] = credentials(name);
        }
        std::fs::create_dir_all(self.path().join("jobs")).unwrap();
        std::fs::write(self.path().join("batchferry.yaml"), json!({"stores": stores}).to_string()).unwrap();
    }

    fn spec(&self, name: &str, source: (&str, &str), target: (&str, &str)) {
        self.spec_by(name, source, target, &json!({"catalog": {"keys": KEYS}}));
    }

    /// The same with another catalog, or another way to list.
    fn spec_by(&self, name: &str, source: (&str, &str), target: (&str, &str), by: &Value) {
        let mut found = json!({"store": source.0, "prefix": source.1});
        found.as_object_mut().unwrap().extend(by.as_object().unwrap().clone());
        let spec = json!({"apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": name}, "spec": {
            "collected": {"from": "2025-01-01", "to": "2025-01-31", "timeZone": "Asia/Shanghai"},
            "source": found,
            "target": {"store": target.0, "prefix": target.1, "onConflict": "Fail", "metadata": {"image": "{imageNumber}"}},
            "filters": {"files": {"exclude": ["**/meta.xml"]}},
            "checks": {"requiredRoles": {"cover": 1, "invoice": 1}}}});
        std::fs::write(self.path().join(format!("jobs/{name}.yaml")), spec.to_string()).unwrap();
    }

    fn ask(&self, words: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batchferry"));
        for name in ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] {
            command.env(name, need(name));
        }
        let done = command.args(words).current_dir(self.path()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(matches!(done.status.code(), Some(0 | 1)), "{words:?}: {:?}\n{said}", done.status);
        said
    }

    /// Documents and their statuses.
    fn documents(&self, batch: &str) -> BTreeMap<String, String> {
        let rows: Value = serde_json::from_str(&self.ask(&["documents", batch, "-o", "json"])).unwrap();
        let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
        rows.as_array().unwrap().iter().map(|row| (text(row, "imageNumber"), text(row, "status"))).collect()
    }

    fn open(&self, name: &str) -> Store {
        let (config, credentials) = &self.stores[name];
        Store::open(&StoreName::new(name), config, credentials.clone()).unwrap()
    }
}

async fn contents(store: &Store, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for key in keys(&all(store, prefix).await) {
        let bytes = store.get(key, &pinned(store, key).await).await.unwrap().bytes;
        found.insert(key.strip_prefix(prefix).unwrap().to_owned(), bytes.to_vec());
    }
    found
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the servers"]
async fn every_pair_of_kinds_gives_the_same_documents_and_bytes() {
    let desk = Desk::new("pairs").await;
    let kinds = ["azure", "google", "s3", "juicefs"];
    for kind in kinds {
        desk.spec(&format!("load-{kind}"), ("folder", ""), (kind, "loaded/"));
    }
    desk.ask(&["run"]);
    let expected = desk.documents("load-azure");
    assert_eq!(expected.values().filter(|status| *status == "Migrated").count(), 2, "{expected:?}");
    let loaded = contents(&desk.open("azure"), "loaded/").await;
    let whole: BTreeMap<_, _> = archive().into_iter().filter(|(key, _)| !key.starts_with("Globex")).collect();
    assert_eq!(loaded, whole);
    for kind in ["azure", "google", "s3"] {
        let store = desk.open(kind);
        for key in keys(&all(&store, "loaded/恒").await) {
            let carried = store.get(key, &pinned(&store, key).await).await.unwrap().carried;
            // A header is ASCII, so the name is written as an encoded word.
            assert_eq!(carried.metadata["image"], "=?UTF-8?B?SU1HLeaBkumAmiDotLjmmJM=?=", "{kind} {key}");
        }
    }
    for source in kinds {
        for target in kinds {
            desk.spec(&format!("{source}-{target}"), (source, "loaded/"), (target, &format!("from-{source}/")));
        }
    }
    desk.ask(&["run"]);
    for source in kinds {
        assert_eq!(desk.documents(&format!("load-{source}")), expected, "{source}");
        for target in kinds {
            let documents = desk.documents(&format!("{source}-{target}"));
            let migrated = documents.values().filter(|status| *status == "Migrated").count();
            assert_eq!((documents.len(), migrated), (2, 2), "{source} to {target}: {documents:?}");
            let found = contents(&desk.open(target), &format!("from-{source}/")).await;
            assert_eq!(found, whole, "{source} to {target}");
        }
    }
}

/// JuiceFS's gateway ignores conditions on writes; nothing is declared of it, so batchferry looks first.
#[tokio::test]
#[ignore = "tests/clouds.sh starts the servers"]
async fn a_store_that_ignores_conditions_is_never_overwritten() {
    let desk = Desk::new("conflict").await;
    let store = desk.open("juicefs");
    let key = "in/ACME/voucher/2025/01/05/IMG-ACME/cover-1.png";
    put_if(&store, key, b"something else", PutIf::Any).await;
    desk.spec("conflict", ("folder", ""), ("juicefs", "in/"));
    let said = desk.ask(&["run"]);
    assert!(said.contains("Conflict"), "{said}");
    assert_eq!(contents(&store, key).await[""], b"something else");
    assert_eq!(desk.documents("conflict")["IMG-ACME"], "Failed");
}

/// What each document of the archive is, by its folder.
fn documents() -> BTreeMap<String, String> {
    let folder = |key: &String| key.rsplit_once('/').unwrap().0.to_owned();
    archive().keys().map(|key| (folder(key), key.split('/').next().unwrap().to_owned())).collect()
}

/// The catalogs besides keys alone, each telling what keys tell: a table of files, one of documents, sidecars, and keys in
/// an inventory. Whatever they need is written into the source store, below `meta/` or beside the documents.
async fn other_catalogs(store: &Store, own_prefix: &str) -> BTreeMap<&'static str, Value> {
    let put = async |key: &str, bytes: &[u8]| put_if(store, key, bytes, PutIf::Any).await;
    let (mut files, mut lines) = ("path,image,org,day,kind,page\n".to_owned(), String::new());
    for object in &all(store, "loaded/").await.objects {
        let key = object.key.strip_prefix("loaded/").unwrap();
        let organization = key.split('/').next().unwrap();
        let role = key.rsplit(['/', '-']).nth(1).unwrap();
        files += &format!("\"{key}\",IMG-{organization},{organization},20250105,{role},1\n");
        let (etag, coded) =
            (object.etag.as_deref().unwrap_or_default(), percent(&format!("{own_prefix}{}", object.key)));
        let (size, modified) = (object.size, object.modified);
        lines += &format!("\"bucket\",\"{coded}\",\"{size}\",\"{modified}\",\"{}\"\n", etag.trim_matches('"'));
    }
    let mut folders = String::new();
    for (folder, organization) in documents() {
        let image = format!("IMG-{organization}");
        let row = json!({"at": format!("{folder}/"), "image": image, "org": organization, "day": "2025-01-05"});
        folders += &format!("{row}\n");
        let sidecar = format!("<Record no=\"{image}\"><Org>{organization}</Org><Day>2025-01-05</Day></Record>");
        put(&format!("loaded/{folder}/meta.xml"), sidecar.as_bytes()).await;
    }
    put("meta/files.csv", files.as_bytes()).await;
    put("meta/folders.jsonl.gz", &gzip(folders.as_bytes())).await;
    let data = gzip(lines.as_bytes());
    put("meta/data.csv.gz", &data).await;
    let data_key = format!("{own_prefix}meta/data.csv.gz");
    let manifest = json!({
        "sourceBucket": emulators::BUCKET, "creationTimestamp": "1738371600000", "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, LastModifiedDate, ETag",
        "files": [{"key": data_key, "size": data.len(), "MD5checksum": md5(&data)}]
    });
    let manifest = manifest.to_string();
    put("meta/manifest.json", manifest.as_bytes()).await;
    put("meta/manifest.checksum", md5(manifest.as_bytes()).as_bytes()).await;
    catalogs()
}

fn catalogs() -> BTreeMap<&'static str, Value> {
    let roles = json!({"cover": ["cover*"], "invoice": ["invoice*"]});
    let fields = |image: &str, org: &str, day: Value| json!({"imageNumber": image, "organization": org, "documentType": {"constant": "voucher"}, "collected": day});
    let with = |mut columns: Value, more: Value| {
        columns.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        columns
    };
    let of_files = with(
        fields("image", "org", json!({"column": "day", "format": "%Y%m%d"})),
        json!({"key": "path", "role": "kind", "sequence": "page"}),
    );
    let of_folders = with(fields("image", "org", json!("day")), json!({"directory": "at"}));
    let of_sidecars = fields("Record.@no", "Record.Org", json!("Record.Day"));
    let files = json!({"object": "meta/files.csv", "columns": of_files});
    let folders = json!({"object": "meta/folders.jsonl.gz", "columns": of_folders});
    [
        ("files", json!({"catalog": {"index": files}})),
        ("folders", json!({"catalog": {"roles": roles, "index": folders}})),
        ("sidecars", json!({"catalog": {"roles": roles, "sidecar": {"files": ["meta.xml"], "fields": of_sidecars}}})),
        ("inventory", json!({"catalog": {"keys": KEYS}, "inventory": {"manifest": "meta/manifest.json"}})),
    ]
    .into()
}

fn percent(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    key.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn md5(bytes: &[u8]) -> String {
    use md5::Digest as _;
    md5::Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the servers"]
async fn every_catalog_on_every_pair_of_kinds_gives_the_same_documents_and_bytes() {
    let desk = Desk::new("catalogs").await;
    let kinds = ["azure", "google", "s3", "juicefs"];
    for kind in kinds {
        desk.spec(&format!("load-{kind}"), ("folder", ""), (kind, "loaded/"));
    }
    desk.ask(&["run"]);
    let whole: BTreeMap<_, _> = archive().into_iter().filter(|(key, _)| !key.starts_with("Globex")).collect();
    let mut batches = Vec::new();
    for source in kinds {
        // A document without its invoice, so that something fails too.
        let lacking = archive().into_iter().find(|(key, _)| key.starts_with("Globex")).unwrap();
        put_if(&desk.open(source), &format!("loaded/{}", lacking.0), &lacking.1, PutIf::Any).await;
        for (catalog, by) in other_catalogs(&desk.open(source), &desk.stores[source].0.prefix).await {
            for target in kinds {
                let name = format!("{source}-{catalog}-{target}");
                let to = format!("{catalog}-of-{source}/");
                desk.spec_by(&name, (source, "loaded/"), (target, &to), &by);
                batches.push((name, target, to));
            }
        }
    }
    desk.ask(&["run"]);
    let expected = desk.documents("load-azure");
    for (name, target, to) in batches {
        assert_eq!(desk.documents(&name), expected, "{name}");
        assert_eq!(contents(&desk.open(target), &to).await, whole, "{name}");
    }
}
