//! What the routes hand to the daemon, and how its answer comes back.

use tokio::sync::{mpsc, oneshot};

use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::event::Operator;

/// One request that someone made over the socket. Whoever holds the ledger answers it through `reply`.
///
/// `reply` is closed when the client has gone away: what was asked for and takes long (a plan) need not go on then.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub request: Request,
    /// The user at the other end.
    pub operator: Operator,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Reply, Refusal>>,
}

/// The routes' end of the queue of what is asked.
#[derive(Debug, Clone)]
pub(super) struct Desk(mpsc::Sender<Asked>);

impl Desk {
    pub(super) fn new(asks: mpsc::Sender<Asked>) -> Self {
        Self(asks)
    }

    /// Hands a request over and waits for the answer. A queue without room refuses at once: a client can ask again, while
    /// one that waits in line would hold its connection.
    pub(super) async fn ask(&self, request: Request, operator: Operator) -> Result<Reply, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.0.try_send(Asked { request, operator, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                unavailable("the daemon has too much to answer; ask again in a moment")
            }
            mpsc::error::TrySendError::Closed(_) => unavailable("the daemon is stopping; ask again when it runs"),
        })?;
        answer.await.unwrap_or_else(|_| {
            Err(unavailable("the daemon gave up this request before it was answered; is it stopping? Ask again"))
        })
    }
}

fn unavailable(message: &str) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator() -> Operator {
        Operator { name: "ana".to_owned(), commit: None }
    }

    #[tokio::test]
    async fn a_full_a_closed_and_a_forgetful_queue_refuse_and_say_so() {
        let (sender, mut receiver) = mpsc::channel(1);
        let desk = Desk::new(sender);
        let first = tokio::spawn({
            let desk = desk.clone();
            async move { desk.ask(Request::Rescan, operator()).await }
        });
        while desk.0.capacity() > 0 {
            tokio::task::yield_now().await;
        }
        let full = desk.ask(Request::Rescan, operator()).await.unwrap_err();
        assert_eq!(full.kind, RefusalKind::Unavailable);
        assert!(full.message.contains("too much"), "{full}");
        drop(receiver.recv().await);
        let forgotten = first.await.unwrap().unwrap_err();
        assert!(forgotten.message.contains("before it was answered"), "{forgotten}");
        drop(receiver);
        let closed = desk.ask(Request::Rescan, operator()).await.unwrap_err();
        assert!(closed.message.contains("stopping"), "{closed}");
    }
}
