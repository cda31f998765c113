//! What has changed, told to every open page. One task looks, however many pages are open.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{Notify, Semaphore, broadcast, watch};
use tokio::task::JoinHandle;

use super::frame::{Frame, Section};
use super::routes::ask;
use super::row::{Head, Row, StandingView};
use crate::model::config::Language;
use crate::model::overview::{BatchRow, Changes, Overview, Overviewed, Stamp};
use crate::web::asked::Desk;
use crate::web::target::Target;

/// How often it looks.
const STEP: Duration = Duration::from_secs(1);
/// What a page may not have taken yet. One that is further behind is told to come again.
const BEHIND: usize = 8;
/// Open pages that are told of changes; others are as they were loaded.
const STREAMS: usize = 256;

/// Every language that a page may have, in the order in which texts stand.
const LANGUAGES: [Language; 2] = [Language::English, Language::Chinese];

/// What has changed in one step.
#[derive(Debug, Clone)]
pub(super) struct Tick {
    stamp: Stamp,
    /// By batch number: what its row and its head are now, as JSON in each language.
    batches: BTreeMap<String, [String; 2]>,
    /// All batches by where they stand, as JSON in each language.
    standing: Option<[String; 2]>,
}

/// Tells open pages what has changed.
pub(super) struct Hub {
    shared: Arc<Shared>,
    looking: JoinHandle<()>,
}

struct Shared {
    desk: Desk,
    ticks: broadcast::Sender<Arc<Tick>>,
    /// Someone listens.
    woken: Notify,
    closed: watch::Sender<bool>,
    places: Arc<Semaphore>,
}

/// What an open page holds.
pub(super) struct Seat {
    pub(super) ticks: broadcast::Receiver<Arc<Tick>>,
    pub(super) closed: watch::Receiver<bool>,
    pub(super) _place: tokio::sync::OwnedSemaphorePermit,
}

impl Hub {
    /// Starts to look, once someone listens.
    pub(super) fn start(desk: Desk) -> Arc<Self> {
        let (ticks, _) = broadcast::channel(BEHIND);
        let (closed, _) = watch::channel(false);
        let places = Arc::new(Semaphore::new(STREAMS));
        let shared = Arc::new(Shared { desk, ticks, woken: Notify::new(), closed, places });
        let looking = tokio::spawn(look(shared.clone()));
        Arc::new(Self { shared, looking })
    }

    /// A place for one more page; `None`: there are too many.
    pub(super) fn sit(&self) -> Option<Seat> {
        let place = self.shared.places.clone().try_acquire_owned().ok()?;
        let seat = Seat { ticks: self.shared.ticks.subscribe(), closed: self.shared.closed.subscribe(), _place: place };
        self.shared.woken.notify_one();
        Some(seat)
    }

    /// Ends every stream.
    pub(super) fn close(&self) {
        self.shared.closed.send_replace(true);
        self.looking.abort();
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

/// Looks while someone listens.
async fn look(shared: Arc<Shared>) {
    let (mut since, mut told) = (None, HashMap::new());
    loop {
        while shared.ticks.receiver_count() == 0 {
            told.clear();
            shared.woken.notified().await;
        }
        tokio::time::sleep(STEP).await;
        // A daemon that cannot answer now is asked again.
        let Ok(Overviewed::Changes(changes)) = ask(&shared.desk, Overview::Changes { since }).await else { continue };
        since = Some(changes.stamp);
        let mut tick = Tick::of(&changes);
        tick.forget_known(&mut told);
        if !tick.is_empty() {
            // Whoever listened may have gone.
            let _ = shared.ticks.send(Arc::new(tick));
        }
    }
}

/// What a page needs of a batch.
#[derive(Serialize)]
struct Fragments<'a> {
    number: &'a str,
    row: String,
    head: String,
}

impl Tick {
    /// What a page is told that knows nothing of these changes.
    pub(super) fn of(changes: &Changes) -> Self {
        let batches =
            changes.rows.iter().map(|row| (row.line.number.to_string(), LANGUAGES.map(|one| fragments(row, one))));
        let standing = LANGUAGES.map(|language| {
            let frame = bare(language);
            json(&rendered(&StandingView { frame: &frame, standing: changes.standing }))
        });
        Self { stamp: changes.stamp, batches: batches.collect(), standing: Some(standing) }
    }

    /// Leaves out what was told before.
    fn forget_known(&mut self, told: &mut HashMap<String, [String; 2]>) {
        self.batches.retain(|number, texts| {
            let is_new = told.get(number) != Some(texts);
            told.insert(number.clone(), texts.clone());
            is_new
        });
        self.standing =
            self.standing.take().filter(|texts| told.insert(String::new(), texts.clone()).as_ref() != Some(texts));
    }

    fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.standing.is_none()
    }

    /// The event for a page that shows these batches; `None`: nothing in it concerns it.
    pub(super) fn event(&self, only: &BTreeSet<String>, language: Language) -> Option<String> {
        let place = LANGUAGES.iter().position(|one| *one == language).unwrap_or_default();
        let wanted = only.iter().filter_map(|number| self.batches.get(number));
        let batches: Vec<&str> = wanted.map(|texts| texts[place].as_str()).collect();
        let standing = self.standing.as_ref().map(|texts| texts[place].as_str());
        if batches.is_empty() && standing.is_none() {
            return None;
        }
        let (batches, standing) = (batches.join(","), standing.unwrap_or("null"));
        Some(format!(
            "id: {}\nevent: changes\ndata: {{\"batches\":[{batches}],\"standing\":{standing}}}\n\n",
            self.stamp
        ))
    }
}

fn fragments(row: &BatchRow, language: Language) -> String {
    let frame = bare(language);
    let [html, head] = [rendered(&Row { frame: &frame, row }), rendered(&Head { frame: &frame, row })];
    json(&Fragments { number: row.line.number.as_str(), row: html, head })
}

fn bare(language: Language) -> Frame {
    Frame::new(language, Section::Batches, Target::at("/"))
}

fn rendered(template: &impl askama::Template) -> String {
    // Plain values into memory: no template of ours has an error of its own to give.
    template.render().expect("a fragment of plain values")
}

/// One line: JSON has no line feed of its own.
fn json(value: &impl Serialize) -> String {
    // Texts with string keys, into memory: cannot fail.
    serde_json::to_string(value).expect("texts are plain data")
}
