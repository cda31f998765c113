//! What has settled is read once more, judged, and given out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::entry::{Entry, Given, Kind};
use super::look::FileChange;
use super::scanner::Scanner;
use super::stamp::Contents;
use super::tree::Problem;
use crate::model::ids::{BatchName, Digest};
use crate::specs::read::MAX_BYTES;
use crate::specs::spec::{self, Loading};

/// One look under way.
pub(super) struct Pass {
    pub now: Instant,
    pub wall: SystemTime,
    /// The jobs directory without links.
    pub root: PathBuf,
    pub changes: Vec<FileChange>,
    pub again: Option<Duration>,
    pub read: usize,
    /// Files without a text to read, and why.
    pub problems: BTreeMap<String, Problem>,
    /// Batches whose file is missing but not yet gone: the file, and since when.
    pub missing: BTreeMap<BatchName, (String, Instant)>,
}

impl Pass {
    /// How long something must still go on that began at `since` and has to last for `span`; kept if it is the least.
    pub(super) fn is_over(&mut self, since: Instant, span: Duration) -> bool {
        let rest = span.saturating_sub(self.now.saturating_duration_since(since));
        if !rest.is_zero() {
            self.again = Some(self.again.map_or(rest, |least| least.min(rest)));
        }
        rest.is_zero()
    }
}

/// What a file turned out to be.
struct Judged {
    change: FileChange,
    kind: Kind,
    name: Option<BatchName>,
}

impl Scanner {
    /// Gives out what has settled.
    pub(super) fn give(&mut self, pass: &mut Pass) {
        let waits = |(file, entry): (&String, &Entry)| {
            let (content, since) = entry.waiting().filter(|_| entry.look == self.looks)?;
            Some((file.clone(), content, since, entry.given))
        };
        let waiting: Vec<_> = self.entries.iter().filter_map(waits).collect();
        for (file, content, since, given) in waiting {
            if let Given::Ledger(digest) = given {
                self.compare(&file, content, digest, pass);
            } else if pass.is_over(since, self.settle) {
                self.give_one(&file, content, pass);
            }
        }
    }

    /// A file that the ledger has need not settle, if it says what the ledger has.
    fn compare(&mut self, file: &str, content: Digest, digest: Digest, pass: &mut Pass) {
        let judged = self.judge(file, content, pass);
        let Some(entry) = self.entries.get_mut(file) else { return };
        match judged {
            Some(Judged { change: FileChange::Spec(spec), name: Some(name), .. }) if spec.digest == digest => {
                entry.give(content, Kind::Valid, Some(name.clone()));
                pass.changes.push(FileChange::Known { file: file.to_owned(), name });
            }
            _ => {
                entry.given = Given::Something;
                pass.is_over(pass.now, self.settle);
            }
        }
    }

    fn give_one(&mut self, file: &str, content: Digest, pass: &mut Pass) {
        let Some(judged) = self.judge(file, content, pass) else {
            // It changed while this look was under way.
            pass.is_over(pass.now, self.settle);
            return;
        };
        if !self.replaces(file, &judged, pass) {
            return;
        }
        if let Some(entry) = self.entries.get_mut(file) {
            entry.give(content, judged.kind, judged.name);
            pass.changes.push(judged.change);
        }
    }

    /// A new file with the name of a missing one is that batch under another path. Once both have settled the old one is
    /// gone; until then the new one waits, so that no one takes the two for a quarrel over a name.
    fn replaces(&mut self, file: &str, judged: &Judged, pass: &mut Pass) -> bool {
        let name = judged.name.as_ref().filter(|_| judged.kind == Kind::Valid);
        let Some((old, since)) = name.and_then(|name| pass.missing.get(name)).cloned() else { return true };
        if old == file || !pass.is_over(since, self.settle) {
            return old == file;
        }
        pass.missing.retain(|_, (missing, _)| *missing != old);
        self.entries.remove(&old);
        pass.changes.push(FileChange::Gone(old));
        true
    }

    /// Reads a file once more and judges it; `None`: it is not what was seen.
    fn judge(&self, file: &str, content: Digest, pass: &Pass) -> Option<Judged> {
        if let Some(problem) = pass.problems.get(file) {
            return Some(invalid(file, problem.rule, problem.message.clone()));
        }
        let read = Contents::of(&pass.root.join(file)).ok().filter(|read| Digest::of(&read.bytes) == content)?;
        if let Some(size) = read.too_large() {
            let message = format!("the file has {size} bytes; at most {MAX_BYTES} are read");
            return Some(invalid(file, "size", message));
        }
        Some(match spec::of_bytes(file, &self.jobs.join(file), read.bytes.clone(), Some(&self.config)) {
            Loading::Valid(spec) => {
                let name = Some(spec.file.metadata.name.clone());
                Judged { change: FileChange::Spec(spec), kind: Kind::Valid, name }
            }
            Loading::Ignored(_) => {
                Judged { change: FileChange::Ignored(file.to_owned()), kind: Kind::Ignored, name: None }
            }
            Loading::Invalid(problems) => {
                let name = spec::name_in(&read.bytes);
                Judged { change: FileChange::Invalid(problems, name.clone()), kind: Kind::Invalid, name }
            }
        })
    }
}

fn invalid(file: &str, rule: &str, message: String) -> Judged {
    let change = FileChange::Invalid(spec::alone(file, rule, message), None);
    Judged { change, kind: Kind::Invalid, name: None }
}
