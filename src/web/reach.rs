//! Reaching a socket whose path is longer than the system takes.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Most bytes of a socket's path on Linux (`sun_path` without its closing zero).
const MOST: usize = 107;

/// A path at which a socket can be bound or connected to, as long as this lives.
pub(super) struct Reach {
    path: PathBuf,
    /// Holds open what a short path leads through.
    _folder: Option<File>,
}

impl Reach {
    /// A path to `path` that is short enough: itself, or through its open folder.
    pub(super) fn to(path: &Path) -> io::Result<Self> {
        if path.as_os_str().as_bytes().len() <= MOST {
            return Ok(Self { path: path.to_owned(), _folder: None });
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(too_long(path)) };
        let folder = File::open(parent)?;
        let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
        if !short.exists() {
            return Err(too_long(path));
        }
        Ok(Self { path: short.join(name), _folder: Some(folder) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn too_long(path: &Path) -> io::Error {
    let bytes = path.as_os_str().as_bytes().len();
    io::Error::new(
        io::ErrorKind::InvalidFilename,
        format!("its path has {bytes} bytes, and the system takes {MOST}; put `state` where the path is shorter"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_paths_are_taken_as_they_are_and_long_ones_lead_through_their_folder() {
        let root = tempfile::tempdir().unwrap();
        let short = root.path().join("s");
        assert_eq!(Reach::to(&short).unwrap().path(), short);
        let folder = root.path().join("f".repeat(200));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("s"), "here").unwrap();
        let reach = Reach::to(&folder.join("s")).unwrap();
        assert!(reach.path().as_os_str().len() <= MOST);
        assert_eq!(std::fs::read_to_string(reach.path()).unwrap(), "here");
        assert!(Reach::to(&folder.join("gone").join("s")).is_err());
    }
}
