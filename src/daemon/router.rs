//! What is asked over the socket: questions are answered beside the loop, commands go to it, plans and
//! verifications have tasks of their own, and bags a thread.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, watch};

use super::bags::Bags;
use super::looks;
use super::plans::Planner;
use super::verifications::Verifications;
use crate::engine::answer::Answers;
use crate::engine::drafting::{SpecWriter, choices};
use crate::engine::overview::{Overviews, Places};
use crate::engine::reconcile::Command;
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::overview::{Overview, Overviewed};
use crate::specs::LoadedConfig;
use crate::web::Asked;

/// Questions answered at once; each reads the ledger on a thread of its own.
const QUESTIONS: usize = 8;
/// Pages answered at once: they must not wait for questions that take long, such as a report.
const PAGES: usize = 4;
/// Files read at once to be looked at; each is held in memory.
const LOOKS: usize = 2;
/// Plans made at once: each lists and reads like a run.
const PLANS: usize = 2;
/// Verifications at once: each reads a whole target.
const VERIFICATIONS: usize = 2;

/// Sends what is asked where it is answered.
pub struct Router {
    /// Answers questions.
    pub answers: Answers,
    /// Answers pages.
    pub overviews: Arc<Overviews>,
    /// Makes plans.
    pub planner: Arc<Planner>,
    /// Writes new specs.
    pub writer: Arc<SpecWriter>,
    /// Makes verifications.
    pub verifications: Arc<Verifications>,
    /// Makes bags.
    pub bags: Arc<Bags>,
    /// The config in force.
    pub config: watch::Receiver<LoadedConfig>,
    /// The loop.
    pub commands: mpsc::Sender<Command>,
}

impl Router {
    /// Works until nobody can ask any more.
    pub async fn run(self, mut asks: mpsc::Receiver<Asked>) {
        let [questions, pages, looks, plans, verifications] =
            [QUESTIONS, PAGES, LOOKS, PLANS, VERIFICATIONS].map(|places| Arc::new(Semaphore::new(places)));
        while let Some(asked) = asks.recv().await {
            match asked.request {
                Request::Overview(Overview::Choices) => self.choices(asked),
                Request::Overview(Overview::File { .. }) => self.look(asked, looks.clone()),
                Request::Overview(ref question) => self.page(question.clone(), asked, pages.clone()),
                Request::CheckSpec { .. } | Request::WriteSpec { .. } => self.draft(asked, pages.clone()),
                Request::Plan { .. } => self.plan(asked, plans.clone()),
                Request::Bag { .. } => self.bag(asked),
                Request::Verify { .. } => self.verify(asked, verifications.clone()),
                Request::Resync { .. }
                | Request::Suspend { .. }
                | Request::Resume { .. }
                | Request::Cancel { .. }
                | Request::Delete { .. }
                | Request::Rescan => self.command(asked),
                Request::Batches { .. }
                | Request::Batch { .. }
                | Request::Documents { .. }
                | Request::Files { .. }
                | Request::Chains { .. }
                | Request::Spec { .. }
                | Request::Records { .. }
                | Request::Events { .. }
                | Request::CheckAudit { .. }
                | Request::Report { .. }
                | Request::WriteReport { .. } => self.question(asked, questions.clone()),
            }
        }
    }

    /// What answers questions under the config in force.
    fn answers(&self) -> Answers {
        let config = &self.config.borrow().config;
        Answers { jobs: config.jobs.clone(), reports: config.reports.clone(), ..self.answers.clone() }
    }

    fn question(&self, asked: Asked, places: Arc<Semaphore>) {
        let answers = self.answers();
        tokio::spawn(async move {
            // The semaphore is never closed.
            let _place = places.acquire_owned().await;
            let Asked { request, reply, .. } = asked;
            let answering = tokio::task::spawn_blocking(move || answers.answer(&request)).await;
            let answer = answering.ok().flatten().unwrap_or_else(|| Err(broken()));
            // Whoever asked may have gone away.
            let _ = reply.send(answer);
        });
    }

    fn page(&self, question: Overview, asked: Asked, turns: Arc<Semaphore>) {
        let config = &self.config.borrow().config;
        let places = Places { jobs: config.jobs.clone(), reports: config.reports.clone() };
        let overviews = Arc::clone(&self.overviews);
        tokio::spawn(async move {
            let _turn = turns.acquire_owned().await;
            if asked.reply.is_closed() {
                return;
            }
            let answering = tokio::task::spawn_blocking(move || overviews.answer(&places, &question)).await;
            let answer = answering.unwrap_or_else(|_| Err(broken()));
            let _ = asked.reply.send(answer.map(|shown| Reply::Overview(Box::new(shown))));
        });
    }

    fn choices(&self, asked: Asked) {
        let choices = Overviewed::Choices(choices(&self.config.borrow().config));
        // Whoever asked may have gone away.
        let _ = asked.reply.send(Ok(Reply::Overview(Box::new(choices))));
    }

    fn draft(&self, asked: Asked, turns: Arc<Semaphore>) {
        let (writer, config) = (Arc::clone(&self.writer), self.config.borrow().config.clone());
        tokio::spawn(async move {
            let _turn = turns.acquire_owned().await;
            let Asked { request, operator, reply } = asked;
            let drafting = tokio::task::spawn_blocking(move || writer.answer(&config, request, &operator)).await;
            let _ = reply.send(drafting.ok().flatten().unwrap_or_else(|| Err(broken())));
        });
    }

    fn look(&self, asked: Asked, places: Arc<Semaphore>) {
        let (overviews, config) = (Arc::clone(&self.overviews), self.config.borrow().clone());
        tokio::spawn(async move {
            let _place = places.acquire_owned().await;
            looks::answer(overviews, config, asked).await;
        });
    }

    fn command(&self, asked: Asked) {
        let command = Command { request: asked.request, operator: asked.operator, reply: asked.reply };
        if let Err(refused) = self.commands.try_send(command) {
            let (command, why) = match refused {
                mpsc::error::TrySendError::Full(command) => {
                    (command, "the daemon has too much to do; ask again in a moment")
                }
                mpsc::error::TrySendError::Closed(command) => {
                    (command, "the daemon is stopping; ask again when it runs")
                }
            };
            let _ = command.reply.send(Err(Refusal::new(RefusalKind::Unavailable, why)));
        }
    }

    fn verify(&self, asked: Asked, places: Arc<Semaphore>) {
        let (verifications, config) = (self.verifications.clone(), self.config.borrow().clone());
        tokio::spawn(async move {
            let _place = places.acquire_owned().await;
            verifications.answer(&config, asked).await;
        });
    }

    fn bag(&self, asked: Asked) {
        let (bags, answers, config) = (self.bags.clone(), self.answers(), self.config.borrow().clone());
        tokio::spawn(async move { bags.answer(answers, config, asked).await });
    }

    fn plan(&self, asked: Asked, places: Arc<Semaphore>) {
        let (planner, config) = (self.planner.clone(), self.config.borrow().clone());
        tokio::spawn(async move {
            let _place = places.acquire_owned().await;
            planner.answer(&config, asked).await;
        });
    }
}

/// A mistake of ours, told like any other refusal; its cause is in the log.
fn broken() -> Refusal {
    Refusal::new(RefusalKind::Unavailable, "the daemon could not answer because of a mistake of its own; see its log")
}
