//! From what a look found to the ledger: specs accepted, refused, gone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::reconciler::Reconciler;
use super::schedule::daemon;
use crate::engine::accept::{self, Offered};
use crate::ledger::LedgerError;
use crate::model::batch::{BatchId, BatchRecord, ConditionKind};
use crate::model::diagnostic::InvalidSpec;
use crate::model::event::Operator;
use crate::model::failure::Code;
use crate::model::ids::BatchName;
use crate::rules::namesakes;
use crate::specs::{self, FileChange, LoadedSpec, Scanner};

/// Specs accepted side by side: the ledger writes them to disk together.
const TOGETHER: usize = 256;

impl Reconciler {
    /// Brings the ledger level with what has changed and settled.
    ///
    /// # Errors
    /// The ledger's: nothing may go on.
    pub(super) async fn take_in(&mut self, scanner: &mut Scanner, changes: Vec<FileChange>) -> Result<(), LedgerError> {
        if changes.is_empty() {
            return Ok(());
        }
        let refused = self.namesakes(scanner);
        self.turn_circles(scanner, &changes);
        let (mut arrived, mut wrong, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            if !refused.contains(file_of(&change)) {
                self.shown.wrong.remove(file_of(&change));
            }
            match change {
                FileChange::Spec(spec) if refused.contains(&spec.file_name) => {}
                FileChange::Spec(spec) => match self.circles.of(&spec.file.metadata.name) {
                    Some(cycle) => {
                        wrong.push((specs::in_cycle(&spec, cycle), Some(spec.file.metadata.name.clone())));
                    }
                    None => arrived.push(*spec),
                },
                FileChange::Known { file, name } => self.known(scanner, &file, &name),
                FileChange::Invalid(invalid, name) => wrong.push((invalid, name)),
                // A file that says nothing of a batch any more is no spec, like one that is gone.
                FileChange::Ignored(file) | FileChange::Gone(file) => gone.push(file),
            }
        }
        self.accept(arrived).await?;
        wrong.extend(std::mem::take(&mut self.namesakes).into_iter().map(|invalid| (invalid, None)));
        self.refuse(wrong).await?;
        let vanished = gone.iter().filter_map(|file| {
            self.refused.remove(file);
            // A file with the batch's name that stands elsewhere was accepted before this, and is the batch's now.
            self.by_file.get(file).copied()
        });
        let vanished: Vec<BatchId> = vanished.collect();
        self.vanish(vanished).await
    }

    /// Specs that are sound by themselves, but whose name is another's. One that was refused and is not any more is
    /// given out again.
    fn namesakes(&mut self, scanner: &mut Scanner) -> BTreeSet<String> {
        let (refused, newly): (BTreeSet<String>, Vec<InvalidSpec>) = {
            let claims = scanner.claims();
            let started = |name: &BatchName| {
                let entry = self.entries.get(self.by_name.get(name)?)?;
                entry.has_started().then_some(entry.file.as_str())
            };
            let refusals = namesakes::refusals(&claims, started);
            let newly = refusals.iter().filter(|refusal| !self.refused.contains(refusal.file));
            let newly = newly.map(|refusal| scanner.refused(refusal.file, refusal.message.clone())).collect();
            (refusals.iter().map(|refusal| refusal.file.to_owned()).collect(), newly)
        };
        for file in self.refused.difference(&refused) {
            scanner.give_again(file);
        }
        self.looking.wanted |= self.refused.difference(&refused).next().is_some();
        self.refused.clone_from(&refused);
        self.namesakes.extend(newly);
        refused
    }

    /// Files that came into a circle, or out of one, without a change of their own are given out again.
    fn turn_circles(&mut self, scanner: &mut Scanner, changes: &[FileChange]) {
        let (entries, by_name) = (&self.entries, &self.by_name);
        let known = |name: &BatchName| {
            let entry = by_name.get(name).and_then(|id| entries.get(id));
            entry.map(|entry| entry.after().to_vec()).unwrap_or_default()
        };
        for file in self.circles.learn(changes, known) {
            scanner.give_again(&file);
            self.looking.wanted = true;
        }
    }

    /// A spec that is as the ledger has it needs nothing, unless its batch is at odds with it.
    fn known(&mut self, scanner: &mut Scanner, file: &str, name: &BatchName) {
        let entry = self.by_name.get(name).and_then(|id| self.entries.get(id));
        if entry.is_none_or(super::entry::Entry::is_at_odds) {
            scanner.give_again(file);
            self.looking.wanted = true;
        }
    }

    async fn accept(&mut self, specs: Vec<LoadedSpec>) -> Result<(), LedgerError> {
        if specs.is_empty() {
            return Ok(());
        }
        let (specs, operators) = authors(specs).await;
        let operators = specs.iter().zip(operators).map(|(spec, operator)| self.behind(spec, operator));
        let ledger = self.engine.ledger.clone();
        let accepting = specs.iter().zip(operators);
        let accepting =
            accepting.map(|(spec, operator)| accept::accept(&ledger, Offered { spec, operator }, Timestamp::now()));
        let mut displaced = Vec::new();
        for record in together(accepting).await? {
            // A file that now says another name is no longer the spec of the batch that it was.
            displaced.extend(self.by_file.get(&record.spec.path).copied().filter(|other| *other != record.id));
            let before = self.entries.get(&record.id).map(|entry| (entry.digest, entry.conditions.len()));
            self.changed(&record)?;
            let after = self.entries.get(&record.id).map(|entry| (entry.digest, entry.conditions.len()));
            if before != after {
                let (number, generation) = (&record.number, record.spec.generation);
                match record.condition(ConditionKind::Stalled) {
                    Some(stalled) => tracing::warn!(batch = %record.name, %number, "{}", stalled.message),
                    None => tracing::info!(batch = %record.name, %number, generation, "spec accepted"),
                }
                self.publish(record.id);
            }
        }
        self.vanish(displaced).await
    }

    /// Who is behind a spec: a commit says so, or else whoever had the file written through us.
    fn behind(&self, spec: &LoadedSpec, found: Operator) -> Operator {
        let written = self.shown.authored.take(&spec.file_name, spec.text.as_bytes());
        written.filter(|_| found.commit.is_none()).unwrap_or(found)
    }

    /// Specs are not accepted: their batches go on with the last good ones; without a batch, diagnostics are published.
    async fn refuse(&mut self, wrong: Vec<(InvalidSpec, Option<BatchName>)>) -> Result<(), LedgerError> {
        let mut stalled = Vec::new();
        for (invalid, name) in wrong {
            self.shown.wrong.put(&invalid);
            let first = invalid.diagnostics.first().map(|problem| problem.message.as_str()).unwrap_or_default();
            tracing::warn!(file = invalid.file, problems = invalid.diagnostics.len(), first, "spec not accepted");
            match self.batch_of(&invalid.file, name.as_ref()) {
                Some(id) => {
                    // What is in force may be denied, or only the edit that is not taken.
                    let denied = matches!(self.engine.denied(&self.engine.batch(id)?), Ok(Some(_)));
                    stalled.push((id, told(&invalid, denied && invalid.is_only_denied())));
                }
                None => self.publish_invalid(invalid),
            }
        }
        let ledger = self.engine.ledger.clone();
        let refusing =
            stalled.into_iter().map(|(id, why)| accept::refuse(&ledger, id, why, daemon(), Timestamp::now()));
        for record in together(refusing).await? {
            self.changed(&record)?;
            self.publish(record.id);
        }
        Ok(())
    }

    /// The batch that a file's spec is in force for, or that has its name and no other file.
    fn batch_of(&self, file: &str, name: Option<&BatchName>) -> Option<BatchId> {
        self.by_file.get(file).copied().or_else(|| {
            let entry = self.entries.get(self.by_name.get(name?)?)?;
            entry.is_at_odds().then_some(entry.id)
        })
    }

    /// Files of these batches are gone: they pause.
    async fn vanish(&mut self, batches: Vec<BatchId>) -> Result<(), LedgerError> {
        let ledger = self.engine.ledger.clone();
        let vanishing = batches.into_iter().map(|id| accept::vanish(&ledger, id, daemon(), Timestamp::now()));
        for record in together(vanishing).await? {
            tracing::warn!(batch = %record.name, file = record.spec.path, "the spec's file is gone; the batch pauses");
            self.changed(&record)?;
            self.publish(record.id);
        }
        Ok(())
    }
}

/// The file that a change is about.
fn file_of(change: &FileChange) -> &str {
    match change {
        FileChange::Spec(spec) => &spec.file_name,
        FileChange::Invalid(invalid, _) => &invalid.file,
        FileChange::Known { file, .. } | FileChange::Ignored(file) | FileChange::Gone(file) => file,
    }
}

/// Writes side by side: the ledger brings them to disk together.
async fn together<F>(writes: impl Iterator<Item = F>) -> Result<Vec<BatchRecord>, LedgerError>
where
    F: Future<Output = Result<BatchRecord, LedgerError>>,
{
    stream::iter(writes).buffered(TOGETHER).try_collect().await
}

/// Why a batch stalls whose spec is not accepted.
fn told(invalid: &InvalidSpec, is_denied: bool) -> (Code, String) {
    let code = if is_denied { Code::PolicyDenied } else { Code::InvalidSpec };
    let message = match invalid.diagnostics.first() {
        Some(first) if is_denied => {
            let advice = first.suggestion.as_deref().unwrap_or_default();
            format!("{}:{}: {}; {advice}", invalid.file, first.line, first.message)
        }
        Some(first) => {
            format!("{}:{}: {}; the last valid spec stays in force", invalid.file, first.line, first.message)
        }
        None => format!("{} is not valid; the last valid spec stays in force", invalid.file),
    };
    (code, message)
}

/// Who committed each spec. Asks git, so it is kept off the loop's thread.
async fn authors(specs: Vec<LoadedSpec>) -> (Vec<LoadedSpec>, Vec<Operator>) {
    let asking = tokio::task::spawn_blocking(move || {
        let files: Vec<(PathBuf, &[u8])> = specs.iter().map(|spec| (spec.path.clone(), spec.text.as_bytes())).collect();
        let operators = specs::operators_of(&files);
        drop(files);
        (specs, operators)
    });
    // The closure does not panic: it reads files and what git prints, and indexes nothing.
    asking.await.expect("asking git does not panic")
}
