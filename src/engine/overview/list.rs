//! Which batches a list shows, in which order, and where its next page begins.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::model::batch::ConditionKind;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::overview::{BatchKey, BatchLine, BatchQuery, Standing};
use crate::model::status::RunStatus;

/// The place of a line in an order: what it is ordered by, then its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Number(u64, u32),
    Text(String, u32),
}

/// Lines of one page.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) lines: Vec<Arc<BatchLine>>,
    pub(super) next: Option<String>,
    pub(super) fitting: u64,
}

/// The page that is asked for.
///
/// # Errors
/// `after` is none of ours.
pub(super) fn select(lines: &[Arc<BatchLine>], query: &BatchQuery) -> Result<Selected, Refusal> {
    let by = query.order.by;
    let after = query.after.as_deref().map(|text| Place::read(text, by).ok_or_else(bad_place)).transpose()?;
    let wanted = Wanted::of(query);
    let mut fitting: Vec<&Arc<BatchLine>> = lines.iter().filter(|line| wanted.fits(line)).collect();
    let all = fitting.len() as u64;
    let directed = |order: Ordering| if query.order.ascending { order } else { order.reverse() };
    if let Some(after) = &after {
        fitting.retain(|line| directed(Place::of(line, by).cmp(after)) == Ordering::Greater);
    }
    let limit = query.limit.max(1) as usize;
    let compare = |a: &&Arc<BatchLine>, b: &&Arc<BatchLine>| directed(order(a, b, by));
    let more = fitting.len() > limit;
    if more {
        fitting.select_nth_unstable_by(limit, compare);
        fitting.truncate(limit);
    }
    fitting.sort_unstable_by(compare);
    let next = fitting.last().filter(|_| more).map(|last| Place::of(last, by).written());
    Ok(Selected { lines: fitting.into_iter().cloned().collect(), next, fitting: all })
}

/// All batches, by where they stand.
pub(super) fn standing(lines: &[Arc<BatchLine>]) -> Standing {
    let mut standing = Standing::default();
    for line in lines.iter().filter(|line| !has(line, ConditionKind::Retired)) {
        standing.all += 1;
        *match line.run_status {
            RunStatus::Running => &mut standing.running,
            RunStatus::Queued => &mut standing.queued,
            RunStatus::Ended => &mut standing.ended,
        } += 1;
        standing.stalled += u64::from(has(line, ConditionKind::Stalled));
    }
    standing
}

fn order(a: &BatchLine, b: &BatchLine, by: BatchKey) -> Ordering {
    let first = match by {
        BatchKey::Name => a.name.as_str().cmp(b.name.as_str()),
        _ => figure(a, by).cmp(&figure(b, by)),
    };
    first.then(a.id.cmp(&b.id))
}

fn figure(line: &BatchLine, by: BatchKey) -> u64 {
    match by {
        BatchKey::Created | BatchKey::Name => u64::from(line.id),
        BatchKey::Documents => line.documents.in_scope(),
        BatchKey::Unsynced => line.documents.unsynced(),
        BatchKey::Failed => line.documents.failed,
    }
}

impl Place {
    fn of(line: &BatchLine, by: BatchKey) -> Self {
        match by {
            BatchKey::Name => Self::Text(line.name.to_string(), line.id),
            _ => Self::Number(figure(line, by), line.id),
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Number(figure, id) => format!("{id}.{figure}"),
            Self::Text(text, id) => format!("{id}.{text}"),
        }
    }

    fn read(text: &str, by: BatchKey) -> Option<Self> {
        let (id, first) = text.split_once('.')?;
        let id = id.parse().ok()?;
        match by {
            BatchKey::Name => Some(Self::Text(first.to_owned(), id)),
            _ => Some(Self::Number(first.parse().ok()?, id)),
        }
    }
}

fn bad_place() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "`after` is not where an earlier page ended; begin with the first page")
}

/// A query, ready to be compared with ten thousand lines.
struct Wanted<'a> {
    query: &'a BatchQuery,
    name: String,
    number: String,
    organization: String,
    label: Option<(&'a str, Option<&'a str>)>,
}

impl<'a> Wanted<'a> {
    fn of(query: &'a BatchQuery) -> Self {
        let text = query.text.as_deref().unwrap_or_default();
        let label = query.label.as_deref().map(|label| match label.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (label.trim(), None),
        });
        let organization = query.organization.as_deref().unwrap_or_default().to_lowercase();
        Self { query, name: text.to_lowercase(), number: text.to_uppercase(), organization, label }
    }

    fn fits(&self, line: &BatchLine) -> bool {
        let query = self.query;
        // Retired batches are hidden, but from whoever asks for them.
        let hidden = has(line, ConditionKind::Retired) && query.condition != Some(ConditionKind::Retired);
        !hidden
            && query.run.is_none_or(|run| run == line.run_status)
            && query.sync.is_none_or(|sync| sync == line.sync_status)
            && query.condition.is_none_or(|kind| has(line, kind))
            && (self.name.is_empty()
                || line.name.as_str().contains(&self.name)
                || line.number.as_str().to_uppercase().contains(&self.number))
            && (self.organization.is_empty() || self.names_organization(line))
            && self.label.is_none_or(|(name, value)| {
                line.labels.get(name).is_some_and(|found| value.is_none_or(|value| value == found))
            })
    }

    fn names_organization(&self, line: &BatchLine) -> bool {
        line.organizations.iter().any(|glob| glob.to_lowercase().contains(&self.organization))
    }
}

fn has(line: &BatchLine, kind: ConditionKind) -> bool {
    line.conditions.iter().any(|condition| condition.kind == kind)
}
