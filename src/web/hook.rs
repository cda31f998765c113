//! Telling someone of the start and the end of batches, by HTTP, without ever making a batch wait.

use std::sync::Arc;

use reqwest::Url;
use tokio::time::Instant;

use super::delivery::{Courier, Pace, Parcel};
use super::metrics::{Delivery, Metrics};
use super::notice::Notice;
use super::queue::Queue;
use super::signature::Secret;

/// Most notices that wait.
const MOST: usize = 1_000;

/// Why there is no hook.
#[derive(Debug, thiserror::Error)]
#[error("notify.url: {0}")]
pub struct HookError(String);

/// Where notices are put. Clones share one queue.
#[derive(Debug, Clone)]
pub struct Hook {
    queue: Arc<Queue<Parcel>>,
    metrics: Arc<Metrics>,
}

/// The task that delivers what is put into a [`Hook`], one after the other.
#[derive(Debug)]
pub struct Deliveries {
    queue: Arc<Queue<Parcel>>,
    metrics: Arc<Metrics>,
    courier: Courier,
    /// The address without what may be secret.
    shown: String,
}

impl Hook {
    /// A hook to `url` and the task that serves it; with a secret, what is sent is signed.
    ///
    /// # Errors
    /// The address is no `http` or `https` URL, or the system's roots of trust cannot be read.
    pub fn new(
        url: &str,
        secret: Option<Vec<u8>>,
        metrics: Arc<Metrics>,
        pace: Pace,
    ) -> Result<(Self, Deliveries), HookError> {
        let url = Url::parse(url).map_err(|error| HookError(format!("not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HookError(format!("expected http:// or https://; found {}:", url.scheme())));
        }
        let shown = url.origin().ascii_serialization();
        let courier = Courier::new(url, secret.map(Secret::new), pace).map_err(HookError)?;
        let queue = Arc::new(Queue::new(MOST));
        let hook = Self { queue: queue.clone(), metrics: metrics.clone() };
        Ok((hook, Deliveries { queue, metrics, courier, shown }))
    }

    /// Puts a notice in the queue, at once. The oldest goes where there is no room.
    pub fn send(&self, notice: &Notice) {
        let body = match serde_json::to_vec(notice) {
            Ok(body) => body,
            Err(error) => return tracing::warn!(%error, "a notice cannot be written as JSON"),
        };
        let id = format!("{:032x}", rand::random::<u128>());
        if let Some(oldest) = self.queue.push(Parcel { id, event: notice.event().as_str(), body }) {
            self.metrics.webhook(Delivery::Dropped);
            tracing::warn!(id = oldest.id, event = oldest.event, "too many notices wait; the oldest was dropped");
        }
    }
}

impl Deliveries {
    /// Delivers until `until` resolves; then what still waits is tried once more, for a short while all together.
    pub async fn run(self, until: impl Future<Output = ()>) {
        tokio::pin!(until);
        loop {
            let parcel = tokio::select! {
                biased;
                () = &mut until => return self.close(None).await,
                parcel = self.queue.next() => parcel,
            };
            let delivered = tokio::select! {
                biased;
                () = &mut until => None,
                delivered = self.courier.deliver(&parcel) => Some(delivered),
            };
            match delivered {
                Some(delivered) => self.record(&parcel, delivered),
                None => return self.close(Some(parcel)).await,
            }
        }
    }

    async fn close(&self, begun: Option<Parcel>) {
        let end = Instant::now() + self.courier.last_chance();
        let mut next = begun.or_else(|| self.queue.pop());
        while let Some(parcel) = next {
            match tokio::time::timeout_at(end, self.courier.deliver_at_once(&parcel)).await {
                Ok(delivered) => self.record(&parcel, delivered),
                Err(_) => self.drop_late(&parcel),
            }
            next = self.queue.pop();
        }
    }

    fn record(&self, parcel: &Parcel, delivered: Result<(), String>) {
        let (id, event, receiver) = (&parcel.id, parcel.event, &self.shown);
        match delivered {
            Ok(()) => {
                self.metrics.webhook(Delivery::Delivered);
                tracing::debug!(id, event, receiver, "a notice was delivered");
            }
            Err(why) => {
                self.metrics.webhook(Delivery::Failed);
                tracing::warn!(id, event, receiver, why, "a notice was not delivered");
            }
        }
    }

    fn drop_late(&self, parcel: &Parcel) {
        self.metrics.webhook(Delivery::Dropped);
        let (id, event, receiver) = (&parcel.id, parcel.event, &self.shown);
        tracing::warn!(id, event, receiver, "a notice was dropped: the daemon stops");
    }
}
