//! Commands of people, as the loop takes them: one write of the record, and what follows from it for a running batch.

use tokio::sync::oneshot;

use super::notice::Notice;
use super::reconciler::Reconciler;
use crate::engine::commands;
use crate::ledger::LedgerError;
use crate::model::batch::{BatchRecord, EndReason};
use crate::model::control::{Refusal, Reply, Request};
use crate::model::event::Operator;
use crate::model::failure::Code;
use crate::model::status::RunStatus;

/// Something that someone asks for, and where the answer goes.
pub struct Command {
    /// What.
    pub request: Request,
    /// Who.
    pub operator: Operator,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Reply, Refusal>>,
}

impl Reconciler {
    /// Acts on a command and answers it.
    ///
    /// # Errors
    /// The ledger's: nothing may go on.
    pub(super) async fn command(&mut self, command: Command) -> Result<(), LedgerError> {
        let Command { request, operator, reply } = command;
        if request == Request::Rescan {
            self.rescans[0].push(reply);
            self.looking.wanted = true;
            return Ok(());
        }
        let done = self.obey(&request, operator).await;
        let answer = match done {
            Ok(record) => {
                self.changed(&record)?;
                self.publish(record.id);
                let has_ended = matches!(request, Request::Cancel { .. }) && record.run_status == RunStatus::Ended;
                if let Some(view) = self.view(&record).ok().filter(|_| has_ended) {
                    self.tell(Notice::Ended(Box::new(view)));
                }
                self.view(&record).map(|view| Reply::Batch(Box::new(view)))
            }
            Err(refusal) => Err(refusal),
        };
        // Whoever asked may have gone away.
        let _ = reply.send(answer);
        Ok(())
    }

    async fn obey(&mut self, request: &Request, operator: Operator) -> Result<BatchRecord, Refusal> {
        let (ledger, jobs) = (self.engine.ledger.clone(), &self.config.config.jobs);
        let is_gone = |batch: &BatchRecord| Ok(batch.has(Code::SpecVanished));
        let record = commands::obey(&ledger, jobs, request, operator, is_gone).await?;
        let cancelled = self.runs.get(&record.id).filter(|_| matches!(request, Request::Cancel { .. }));
        if let Some(run) = cancelled {
            run.stop.request(EndReason::Cancelled);
        }
        Ok(record)
    }
}
