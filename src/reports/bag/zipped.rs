//! A bag that is a zip: stored, not compressed, since images are; renamed to its place when it is whole.

use std::fs::{self, File, Permissions};
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::error::BagError;
use super::spool::Spool;

/// A file from this size on needs the larger fields of zip64.
const LARGE: u64 = u32::MAX as u64;

/// A bag that is a zip, with one folder at its top.
pub(super) struct Zipped {
    writer: ZipWriter<BufWriter<File>>,
    temporary: TempPath,
    path: PathBuf,
    top: String,
}

impl std::fmt::Debug for Zipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zipped").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Zipped {
    pub(super) fn create(path: &Path) -> Result<Self, BagError> {
        if path.exists() {
            return Err(BagError::Exists(path.to_owned()));
        }
        let temporary = tempfile::Builder::new()
            .prefix(".incoming-")
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(folder_of(path))
            .map_err(BagError::at(path))?;
        let (file, temporary) = temporary.into_parts();
        let top = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { writer: ZipWriter::new(BufWriter::new(file)), temporary, path: path.to_owned(), top })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn waiting(&self) -> PathBuf {
        folder_of(&self.path)
    }

    pub(super) fn put(&mut self, name: &str, size: u64, mut spool: Spool) -> Result<(), BagError> {
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(size >= LARGE);
        let begun = self.writer.start_file(format!("{}/{name}", self.top), options).map_err(std::io::Error::from);
        let written = begun.and_then(|()| spool.copy_to(&mut self.writer));
        written.map(drop).map_err(BagError::at(&self.path))
    }

    pub(super) fn finish(mut self) -> Result<(), BagError> {
        self.put("bagit.txt", 0, declaration())?;
        let Self { writer, temporary, path, .. } = self;
        let whole = writer.finish().map_err(std::io::Error::from);
        let synced = whole.and_then(|file| file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all());
        synced.map_err(BagError::at(&path))?;
        // Not in place of a file that has come meanwhile.
        temporary.persist_noclobber(&path).map_err(|error| BagError::at(&path)(error.error))
    }
}

fn declaration() -> Spool {
    let mut text = tempfile::SpooledTempFile::new(super::text::DECLARATION.len() + 1);
    // Into memory, which cannot fail.
    let _ = std::io::Write::write_all(&mut text, super::text::DECLARATION.as_bytes());
    Spool(super::spool::Kind::Memory(text))
}

fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}
