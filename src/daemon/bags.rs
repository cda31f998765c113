//! A bag beside the loop, on a thread of its own: it reads stores and the ledger, and writes nothing but its file, which goes
//! when its answer has ended.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::engine::answer::Answers;
use crate::engine::download::{Maker, Parcel, Room};
use crate::engine::limits::GlobalLimits;
use crate::engine::stop::Stop;
use crate::model::bag::BagFile;
use crate::model::batch::EndReason;
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::specs::LoadedConfig;
use crate::web::Asked;

/// Bags at once, from the first byte read to the last byte sent: each reads a target, and lies on the ledger's disk meanwhile.
const BAGS: usize = 2;

/// Makes bags.
pub struct Bags {
    limits: Arc<GlobalLimits>,
    room: Arc<Room>,
    places: Arc<Semaphore>,
}

/// Asks for an end when it goes: whoever waits may be given up with the daemon.
struct Waiting(Stop);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.request(EndReason::Interrupted);
    }
}

impl Bags {
    /// Bags within the operator's bounds, below a state directory, from which those that a killed process left are removed.
    pub fn new(state: &Path, limits: Arc<GlobalLimits>) -> Self {
        let bags = Self { limits, room: Arc::new(Room::new(state)), places: Arc::new(Semaphore::new(BAGS)) };
        bags.clear();
        bags
    }

    /// Removes bags that nobody waits for. One that cannot be removed takes room and nothing else.
    pub fn clear(&self) {
        if let Err(error) = self.room.clear() {
            tracing::warn!(%error, "an unfinished bag in the state directory cannot be removed");
        }
    }

    /// Answers a request for a bag; given up when nobody waits for it any more.
    pub async fn answer(&self, answers: Answers, config: LoadedConfig, asked: Asked) {
        let Asked { request, operator, mut reply } = asked;
        let Request::Bag { batch, image } = request else { return };
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let _ = reply.send(Err(busy()));
            return;
        };
        tracing::info!(batch, operator = operator.name, "making a bag");
        let waiting = Waiting(Stop::default());
        let (limits, room, stop) = (Arc::clone(&self.limits), Arc::clone(&self.room), waiting.0.clone());
        let maker = Maker { answers, config, limits, room, stop };
        let making = on_a_thread(move || maker.make(&batch, image.as_ref()));
        tokio::pin!(making);
        let made = tokio::select! {
            made = &mut making => made,
            () = reply.closed() => {
                waiting.0.request(EndReason::Interrupted);
                making.await
            }
        };
        // Whoever asked may have gone away; the file goes with what is not sent.
        let _ = reply.send(made.map(|parcel| Reply::Bag(file(parcel, place))));
    }
}

/// What keeps the file also keeps its place.
fn file(parcel: Parcel, place: OwnedSemaphorePermit) -> BagFile {
    let (name, size, path) = (parcel.name.clone(), parcel.size, parcel.path.clone());
    BagFile::new(name, size, path, (parcel, place))
}

/// Neither the daemon's tasks wait for it nor its end.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let (done, result) = oneshot::channel();
    let unavailable = |error: &dyn std::fmt::Display| Refusal::new(RefusalKind::Unavailable, error);
    thread::Builder::new()
        .name("bag".to_owned())
        .spawn(move || drop(done.send(work())))
        .map_err(|error| unavailable(&format_args!("no thread can be started: {error}")))?;
    let broken = |_| Err(unavailable(&"the bag was given up because of a mistake of the daemon's own; see its log"));
    result.await.unwrap_or_else(broken)
}

fn busy() -> Refusal {
    let message = format!("{BAGS} bags are being made or sent, as many as at once; ask again in a moment");
    Refusal::new(RefusalKind::Busy, message)
}
