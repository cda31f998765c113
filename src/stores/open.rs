//! Opens stores of every kind, and tells what may be relied on.

use std::path::PathBuf;
use std::sync::Arc;

use super::encodings::percent_decoded;
use super::error::Reason;
use super::file::Folder;
use super::http::{refused_credentials, unusable};
use super::remote::Remote;
use super::store::Kind;
use super::{azure, gcs, keys, memory, s3, web};
use crate::model::config::{ChecksumAbility, StoreConfig};
use crate::model::credentials::Credentials;
use crate::model::store_kind::StoreKind;

/// What of a store may be relied on: what the config declares, what the vendor's own endpoint does, what a folder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// A write can be made to fail where an object is.
    pub conditional_put: bool,
    /// The store verifies a SHA-256 on upload.
    pub checksum: bool,
    /// The store copies objects of its own server by itself.
    pub copy: bool,
    /// Listings come in the order of their keys' bytes, and can begin behind any key.
    pub ordered: bool,
}

impl Abilities {
    fn of_s3(config: &StoreConfig) -> Self {
        let is_amazon = config.endpoint.is_none();
        let checksum = config.checksum.map(|checksum| checksum == ChecksumAbility::Sha256);
        Self {
            conditional_put: config.conditional_put.unwrap_or(is_amazon),
            checksum: checksum.unwrap_or(is_amazon),
            copy: config.server_side_copy.unwrap_or(is_amazon),
            ordered: config.ordered_listing.unwrap_or(is_amazon && !is_directory_bucket(config)),
        }
    }

    /// Neither Azure nor Google verifies a SHA-256, so that a copy of theirs would have to be read back to prove it.
    fn of_other(config: &StoreConfig, is_vendors: bool) -> Self {
        Self { conditional_put: config.conditional_put.unwrap_or(is_vendors), ..Self::NONE }
    }

    /// Names are "ordered lexicographically" (Google's XML interface), and `start-after` is one of its parameters.
    fn of_google(config: &StoreConfig) -> Self {
        let is_vendors = gcs::is_vendors(config);
        Self { ordered: config.ordered_listing.unwrap_or(is_vendors), ..Self::of_other(config, is_vendors) }
    }

    /// Nothing is written there.
    const NONE: Self = Self { conditional_put: false, checksum: false, copy: false, ordered: false };

    /// A hard link, or a lock on our own memory, never takes another's place; nobody verifies what we write.
    const LOCAL: Self = Self { conditional_put: true, ..Self::NONE };
}

/// Amazon's directory buckets list in no order, and from the beginning only; their names, and those of
/// their access points, end so.
fn is_directory_bucket(config: &StoreConfig) -> bool {
    let bucket = config.url.split_once("://").map_or("", |(_, place)| place.split('/').next().unwrap_or_default());
    ["--x-s3", "--xa-s3"].iter().any(|end| bucket.ends_with(end))
}

/// What opening a store gives.
pub(super) struct Opened {
    pub(super) kind: Kind,
    /// Empty, or ends in `/`.
    pub(super) prefix: String,
    pub(super) abilities: Abilities,
}

/// One constructor per kind of store.
pub(super) fn open_kind(config: &StoreConfig, credentials: Option<Credentials>) -> Result<Opened, Reason> {
    let (_, rest) = config.url.split_once(':').unwrap_or_default();
    let place = rest.strip_prefix("//");
    let prefix = keys::folder(&config.prefix);
    match (StoreKind::of(&config.url), place) {
        (Some(kind @ (StoreKind::S3 | StoreKind::Azure | StoreKind::Gcs)), Some(place)) => {
            let (bucket, path) = place.split_once('/').unwrap_or((place, ""));
            let (remote, abilities) = open_remote(kind, bucket, config, credentials)?;
            Ok(Opened { kind: Kind::Remote(Arc::new(remote)), prefix: keys::folder(path) + &prefix, abilities })
        }
        (Some(StoreKind::Http), _) => {
            let user =
                own(
                    StoreKind::Http,
                    credentials,
                    |given| {
                        if let Credentials::Http(user) = given { Some(user) } else { None }
                    },
                )?;
            let kind = Kind::Remote(Arc::new(Remote::Web(web::open(config, user)?)));
            Ok(Opened { kind, prefix, abilities: Abilities::NONE })
        }
        (Some(StoreKind::File), Some(path)) => {
            let kind = Kind::File(Arc::new(folder(&config.url, path)?));
            Ok(Opened { kind, prefix, abilities: Abilities::LOCAL })
        }
        (Some(StoreKind::Memory), _) => {
            let kind = Kind::Memory(memory::open(rest.trim_matches('/')));
            Ok(Opened { kind, prefix, abilities: Abilities::LOCAL })
        }
        _ => Err(unusable(format!(
            "{:?} is no URL of a store; expected s3://bucket, az://container, gs://bucket, https://host/path, file:///absolute/path or \
             memory:name",
            config.url
        ))),
    }
}

fn open_remote(
    kind: StoreKind,
    bucket: &str,
    config: &StoreConfig,
    credentials: Option<Credentials>,
) -> Result<(Remote, Abilities), Reason> {
    match (kind, credentials) {
        (StoreKind::Azure, credentials) => {
            let keys =
                own(kind, credentials, |given| if let Credentials::Azure(keys) = given { Some(keys) } else { None })?;
            let abilities = Abilities::of_other(config, azure::is_vendors(config));
            Ok((Remote::Azure(azure::open(bucket, config, keys)?), abilities))
        }
        (StoreKind::Gcs, credentials) => {
            let account =
                own(kind, credentials, |given| if let Credentials::Gcs(key) = given { Some(key) } else { None })?;
            let abilities = Abilities::of_google(config);
            Ok((Remote::Gcs(gcs::open(bucket, config, account)?), abilities))
        }
        (_, credentials) => {
            let keys =
                own(kind, credentials, |given| if let Credentials::S3(keys) = given { Some(keys) } else { None })?;
            let abilities = Abilities::of_s3(config);
            Ok((Remote::S3(s3::open(bucket, config, keys, abilities.checksum)?), abilities))
        }
    }
}

/// Credentials of this cloud; those of another are refused.
fn own<T>(
    kind: StoreKind,
    credentials: Option<Credentials>,
    pick: impl FnOnce(Credentials) -> Option<T>,
) -> Result<Option<T>, Reason> {
    let Some(credentials) = credentials else { return Ok(None) };
    let other = || refused_credentials(format!("the credentials are those of another cloud: it is {}", kind.name()));
    pick(credentials).map(Some).ok_or_else(other)
}

fn folder(url: &str, path: &str) -> Result<Folder, Reason> {
    let path = path.strip_prefix("localhost").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    match percent_decoded(path, false).filter(|path| path.starts_with('/') && !path.contains('\0')) {
        Some(path) => Ok(Folder::new(PathBuf::from(path))),
        None => Err(unusable(format!(
            "{url:?} is no absolute path in valid percent-encoding; expected one such as file:///srv/archive"
        ))),
    }
}
