//! Walks a template from the left, one segment at a time, for as long as that leaves something out.

use crate::catalogs::key_template::{KeyTemplate, Zones};
use crate::catalogs::name::FieldName;
use crate::catalogs::segment::{Element, Found, Segment};
use crate::model::listing::Shard;

use super::names::{Ending, Names, Room, names};
use super::period::Period;
use super::selection::Selection;

/// Image numbers are made into prefixes only up to this many shards: beyond, one listing of a day is cheaper than a request
/// for each document of it.
const MOST_BY_IMAGE_NUMBER: usize = 10_000;

/// A bound on memory, far beyond any sensible number of organizations, types and days.
const MOST_SHARDS: usize = 100_000;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frontier {
    /// List everything below this prefix.
    List(Shard),
    /// Find out which directories there are.
    Discover(Discovery),
}

/// A level whose names are not known from the selection.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// The whole prefix to list with the delimiter `/`; the directories found go to [`expand`].
    pub prefix: String,
    level: Box<Level>,
}

impl PartialEq for Discovery {
    fn eq(&self, other: &Self) -> bool {
        self.prefix == other.prefix
    }
}

impl Eq for Discovery {}

/// A directory of the source, and what its name tells.
#[derive(Debug, Clone)]
struct Level {
    /// Its whole prefix; the source's own at the top.
    prefix: String,
    /// How many segments of the template it is deep.
    depth: usize,
    found: Found,
}

impl Frontier {
    fn prefix(&self) -> &str {
        match self {
            Self::List(shard) => &shard.prefix,
            Self::Discover(discovery) => &discovery.prefix,
        }
    }
}

/// What to list first.
pub fn start(template: &KeyTemplate, source_prefix: &str, selection: &Selection<'_>, zones: &Zones) -> Vec<Frontier> {
    let top = Level { prefix: source_prefix.to_owned(), depth: 0, found: Found::default() };
    Walk::new(template, selection, zones).descend(vec![top])
}

/// What to list next, given the `directories` that a listing of [`Discovery::prefix`] with the delimiter `/` returned: whole
/// prefixes that end in `/`.
pub fn expand(
    template: &KeyTemplate,
    discovery: &Discovery,
    directories: &[String],
    selection: &Selection<'_>,
    zones: &Zones,
) -> Vec<Frontier> {
    let walk = Walk::new(template, selection, zones);
    let level = &discovery.level;
    let names = directories.iter().filter_map(|directory| directory.strip_prefix(&level.prefix)?.strip_suffix('/'));
    walk.descend(names.filter_map(|name| walk.enter(level, name)).collect())
}

struct Walk<'a> {
    template: &'a KeyTemplate,
    selection: &'a Selection<'a>,
    period: Period,
}

impl<'a> Walk<'a> {
    fn new(template: &'a KeyTemplate, selection: &'a Selection<'a>, zones: &Zones) -> Self {
        Self { template, selection, period: Period::new(template, selection, zones) }
    }

    fn descend(&self, mut levels: Vec<Level>) -> Vec<Frontier> {
        let mut frontiers = Vec::new();
        while !levels.is_empty() {
            let taken = frontiers.len();
            let room = |most: usize| most.saturating_sub(taken) / levels.len();
            let room = Room { image_numbers: room(MOST_BY_IMAGE_NUMBER), others: room(MOST_SHARDS) };
            let mut below = Vec::new();
            for level in levels {
                self.step(level, room, &mut frontiers, &mut below);
            }
            levels = below;
        }
        disjoint(frontiers)
    }

    fn step(&self, level: Level, room: Room, frontiers: &mut Vec<Frontier>, below: &mut Vec<Level>) {
        let segments = self.template.segments();
        let Some(segment) = segments.get(level.depth).filter(|_| self.narrows(&level.found, level.depth, 0)) else {
            frontiers.push(Frontier::List(Shard::all(level.prefix)));
            return;
        };
        let Names { mut texts, ending } = names(segment, &level.found, self.selection, &self.period, room);
        texts.sort_by(|a, b| a.0.cmp(&b.0));
        texts.dedup_by(|a, b| a.0 == b.0);
        let is_last = level.depth + 1 == segments.len();
        match ending {
            Ending::Whole if !is_last => below.extend(texts.iter().filter_map(|(name, _)| self.enter(&level, name))),
            Ending::Open(index) if !is_last && may_discover(segment) => {
                for (head, date) in texts {
                    let found = Found { date, ..level.found.clone() };
                    let prefix = format!("{}{head}", level.prefix);
                    frontiers.push(if self.narrows(&found, level.depth, index + 1) {
                        Frontier::Discover(Discovery { prefix, level: Box::new(level.clone()) })
                    } else {
                        Frontier::List(Shard::all(prefix))
                    });
                }
            }
            Ending::Whole | Ending::Open(_) | Ending::TooMany => {
                let list = |(head, _)| Frontier::List(Shard::all(format!("{}{head}", level.prefix)));
                frontiers.extend(texts.into_iter().map(list));
            }
        }
    }

    /// The directory `name` of a level, unless nothing in scope can lie in it.
    fn enter(&self, level: &Level, name: &str) -> Option<Level> {
        let segment = self.template.segments().get(level.depth)?;
        let mut found = level.found.clone();
        if !segment.read(name, 0, &mut found) {
            return None;
        }
        let may_be = |name: &FieldName| {
            let value = found.values.get(name)?;
            Some((self.selection.accepts)(name.as_str(), value))
        };
        let accepted = segment.names().all(|name| may_be(name).unwrap_or(true));
        // A date that is none is in scope, and must be seen to be reported.
        let dated = found.date.are_no_date() || self.period.may_have(&found.date);
        (accepted && dated).then(|| Level { prefix: format!("{}{name}/", level.prefix), depth: level.depth + 1, found })
    }

    /// Whether anything from the element `index` of the segment `depth` to the end of the document's directory leaves
    /// something out. What lies below that directory belongs to the document and is listed whole.
    fn narrows(&self, found: &Found, depth: usize, index: usize) -> bool {
        let segments = self.template.segments().get(depth..=self.template.document_segment()).unwrap_or_default();
        let elements = segments.iter().flat_map(|segment| &segment.elements).skip(index);
        let dated = !self.period.has_whole(&found.date);
        elements.into_iter().any(|element| match element {
            Element::Text(_) => false,
            Element::Field(name) => self.selection.literals(name).is_some() || !self.selection.head(name).is_empty(),
            Element::Date(part, _) => dated && part.is_of_day(),
        })
    }
}

/// Whether the names of a segment may be found by listing: there are few organizations and types, but as many image numbers
/// as documents and as many times as seconds.
fn may_discover(segment: &Segment) -> bool {
    segment.elements.iter().all(|element| match element {
        Element::Text(_) => true,
        Element::Field(name) => matches!(name, FieldName::Organization | FieldName::DocumentType | FieldName::Own(_)),
        Element::Date(part, _) => part.is_of_day(),
    })
}

/// Drops what lies below another prefix. Where a discovery stands for a shard below it, it finds that shard's directory
/// again.
fn disjoint(mut frontiers: Vec<Frontier>) -> Vec<Frontier> {
    frontiers.sort_by(|a, b| a.prefix().cmp(b.prefix()));
    frontiers.dedup_by(|later, kept| later.prefix().starts_with(kept.prefix()));
    frontiers
}
