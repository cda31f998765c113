//! A batch in a few lines, for people.

use std::fmt::Write as _;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use crate::model::batch::ConditionKind;
use crate::model::catalogue::entry;
use crate::model::config::Language;
use crate::model::failure::Group;
use crate::model::text::one_line;
use crate::model::units::Size;
use crate::model::view::{BatchView, TallyView};
use crate::rules::reporting::{count, remedy};

/// Keys and prefixes that are named.
const NAMED: usize = 5;

/// A batch for people: statuses, totals, reasons with their remedies.
pub fn summary(view: &BatchView) -> String {
    let suspended = if view.suspended { ", suspended" } else { "" };
    let cut_short = view.cut_short().map(|code| format!("{code}: {}", entry(code).message(Language::English)));
    let ended = cut_short.map(|why| format!("; {why}")).unwrap_or_default();
    format!(
        "{} ({})\n  {:?}, {:?}{suspended}{ended}\n{}",
        view.name,
        view.batch_number,
        view.run_status,
        view.sync_status,
        findings(view)
    )
}

/// A batch that is no more than a plan, for people.
pub fn planned(view: &BatchView) -> String {
    format!("plan of {}\n{}", view.name, findings(view))
}

/// What could not be listed or read, the first of it by name.
pub fn unlisted(names: &[String]) -> String {
    let mut text = String::new();
    for name in names.iter().take(NAMED) {
        let _ = writeln!(text, "  not listed: {}", one_line(name));
    }
    let rest = names.len().saturating_sub(NAMED) as u64;
    if rest > 0 {
        let _ =
            writeln!(text, "  and {} more; the report names them", count(rest, "key or prefix", "keys or prefixes"));
    }
    text
}

fn findings(view: &BatchView) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail, here and below.
    let range = &view.collected;
    let _ = writeln!(
        text,
        "  collected {} to {} {} ({} to {})",
        range.from, range.to, range.time_zone, range.from_utc, range.to_utc
    );
    let place = |place: &crate::model::view::PlaceView| format!("{}/{}", place.store, place.prefix);
    let _ = writeln!(text, "  from {} to {}", place(&view.source), place(&view.target));
    let is_retired = view.conditions.iter().any(|condition| condition.kind == ConditionKind::Retired);
    // What else held it up is of no matter then.
    let told = view.conditions.iter().filter(|condition| !is_retired || condition.kind == ConditionKind::Retired);
    for condition in told {
        let (kind, reason, since) = (condition.kind, condition.reason, condition.since);
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
        let _ = writeln!(text, "  {kind:?} since {since} ({reason}): {}", one_line(&condition.message));
        // The other conditions say in their message what to do.
        if entry(reason).group == Group::Store {
            let _ = writeln!(text, "    → {}", remedy(reason, &view.name, Language::English));
        }
    }
    let _ = writeln!(text, "{}", totals(view));
    let listed = &view.listed;
    let _ = writeln!(
        text,
        "  listed {} with {}: {} out of scope, {} unrecognised",
        count(listed.objects, "object", "objects"),
        count(listed.requests, "request", "requests"),
        listed.out_of_scope,
        listed.unrecognised
    );
    text.push_str(&reasons(view));
    text
}

fn totals(view: &BatchView) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["", "in scope", "migrated", "already at target", "failed", "pending"]);
    let row = |name: &str, tally: &TallyView, show: fn(u64) -> String| {
        let figures = [tally.in_scope, tally.migrated, tally.already_at_target, tally.failed, tally.pending];
        std::iter::once(name.to_owned()).chain(figures.map(show)).collect::<Vec<_>>()
    };
    table.add_row(row("documents", &view.documents, |n| n.to_string()));
    table.add_row(row("files", &view.files, |n| n.to_string()));
    table.add_row(row("bytes", &view.bytes, |n| Size(n).to_string()));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn reasons(view: &BatchView) -> String {
    let mut text = String::new();
    for (heading, reasons) in [("failed", &view.failures), ("warnings", &view.warnings)] {
        for reason in reasons {
            let examples = reason.examples.iter().map(|image| one_line(image.as_str())).collect::<Vec<_>>().join(", ");
            let examples = if examples.is_empty() { examples } else { format!(" ({examples})") };
            // A reason of the batch as such is no document's.
            let times = if reason.documents == 0 { String::new() } else { format!("{} × ", reason.documents) };
            let _ = writeln!(text, "  {heading}: {times}{}: {}{examples}", reason.code, reason.message);
            let _ = writeln!(text, "    → {}", reason.remedy);
        }
    }
    text
}
