//! What a webhook tells: that a batch began or ended a run.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::view::{BatchView, FORMAT_VERSION};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum NoticeEvent {
    /// A run began.
    BatchStarted,
    /// A run ended.
    BatchEnded,
}

impl NoticeEvent {
    /// The event as receivers know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BatchStarted => "BatchStarted",
            Self::BatchEnded => "BatchEnded",
        }
    }
}

/// One notice: the JSON that a receiver gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    format_version: u32,
    event: NoticeEvent,
    at: Timestamp,
    batch: Box<BatchView>,
}

impl Notice {
    /// Says what happened to a batch and when, and how the batch stands.
    pub fn new(event: NoticeEvent, at: Timestamp, batch: BatchView) -> Self {
        Self { format_version: FORMAT_VERSION, event, at, batch: Box::new(batch) }
    }

    /// What happened.
    pub fn event(&self) -> NoticeEvent {
        self.event
    }
}
