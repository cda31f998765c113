//! Configs that are wrong.

use std::fs;
use std::path::Path;

use batchferry::specs::{LoadedConfig, load_config};
use serde_json::json;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

fn load(text: &str) -> Result<LoadedConfig, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("batchferry.yaml");
    fs::write(&path, text).unwrap();
    load_config(Some(&path)).map_err(|error| format!("{error}\n{error:?}"))
}

#[track_caller]
fn refused(text: &str) -> String {
    load(text).expect_err(text)
}

#[test]
fn a_secret_where_none_belongs_is_not_repeated() {
    for value in [
        format!("credentials: {KEY}"),
        format!("credentials:\n      {KEY}"),
        format!("credentials: [{KEY}]"),
        format!("credentials: {{env: [{KEY}]}}"),
        format!("credentials: {{secretAccessKey: {KEY}}}"),
        format!("credentials:\n      secretAccessKey: {KEY}"),
    ] {
        let said = refused(&format!("stores:\n  src:\n    url: s3://b\n    {value}\n"));
        assert!(said.contains("credentials") && !said.contains(KEY), "{value}: {said}");
    }
    let alias = format!("instance: &key {KEY}\nstores: {{src: {{url: 's3://b', credentials: *key}}}}\n");
    let said = refused(&alias);
    assert!(!said.contains(KEY), "{said}");
}

#[test]
fn an_instance_is_fit_for_a_batch_number() {
    let config = |instance: &str| json!({"instance": instance, "stores": {}}).to_string();
    assert!(load(&config("EU-1")).is_ok());
    for instance in ["", "a b", "a/b", "发票", "a\nb"] {
        let said = refused(&config(instance));
        assert!(said.contains("letters, digits and '-'"), "{said}");
    }
}

#[test]
fn options_that_a_kind_of_store_does_not_have_are_refused() {
    for (store, says) in [
        ("url: 'az://scans', region: eu", "an Azure store has no region"),
        ("url: 'az://scans', addressing: path", "an Azure store has no other addressing"),
        ("url: 'gs://scans', checksum: sha256", "a Google Cloud store verifies no SHA-256"),
        ("url: 'https://h/scans', endpoint: 'https://i'", "an HTTP store is only read from"),
        ("url: 'https://h/scans', serverSideCopy: true", "it has no serverSideCopy"),
        ("url: 'gs://scans', serverSideCopy: true", "is not asked to copy"),
        ("url: 'https://h/scans', conditionalPut: true", "it has no conditionalPut"),
    ] {
        let said = refused(&format!("stores: {{src: {{{store}}}}}"));
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn no_request_is_given_no_time_at_all() {
    let said = refused("stores: {src: {url: 'file:src', requestTimeout: 0s}}");
    assert!(said.contains("requestTimeout") && said.contains("within 0s"), "{said}");
}

#[test]
fn a_scanner_that_cannot_be_asked_is_told_with_its_place() {
    let scanner = |config: &str| load(&format!("stores: {{}}\nscanners:\n  av: {config}\n"));
    for good in ["{command: [clamscan, '-']}", "{clamd: 'unix:/run/clamd', timeout: 5s}", "{clamd: 'av.example:3310'}"]
    {
        assert!(scanner(good).is_ok(), "{good}");
    }
    for (wrong, place, why) in [
        ("{}", ":3:7: ", "needs a way of asking it; write `command: [program]`"),
        ("{command: [clamscan], clamd: 'unix:/run/clamd'}", ":3:36: ", "either a command or clamd; remove one"),
        ("{command: []}", ":3:17: ", "no program to start; name one"),
        ("{command: ['']}", ":3:17: ", "no program to start; name one"),
        ("{command: clamscan}", ":3:17: ", "expected a list"),
        ("{clamd: 'unix:run/clamd'}", ":3:15: ", "no address of clamd; write `unix:/path` or `host:port`"),
        ("{clamd: clamd}", ":3:15: ", "no address of clamd"),
        ("{clamd: 'av:3310', timeout: 0s}", ":3:35: ", "no scanner answers within 0s"),
        ("{clamd: 'av:3310', timeout: soon}", ":3:35: ", "soon"),
        ("{icap: 'av:1344'}", ":3:8: ", "unknown field \"icap\""),
    ] {
        let said = scanner(wrong).expect_err(wrong);
        assert!(said.contains(place) && said.contains(why), "{wrong}: {said}");
    }
}

#[test]
fn a_policy_that_could_never_be_met_is_told_with_its_place() {
    let policy = |policy: &str| {
        load(&format!("stores: {{dst: {{url: 'file:dst'}}, src: {{url: 'file:src'}}}}\npolicies:\n  - {policy}\n"))
    };
    for good in [
        "{specs: '**'}",
        "{specs: 'a/*.yaml', read: [{store: src}], write: [{store: dst, prefix: x/}], overwrite: true}",
    ] {
        assert!(policy(good).is_ok(), "{good}: {:?}", policy(good));
    }
    assert!(load("stores: {}\npolicies: []\n").is_ok());
    for (wrong, place, why) in [
        ("{specs: 'a/[b'}", ":3:13: ", "unclosed character class"),
        ("{specs: /a}", ":3:13: ", "begin below the jobs directory"),
        (
            "{specs: a, read: [{store: srd}]}",
            ":3:31: ",
            "store \"srd\" is not in the config, which names: dst, src; write `src`",
        ),
        ("{specs: a, read: [{store: src, prefix: ../x}]}", ":3:44: ", "do not stand for folders"),
        ("{specs: a, write: [{store: src, prefix: /x}]}", ":3:45: ", "no empty parts"),
        ("{specs: a, overwrite: true}", ":3:27: ", "nothing may be written"),
        ("{specs: a, delete: []}", ":3:16: ", "unknown field \"delete\""),
        ("{read: []}", ":3:6: ", "specs"),
    ] {
        let said = policy(wrong).expect_err(wrong);
        assert!(said.contains(place) && said.contains(why), "{wrong}: {said}");
    }
}

#[test]
fn a_limit_is_a_limit_in_any_notation() {
    for number in ["0xFFFFFFFF", "0o7777777", "100000"] {
        let said = refused(&format!("stores: {{}}\nlimits: {{concurrency: {number}}}\n"));
        assert!(said.contains("expected 4096 or less"), "{said}");
    }
}

#[test]
fn urls_of_folders_are_decoded_and_name_no_other_host() {
    let url = |url: &str| {
        let config = load(&json!({"stores": {"src": {"url": url}}}).to_string())?.config;
        Ok::<_, String>(config.stores.values().next().unwrap().url.clone())
    };
    assert_eq!(url("file:///srv/my%20archive").unwrap(), "file:///srv/my archive");
    assert_eq!(url("file://localhost/srv/a%25b").unwrap(), "file:///srv/a%25b");
    assert_eq!(url("FILE:///srv/x/../a").unwrap(), "file:///srv/a");
    let relative = url("file:my%20archive").unwrap();
    assert!(relative.starts_with("file:///") && relative.ends_with("/my archive"), "{relative}");
    assert!(Path::new(relative.strip_prefix("file://").unwrap()).is_absolute());
    for (wrong, why) in [
        ("file://nas/srv", "another host"),
        ("file://srv", "another host"),
        ("file:50%", "percent-encoding"),
        ("file:", "percent-encoding"),
    ] {
        let said = url(wrong).unwrap_err();
        assert!(said.contains(why), "{wrong}: {said}");
    }
}

#[test]
fn who_has_access_has_a_name_of_their_own() {
    let access = |entries: &str| load(&format!("stores: {{}}\naccess:\n  - {entries}\n"));
    assert!(load("stores: {}\naccess: []\n").is_ok());
    for good in
        ["{name: ana, role: viewer, tokenFile: t}", "{name: ana.b-c_1@example.org, role: operator, tokenFile: /t}"]
    {
        assert!(access(good).is_ok(), "{good}: {:?}", access(good));
    }
    let two = "{name: ana, role: viewer, tokenFile: t}\n  - {name: ana, role: operator, tokenFile: u}";
    for (wrong, place, why) in [
        ("{name: '', role: viewer, tokenFile: t}", ":3:12: ", "1 to 64 letters"),
        ("{name: ana (by token), role: viewer, tokenFile: t}", ":3:12: ", "letters, digits and `-_.@`"),
        (two, ":4:12: ", "\"ana\" is named above"),
        ("{name: ana, role: admin, tokenFile: t}", ":3:23: ", "admin"),
        ("{name: ana, role: viewer}", ":3:6: ", "tokenFile"),
        ("{name: ana, role: viewer, tokenFile: t, token: abc}", ":3:45: ", "unknown field \"token\""),
    ] {
        let said = access(wrong).expect_err(wrong);
        assert!(said.contains(place) && said.contains(why), "{wrong}: {said}");
    }
    let secret =
        access(&format!("{{name: ana, role: viewer, tokenFile: t, token: {KEY}}}")).expect_err("unknown field");
    assert!(!secret.contains(KEY), "{secret}");
}

#[test]
fn files_of_tokens_lie_beside_the_config_unless_they_are_absolute() {
    let config =
        load("stores: {}\naccess: [{name: a, role: viewer, tokenFile: t}, {name: b, role: viewer, tokenFile: /t}]");
    let config = config.unwrap();
    let files: Vec<_> = config.config.access.unwrap().into_iter().map(|entry| entry.token_file).collect();
    assert_eq!(files, [config.path.parent().unwrap().join("t"), "/t".into()]);
}
