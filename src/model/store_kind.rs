//! Kinds of stores, by the schemes of their URLs.

/// What kind of store a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// `s3://bucket`: Amazon S3 and its like.
    S3,
    /// `az://container`: Azure Blob Storage.
    Azure,
    /// `gs://bucket`: Google Cloud Storage.
    Gcs,
    /// `http://host/path` or `https://…`: a web server that lists by WebDAV, to read from.
    Http,
    /// `file:`: a folder.
    File,
    /// `memory:`: a memory of this process.
    Memory,
}

impl StoreKind {
    /// The kind of store that `url` names; `None`: none that is known.
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let is_cloud = rest.starts_with("//");
        match scheme.to_ascii_lowercase().as_str() {
            "s3" if is_cloud => Some(Self::S3),
            "az" if is_cloud => Some(Self::Azure),
            "gs" if is_cloud => Some(Self::Gcs),
            "http" | "https" if is_cloud => Some(Self::Http),
            "file" => Some(Self::File),
            "memory" => Some(Self::Memory),
            _ => None,
        }
    }

    /// How people call it, with its article.
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "an S3 store",
            Self::Azure => "an Azure store",
            Self::Gcs => "a Google Cloud store",
            Self::Http => "an HTTP store",
            Self::File => "a folder",
            Self::Memory => "a memory",
        }
    }
}
