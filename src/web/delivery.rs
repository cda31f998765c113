//! Delivering one notice: what is sent, what the answer means, and when to try again.

use std::time::Duration;

use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use jiff::Timestamp;
use reqwest::{Client, Response, Url, redirect};
use tokio::time::Instant;

use super::signature::Secret;
use crate::rules::retrying::Backoff;

/// How patient deliveries are.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Tries of one notice.
    pub tries: u32,
    /// From the first try to the last of one notice.
    pub within: Duration,
    /// Longest time of one try.
    pub each: Duration,
    /// Between tries.
    pub backoff: Backoff,
    /// For everything that still waits when the daemon stops.
    pub last_chance: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            tries: 5,
            within: Duration::from_secs(5 * 60),
            each: Duration::from_secs(10),
            backoff: Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(60) },
            last_chance: Duration::from_secs(2),
        }
    }
}

/// A notice as it is sent: the same bytes and the same id at every try, so that a receiver can tell a repetition.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) id: String,
    pub(super) event: &'static str,
    pub(super) body: Vec<u8>,
}

/// What came of one try.
enum Tried {
    Delivered,
    /// It may help to try again, not before this long.
    Again(String, Option<Duration>),
    GivenUp(String),
}

/// Sends parcels to one address.
#[derive(Debug)]
pub(super) struct Courier {
    client: Client,
    url: Url,
    secret: Option<Secret>,
    pace: Pace,
}

impl Courier {
    pub(super) fn new(url: Url, secret: Option<Secret>, pace: Pace) -> Result<Self, String> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(pace.each)
            .user_agent(concat!("batchferry/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| causes(&error))?;
        Ok(Self { client, url, secret, pace })
    }

    /// How long everything that still waits has when the daemon stops.
    pub(super) fn last_chance(&self) -> Duration {
        self.pace.last_chance
    }

    /// Tries until the parcel is delivered, refused, or has taken too long.
    pub(super) async fn deliver(&self, parcel: &Parcel) -> Result<(), String> {
        let begun = Instant::now();
        for attempt in 1.. {
            let (why, asked) = match self.attempt(parcel).await {
                Tried::Delivered => return Ok(()),
                Tried::GivenUp(why) => return Err(why),
                Tried::Again(why, asked) => (why, asked),
            };
            let pause = self.pace.backoff.delay(attempt, asked, rand::random());
            if attempt >= self.pace.tries || begun.elapsed().saturating_add(pause) > self.pace.within {
                return Err(format!("{why}; given up after {attempt} tries"));
            }
            tracing::debug!(id = parcel.id, why, ?pause, "a notice is tried again");
            tokio::time::sleep(pause).await;
        }
        // The loop ends by one of its returns.
        Err(String::new())
    }

    /// One try, with no other after it.
    pub(super) async fn deliver_at_once(&self, parcel: &Parcel) -> Result<(), String> {
        match self.attempt(parcel).await {
            Tried::Delivered => Ok(()),
            Tried::Again(why, _) | Tried::GivenUp(why) => Err(why),
        }
    }

    async fn attempt(&self, parcel: &Parcel) -> Tried {
        let timestamp = Timestamp::now().as_second().to_string();
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("X-Batchferry-Event", parcel.event)
            .header("X-Batchferry-Delivery", &parcel.id)
            .header("X-Batchferry-Timestamp", &timestamp);
        if let Some(secret) = &self.secret {
            request = request.header("X-Batchferry-Signature", secret.sign(&timestamp, &parcel.body));
        }
        match request.body(parcel.body.clone()).send().await {
            Ok(response) => judge(&response),
            // The address may hold a secret.
            Err(error) => Tried::Again(causes(&error.without_url()), None),
        }
    }
}

/// What an answer means.
fn judge(response: &Response) -> Tried {
    let status = response.status();
    let why = format!("the receiver answered {status}");
    match status {
        status if status.is_success() => Tried::Delivered,
        status if status.is_redirection() => {
            Tried::GivenUp(format!("{why}, and redirects are not followed: name the final address in notify.url"))
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Tried::Again(why, retry_after(response)),
        status if status.is_server_error() => Tried::Again(why, retry_after(response)),
        _ => Tried::GivenUp(why),
    }
}

/// What the receiver asks for: seconds, or a date.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Duration::try_from(date.timestamp().duration_since(Timestamp::now())).unwrap_or_default())
}

/// An error with everything that caused it: the outer one says little.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
