//! The scanner: looks at the jobs directory again and again, and gives out what has changed once it has settled.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::entry::{Entry, Given, Kind};
use super::give::Pass;
use super::look::{FileChange, KnownFile, Look};
use super::stamp::Contents;
use super::tree::{Found, Problem, Tree};
use crate::model::config::Config;
use crate::model::diagnostic::InvalidSpec;
use crate::model::ids::Digest;
use crate::rules::namesakes::Claim;
use crate::specs::spec;

/// A file counts as gone after so many settle times: a checkout, or an editor, removes a file and makes it again, and in
/// between there is none; and to suspend a batch is worse than to do so a few seconds late.
const GONE_AFTER: u32 = 5;

/// What is known of the jobs directory.
///
/// A change is given out once two looks, at least the settle time apart, saw the same content and none in between saw
/// another: so a file that is still being written, or half checked out, is not. The same holds for a file that is wrong,
/// and for one that is gone (after five times as long).
///
/// Some looks change nothing, and say why: the directory is not there or cannot be read, or there is no YAML file in it
/// although there was a spec before. All of a ConfigMap's files vanishing at once is no exception: while a ConfigMap is
/// swapped its files are links, if for a moment dead ones, so there is always something to see; one that becomes empty
/// is as likely somebody's mistake as any other empty directory.
#[derive(Debug)]
pub struct Scanner {
    pub(super) jobs: PathBuf,
    pub(super) config: Config,
    pub(super) settle: Duration,
    pub(super) entries: BTreeMap<String, Entry>,
    /// How many looks there were.
    pub(super) looks: u32,
}

impl Scanner {
    /// A scanner that has seen nothing yet. Specs that the ledger has, its `known` files, need not settle again, and are
    /// missed if they are not there.
    pub fn new(jobs: PathBuf, config: Config, settle: Duration, known: &[KnownFile]) -> Self {
        let entries = known.iter().map(|known| (known.file.clone(), Entry::known(known))).collect();
        Self { jobs, config, settle, entries, looks: 0 }
    }

    /// Looks once. Blocks: it reads what may have changed.
    pub fn scan(&mut self, now: Instant) -> Look {
        self.scan_at(now, SystemTime::now())
    }

    /// Specs are judged by this config from now on, and all are given out again.
    pub fn reload(&mut self, config: Config, settle: Duration) {
        (self.config, self.settle) = (config, settle);
        self.entries.values_mut().for_each(Entry::renew);
    }

    /// The next look gives a file out again, though it has not changed: what stood against it is over.
    pub fn give_again(&mut self, file: &str) {
        if let Some(entry) = self.entries.get_mut(file) {
            entry.renew();
        }
    }

    /// Which files claim a name, as given out so far. For [`crate::rules::namesakes::refusals`].
    pub fn claims(&self) -> Vec<Claim<'_>> {
        let claims = self.entries.iter().filter_map(|(file, entry)| {
            let kind = entry.kind.filter(|kind| *kind != Kind::Ignored)?;
            Some(Claim { file, name: entry.name.as_ref(), is_valid: kind == Kind::Valid })
        });
        claims.collect()
    }

    /// What is said of a file that is sound by itself, but whose name is another's.
    pub fn refused(&self, file: &str, message: String) -> InvalidSpec {
        let bytes = Contents::of(&self.jobs.join(file)).map(|read| read.bytes).unwrap_or_default();
        spec::name_refused(file, &String::from_utf8_lossy(&bytes), message)
    }

    pub(super) fn scan_at(&mut self, now: Instant, wall: SystemTime) -> Look {
        self.looks = self.looks.wrapping_add(1);
        match self.tree() {
            Err(reason) => {
                self.entries.values_mut().for_each(Entry::interrupt);
                self.look(None, Err(reason))
            }
            Ok(tree) => {
                let pass = self.pass(tree, now, wall);
                self.look(Some(pass), Ok(()))
            }
        }
    }

    fn tree(&self) -> Result<Tree, String> {
        let tree = Tree::of(&self.jobs).map_err(|error| unreadable(&self.jobs, &error))?;
        let specs = self.entries.values().filter(|entry| matches!(entry.kind, Some(Kind::Valid | Kind::Invalid)));
        match specs.count() {
            before if before > 0 && tree.found.is_empty() => Err(emptied(&self.jobs, before)),
            _ => Ok(tree),
        }
    }

    fn pass(&mut self, tree: Tree, now: Instant, wall: SystemTime) -> Pass {
        let (changes, problems, missing) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        let root = tree.root.clone();
        let mut pass = Pass { now, wall, root, changes, again: None, read: 0, problems, missing };
        for found in tree.found {
            self.see(found, &mut pass);
        }
        self.miss(&tree.unreadable, &mut pass);
        self.give(&mut pass);
        pass
    }

    /// Takes in one file; reads it unless its stamp tells that it is the one that was read.
    fn see(&mut self, found: Found, pass: &mut Pass) {
        let entry = self.entries.entry(found.name.clone()).or_insert_with(Entry::new);
        let trusted = found.what.as_ref().ok().and_then(|stamp| entry.trusted(stamp, pass.now));
        let seen = match (trusted, found.what) {
            (Some(content), _) => Ok(content),
            (None, Err(problem)) => Err(problem),
            (None, Ok(_)) => {
                pass.read += 1;
                match Contents::of(&pass.root.join(&found.name)) {
                    Ok(read) => {
                        let is_old = read.stamp.is_old(pass.wall);
                        entry.keep(is_old.then_some(read.stamp), pass.now);
                        Ok(Digest::of(&read.bytes))
                    }
                    // Gone since its name was found.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
                    Err(error) => Err(Problem::unreadable("file", &error)),
                }
            }
        };
        entry.look = self.looks;
        let content = seen.unwrap_or_else(|problem| {
            entry.keep(None, pass.now);
            let content = Digest::of(problem.message.as_bytes());
            pass.problems.insert(found.name, problem);
            content
        });
        entry.saw(content, pass.now);
    }

    /// Takes in what is not there. What stands in a folder that cannot be read stays as it was.
    fn miss(&mut self, unreadable: &[String], pass: &mut Pass) {
        let (looks, gone_after) = (self.looks, self.settle.saturating_mul(GONE_AFTER));
        self.entries.retain(|file, entry| {
            if entry.look == looks || is_below(file, unreadable) {
                return true;
            }
            let since = entry.missed(pass.now);
            if entry.given == Given::Nothing {
                return false;
            }
            let is_gone = pass.is_over(since, gone_after);
            if is_gone {
                pass.changes.push(FileChange::Gone(file.clone()));
            } else if let Some(name) = &entry.name {
                pass.missing.insert(name.clone(), (file.clone(), since));
            }
            !is_gone
        });
    }

    fn look(&self, pass: Option<Pass>, healthy: Result<(), String>) -> Look {
        let count = |kind: Kind| self.entries.values().filter(|entry| entry.kind == Some(kind)).count();
        let (changes, again, read) = pass.map_or((Vec::new(), None, 0), |pass| (pass.changes, pass.again, pass.read));
        let (valid, invalid, ignored) = (count(Kind::Valid), count(Kind::Invalid), count(Kind::Ignored));
        Look { changes, valid, invalid, ignored, again, read, healthy }
    }
}

fn is_below(file: &str, folders: &[String]) -> bool {
    folders.iter().any(|folder| file.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/')))
}

fn unreadable(jobs: &Path, error: &std::io::Error) -> String {
    let jobs = jobs.display();
    format!("the jobs directory {jobs} cannot be read: {error}; until it can, nothing is changed")
}

fn emptied(jobs: &Path, before: usize) -> String {
    let jobs = jobs.display();
    format!(
        "the jobs directory {jobs} holds no YAML file any more, where there were {before} specs before; that is more often \
         a lost mount than a wish, so nothing is changed. Put the specs back; if none is wanted any more, leave a file \
         there that says so, such as none.yaml with `specs: none`"
    )
}
