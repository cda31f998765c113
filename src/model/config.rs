//! The operator's side: stores, limits and places. Never in the jobs directory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::AccessRole;
use super::ids::StoreName;
use super::policy::Policy;
use super::units::{Rate, Size, Span};

/// `batchferry.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Where the specs are.
    #[serde(default = "default_jobs")]
    pub jobs: PathBuf,
    /// Where the ledger is. Never on NFS, never inside `jobs`.
    #[serde(default = "default_state")]
    pub state: PathBuf,
    /// Put before batch numbers, where several installations share an archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The stores that specs may name.
    pub stores: BTreeMap<StoreName, StoreConfig>,
    /// What specs may do with the stores. Absent: everything; once present, what none of them allows is denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<Policy>>,
    /// The virus scanners that specs may name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scanners: BTreeMap<String, ScannerConfig>,
    /// Bounds for all batches together.
    #[serde(default)]
    pub limits: Limits,
    /// Where reports go and in which languages.
    #[serde(default)]
    pub reports: Reports,
    /// How the daemon looks through the jobs directory.
    #[serde(default)]
    pub watch: Watch,
    /// Who may use the daemon's socket.
    #[serde(default)]
    pub control: Control,
    /// Where the daemon answers `/livez`, `/readyz` and `/metrics`, and shows its pages and the API as far as `access` says;
    /// absent: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<core::net::SocketAddr>,
    /// Who may use the API at `listen`, each by a token of their own. Absent: anyone may read there if `listen` is a loopback
    /// address, and nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Vec<AccessConfig>>,
    /// Operators may write new specs into `jobs`, from the page of a new batch and by the API; nobody may change or remove one
    /// there. Not for a directory that a checkout or a deployment writes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_spec_writes: bool,
    /// Longest time from SIGTERM to the daemon's end; documents in flight that take longer stay pending.
    #[serde(default = "default_shutdown")]
    pub shutdown: Span,
    /// Who is told of the start and the end of each batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
}

fn default_shutdown() -> Span {
    Span(Duration::from_secs(30))
}

/// How the daemon looks through the jobs directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Watch {
    /// How often, whatever the system says of changes.
    pub rescan: Span,
    /// How long a file must stay the same before it is acted on.
    pub settle: Span,
}

impl Default for Watch {
    fn default() -> Self {
        Self { rescan: Span(Duration::from_secs(30)), settle: Span(Duration::from_secs(2)) }
    }
}

/// Who may use the daemon's socket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Control {
    /// The socket's group; absent: that of the daemon.
    pub group: Option<String>,
}

/// Someone who may use the API at `listen`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessConfig {
    /// By this name the audit log knows them: letters, digits and `-_.@`.
    pub name: String,
    /// What they may do: a viewer reads, an operator also commands.
    pub role: AccessRole,
    /// The file with their token: at least 32 characters that cannot be guessed, readable by the daemon and not by everyone.
    pub token_file: PathBuf,
}

/// Who is told of the start and the end of each batch, by an HTTP POST.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notify {
    /// Where to.
    pub url: String,
    /// Where the key of the signature is; absent: not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretFrom>,
}

/// Where a secret is read from; the config itself never holds any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretFrom {
    /// An environment variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// A file; white space at its end does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

fn default_jobs() -> PathBuf {
    "jobs".into()
}

fn default_state() -> PathBuf {
    ".batchferry".into()
}

/// One named store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoreConfig {
    /// `s3://bucket`, `az://container`, `gs://bucket`, `https://host/path` (WebDAV, to read from), `file:///absolute/path`,
    /// `file:relative/path` (to the config) or `memory:name`.
    pub url: String,
    /// Everything of this store lies below this prefix.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Where the cloud is asked; absent: its vendor's own. For Azure `https://ACCOUNT.blob.core.windows.net`; absent: that of
    /// the credentials' account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The S3 region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Bucket in the path (default with an `endpoint`) or in the host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addressing: Option<Addressing>,
    /// Where the credentials are; absent: the cloud's own chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<CredentialsFrom>,
    /// A write that asks for it fails where an object is, atomically (`If-None-Match: *`; Google: generation 0). Relied on only where declared, or at the vendor's own endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditional_put: Option<bool>,
    /// The checksum that the store verifies on upload. Relied on only where declared, or at the vendor's own endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<ChecksumAbility>,
    /// The server copies objects by itself, from any bucket of its own that the same credentials may read. Relied on only where
    /// declared, or at Amazon's own endpoint; of a batch's two stores the target's word counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_side_copy: Option<bool>,
    /// Listings come in the order of their keys' UTF-8 bytes, and can begin behind any key (`start-after`): a long one without folders
    /// is taken in ranges of keys, side by side. Relied on only where declared, or at Amazon's and Google's own endpoints; Azure has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_listing: Option<bool>,
    /// Of a folder: names that differ only in case, or in how characters are composed, are different files. Default `true`,
    /// as Linux has it; write `false` for a folder of another system, such as an SMB share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_sensitive: Option<bool>,
    /// Longest silence of one request; default 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<Span>,
    /// PEM file of extra roots to trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// HTTP proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
}

impl StoreConfig {
    /// A store at `url` of which nothing else is said.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: String::new(),
            endpoint: None,
            region: None,
            addressing: None,
            credentials: None,
            conditional_put: None,
            checksum: None,
            server_side_copy: None,
            ordered_listing: None,
            case_sensitive: None,
            request_timeout: None,
            ca_file: None,
            proxy: None,
        }
    }
}

/// One named virus scanner: what the daemon executes or asks is the operator's to say, never a spec's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScannerConfig {
    /// A program and its arguments: the file comes on its standard input; exit code 0 is clean, 1 infected, any other is no
    /// answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// ClamAV's daemon: `unix:/path` or `host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamd: Option<String>,
    /// Longest time for one file; default 1 minute.
    #[serde(default = "default_scan")]
    pub timeout: Span,
}

fn default_scan() -> Span {
    Span(Duration::from_secs(60))
}

/// Where an S3 bucket's name goes in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Addressing {
    /// In the path.
    Path,
    /// In the host name.
    VirtualHost,
}

/// A checksum that a store verifies on upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChecksumAbility {
    /// `x-amz-checksum-sha256`.
    Sha256,
    /// None is relied on.
    None,
}

/// Where credentials are read from; the config itself never holds any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialsFrom {
    /// Prefix of environment variables. `P_` reads `P_ACCESS_KEY_ID`, `P_SECRET_ACCESS_KEY`, `P_SESSION_TOKEN` (S3);
    /// `P_ACCOUNT_NAME` and `P_ACCOUNT_KEY` or `P_SAS_TOKEN` (Azure); `P_SERVICE_ACCOUNT` (Google: the key, or its file);
    /// `P_USERNAME` and `P_PASSWORD` (web servers).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// JSON or YAML file with `accessKeyId`, `secretAccessKey`, `sessionToken` (S3); `accountName` and `accountKey` or
    /// `sasToken` (Azure); `serviceAccount` (Google, which also takes the key file as it is); `username` and `password` (web
    /// servers).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

/// Bounds for all batches together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Files in flight at once.
    #[schemars(range(min = 1, max = 4096))]
    pub concurrency: u32,
    /// Batches that the daemon moves at once.
    #[schemars(range(min = 1, max = 1024))]
    pub batches: u32,
    /// Memory for transfer buffers.
    pub memory: Size,
    /// The ledger's cache.
    pub ledger_cache: Size,
    /// Bytes a second.
    pub bandwidth: Option<Rate>,
    /// Files of a bag that the daemon makes for the API or the pages; `batchferry download` has no bound.
    pub bag: Size,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 128,
            batches: 4,
            memory: Size(48 << 20),
            ledger_cache: Size(32 << 20),
            bandwidth: None,
            bag: Size(1 << 30),
        }
    }
}

/// Where reports go and in which languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Reports {
    /// `beside` the spec, or a directory.
    pub dir: String,
    /// The first one is the language of `README.md`.
    pub languages: Vec<Language>,
    /// How often a running batch's report is renewed.
    pub refresh: Span,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            dir: "beside".to_owned(),
            languages: vec![Language::English, Language::Chinese],
            refresh: Span(Duration::from_secs(30)),
        }
    }
}

/// A language of reports and messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
}
