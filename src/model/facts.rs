//! What the bytes of one file say about it. Facts only: whether they are good enough is decided in `rules`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::Digest;

/// A type of file, told by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// JPEG (ISO/IEC 10918-1).
    Jpeg,
    /// PNG (ISO/IEC 15948).
    Png,
    /// TIFF 6.0 and BigTIFF.
    Tiff,
    /// GIF 87a and 89a.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// WebP.
    Webp,
    /// PDF (ISO 32000).
    Pdf,
    /// OFD (GB/T 33190): a zip that holds `OFD.xml`.
    Ofd,
    /// XML.
    Xml,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 9] =
        [Self::Jpeg, Self::Png, Self::Tiff, Self::Gif, Self::Bmp, Self::Webp, Self::Pdf, Self::Ofd, Self::Xml];

    /// File name extensions, in lower case and without the dot; the first one is the usual one.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Tiff => &["tif", "tiff"],
            Self::Gif => &["gif"],
            Self::Bmp => &["bmp", "dib"],
            Self::Webp => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Ofd => &["ofd"],
            Self::Xml => &["xml"],
        }
    }

    /// Whether the question how many pages it has makes sense.
    pub fn has_pages(self) -> bool {
        self != Self::Xml
    }

    /// The kind that an extension promises; `None` for one that promises none of ours.
    pub fn from_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        Self::ALL.into_iter().find(|kind| kind.extensions().contains(&extension.as_str()))
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.extensions()[0])
    }
}

/// Dots per inch, three-valued: unknown is not low.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub enum Dpi {
    /// Stated by the file, converted to inches.
    Known {
        /// Horizontal dots per inch.
        x: f32,
        /// Vertical dots per inch.
        y: f32,
    },
    /// The file does not say, or says only an aspect ratio.
    #[default]
    Unknown,
    /// The question has no meaning for this kind of file.
    NotApplicable,
}

/// Whether the bytes reach the end that the format itself marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// The end mark is there.
    Whole,
    /// The end mark is missing, or a structure points beyond the end.
    Truncated,
    /// Not looked at, or the format has no such mark.
    #[default]
    Unknown,
}

/// What the bytes of one file say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// The kind by magic bytes; `None`: none of ours.
    pub kind: Option<FileKind>,
    /// Pixels across and down of the first page.
    pub pixels: Option<(u32, u32)>,
    /// Resolution; of several pages the lowest.
    pub dpi: Dpi,
    /// Whether the file is whole.
    pub ending: Ending,
    /// Whether the content needs a password; `None`: not known.
    pub encrypted: Option<bool>,
    /// What makes the file unreadable as the kind that it claims to be.
    pub unreadable: Option<String>,
    /// Pages, for kinds that may have several; `None`: not known.
    pub pages: Option<u32>,
    /// What a small file would grow to beyond the bounds of unpacking, in words.
    pub bomb: Option<String>,
    /// Whether all of it was decoded.
    pub decoded: Decoded,
    /// The invoice that an XML e-invoice is.
    pub invoice: Option<InvoiceId>,
}

/// What an invoice is told by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InvoiceId {
    /// 发票代码; digital ones have none.
    pub code: Option<String>,
    /// 发票号码.
    pub number: String,
}

impl InvoiceId {
    /// SHA-256 of code and number: the same for the same invoice, and for no other.
    pub fn digest(&self) -> Digest {
        let code = self.code.as_deref().unwrap_or_default();
        Digest::of(format!("{code}\0{}", self.number).as_bytes())
    }
}

impl fmt::Display for InvoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} (code {code})", self.number),
            None => f.pad(&self.number),
        }
    }
}

/// Whether all content of a file was decoded, and not only its head.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decoded {
    /// Nobody asked.
    #[default]
    NotRun,
    /// To the end; what was found wrong stands in the other facts.
    Whole,
    /// Not to the end: a bound was met, or there is no decoder for a part of it. The text says which.
    Unknown(String),
}
