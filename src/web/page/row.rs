//! What lists and heads show of a batch. Both are rendered here alone: for a page, and for the stream that renews it.

use askama::Template;

use super::frame::{Frame, batch_at};
use super::progress::{self, Bar};
use crate::model::batch::{Condition, ConditionKind};
use crate::model::catalogue::entry;
use crate::model::config::Language;
use crate::model::overview::{BatchRow, Standing};
use crate::model::status::{RunStatus, SyncStatus};
use crate::model::text::one_line;
use crate::reports::html::text::sentence;
use crate::reports::words;

/// Characters of a condition's message in a list; the batch's page has all of them.
const TOLD: usize = 160;

/// A row of the list.
#[derive(Template)]
#[template(path = "row.html", config = "src/web/page/askama.toml")]
pub(super) struct Row<'a> {
    pub(super) frame: &'a Frame,
    pub(super) row: &'a BatchRow,
}

/// The head of a batch's page.
#[derive(Template)]
#[template(path = "head.html", config = "src/web/page/askama.toml")]
pub(super) struct Head<'a> {
    pub(super) frame: &'a Frame,
    pub(super) row: &'a BatchRow,
}

/// All batches by where they stand.
#[derive(Template)]
#[template(path = "standing.html", config = "src/web/page/askama.toml")]
pub(super) struct StandingView<'a> {
    pub(super) frame: &'a Frame,
    pub(super) standing: Standing,
}

/// A badge: its class, its sign and its word.
pub(super) type Badge = (&'static str, &'static str, &'static str);

/// The badge of a sync status.
pub(super) fn sync_badge(status: SyncStatus, language: Language) -> Badge {
    let (class, sign) = match status {
        SyncStatus::Complete => ("good", "✓"),
        SyncStatus::Partial => ("part", "◐"),
        SyncStatus::Failed => ("bad", "✗"),
        SyncStatus::Pending => ("idle", "○"),
    };
    (class, sign, words::sync_status(status, language))
}

/// The badge of a run status.
pub(super) fn run_badge(status: RunStatus, language: Language) -> Badge {
    let (class, sign) = match status {
        RunStatus::Running => ("runs", "▶"),
        RunStatus::Queued => ("plain", "…"),
        RunStatus::Ended => ("plain", "■"),
    };
    (class, sign, words::run_status(status, language))
}

/// A condition: its class, its kind, its code, and the rest as HTML.
pub(super) struct Told {
    pub(super) class: &'static str,
    pub(super) kind: &'static str,
    pub(super) reason: &'static str,
    pub(super) text: String,
}

/// A condition in words; `most`: characters of its message.
pub(super) fn told(condition: &Condition, language: Language, most: usize) -> Told {
    let message = one_line(&condition.message);
    let mut shown: String = message.chars().take(most).collect();
    if shown.len() < message.len() {
        shown.push('…');
    }
    let text = match language {
        Language::English => sentence(&shown),
        Language::Chinese => {
            let meaning = sentence(entry(condition.reason).message(language));
            format!("{meaning}。<span lang=\"en\">{}</span>", sentence(&shown))
        }
    };
    Told {
        class: match condition.kind {
            ConditionKind::Stalled => "bad",
            ConditionKind::Warning => "part",
            ConditionKind::Suspended | ConditionKind::Retired | ConditionKind::Waiting => "idle",
        },
        kind: words::condition(condition.kind, language),
        reason: condition.reason.as_str(),
        text,
    }
}

impl Row<'_> {
    /// The condition that matters most: what stalls first.
    fn condition(&self) -> Option<Told> {
        let weight = |condition: &&Condition| match condition.kind {
            ConditionKind::Stalled => 0,
            ConditionKind::Suspended | ConditionKind::Retired => 1,
            ConditionKind::Waiting => 2,
            ConditionKind::Warning => 3,
        };
        self.row.line.conditions.iter().min_by_key(weight).map(|first| told(first, self.frame.language, TOLD))
    }

    fn href(&self) -> String {
        batch_at(self.row.line.number.as_str()).into_text()
    }

    fn labels(&self) -> Vec<String> {
        self.row.line.labels.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    fn bar(&self) -> Bar {
        progress::bar(self.row)
    }

    fn sync(&self) -> Badge {
        sync_badge(self.row.line.sync_status, self.frame.language)
    }

    fn run(&self) -> Badge {
        run_badge(self.row.line.run_status, self.frame.language)
    }
}

impl Head<'_> {
    fn conditions(&self) -> Vec<Told> {
        self.row.line.conditions.iter().map(|one| told(one, self.frame.language, usize::MAX)).collect()
    }

    fn bar(&self) -> Bar {
        progress::bar(self.row)
    }

    fn sync(&self) -> Badge {
        sync_badge(self.row.line.sync_status, self.frame.language)
    }

    fn run(&self) -> Badge {
        run_badge(self.row.line.run_status, self.frame.language)
    }

    /// What the rest of the page rests on: if it is another, the page is old.
    fn state(&self) -> String {
        let line = &self.row.line;
        let reasons: Vec<&str> = line.conditions.iter().map(|condition| condition.reason.as_str()).collect();
        let run = line.run.map_or(0, |(number, _)| number);
        format!("{:?} {:?} {run} {}", line.run_status, line.sync_status, reasons.join(" "))
    }
}
