//! A bag in the making: payload and tag files go in, and their manifests are kept as they come.

use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::container::{Container, Place};
use super::error::BagError;
use super::spool::Spool;
use super::text::{DECLARATION, info, manifest_line};
use crate::model::ids::Digest;

/// A bag in the making.
#[derive(Debug)]
pub struct Bag {
    container: Container,
    manifest: Tag,
    /// Tag files with their digests; few.
    tags: Vec<(String, Digest)>,
    octets: u64,
    files: u64,
}

/// A tag file in the making: what is written to it is digested.
#[derive(Debug)]
pub struct Tag {
    path: String,
    spool: Spool,
    hasher: Sha256,
    size: u64,
}

impl Write for Tag {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.spool.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.spool.flush()
    }
}

impl Bag {
    /// Begins a bag at `to`, a folder or a file that ends in `.zip`; a folder in which a download of the same `selection` (one
    /// line) was begun is gone on with. Blocks, as everything here.
    ///
    /// # Errors
    /// Something else is there, or the system refuses.
    pub fn open(to: &Path, selection: &str) -> Result<Self, BagError> {
        let container = Container::open(to, selection)?;
        let manifest = Tag::new(&container.place(), "manifest-sha256.txt").map_err(BagError::at(to))?;
        Ok(Self { container, manifest, tags: Vec::new(), octets: 0, files: 0 })
    }

    /// Where files wait until they are known to be right.
    pub fn place(&self) -> Place {
        self.container.place()
    }

    /// Puts a file of the payload into the bag; `None`: it is there already.
    ///
    /// # Errors
    /// The system refuses.
    pub fn payload(&mut self, path: &str, size: u64, digest: Digest, spool: Option<Spool>) -> Result<(), BagError> {
        if let Some(spool) = spool {
            self.container.put(path, size, spool)?;
        }
        let at = self.container.path().to_owned();
        self.manifest.write_all(manifest_line(digest, path).as_bytes()).map_err(BagError::at(&at))?;
        (self.octets, self.files) = (self.octets + size, self.files + 1);
        Ok(())
    }

    /// Bytes and files of the payload so far.
    pub fn oxum(&self) -> (u64, u64) {
        (self.octets, self.files)
    }

    /// The digest of the payload's manifest as it is now.
    pub fn manifest_digest(&self) -> Digest {
        Digest(self.manifest.hasher.clone().finalize().into())
    }

    /// Begins a tag file.
    ///
    /// # Errors
    /// The system refuses.
    pub fn tag(&self, path: &str) -> Result<Tag, BagError> {
        Tag::new(&self.place(), path).map_err(BagError::at(&self.container.path().join(path)))
    }

    /// Puts a tag file into the bag.
    ///
    /// # Errors
    /// The system refuses.
    pub fn put(&mut self, tag: Tag) -> Result<(), BagError> {
        let Tag { path, spool, hasher, size } = tag;
        self.container.put(&path, size, spool)?;
        self.tags.push((path, Digest(hasher.finalize().into())));
        Ok(())
    }

    /// Puts a tag file with this text into the bag.
    ///
    /// # Errors
    /// The system refuses.
    pub fn put_text(&mut self, path: &str, text: &str) -> Result<(), BagError> {
        let mut tag = self.tag(path)?;
        tag.write_all(text.as_bytes()).map_err(BagError::at(self.container.path()))?;
        self.put(tag)
    }

    /// Finishes the bag: manifest, `bag-info.txt` with these lines and the payload's size, the manifest of the tag files, and
    /// the declaration, which makes it a bag.
    ///
    /// # Errors
    /// The system refuses, or files lie in the folder that are not of the bag.
    pub fn finish(mut self, lines: Vec<(String, String)>) -> Result<(), BagError> {
        let unused = self.tag("unused")?;
        let manifest = std::mem::replace(&mut self.manifest, unused);
        self.put(manifest)?;
        let mut lines = lines;
        lines.push(("Payload-Oxum".to_owned(), format!("{}.{}", self.octets, self.files)));
        self.put_text("bag-info.txt", &info(&lines))?;
        self.tags.push(("bagit.txt".to_owned(), Digest::of(DECLARATION.as_bytes())));
        self.tags.sort();
        let listed: String = self.tags.iter().map(|(path, digest)| manifest_line(*digest, path)).collect();
        self.put_text("tagmanifest-sha256.txt", &listed)?;
        self.container.finish(self.files)
    }

    /// Gives the bag up because it lacks something. A folder keeps what it has and says so; a zip leaves nothing.
    ///
    /// # Errors
    /// The system refuses.
    pub fn abandon(self, why: &str) -> Result<(), BagError> {
        let Self { container, manifest, .. } = self;
        drop(manifest);
        container.abandon(why)
    }
}

impl Tag {
    fn new(place: &Place, path: &str) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), spool: place.spool()?, hasher: Sha256::new(), size: 0 })
    }
}
