//! The tables of a README.

use super::markdown::{code, number, table};
use super::words::{Word, item_status, say};
use crate::model::config::Language;
use crate::model::failure::Code;
use crate::model::report::Report;
use crate::model::status::ItemStatus;
use crate::model::units::Size;
use crate::model::view::TallyView;
use crate::rules::reporting::{Line, reconciliation};

/// Codes of documents that another document or object is in the way of.
pub(super) const IN_THE_WAY: [Code; 5] =
    [Code::DuplicateDocument, Code::DuplicateContent, Code::DuplicateInvoice, Code::TargetCollision, Code::Conflict];

/// Documents, files and bytes by status, each line with its check. What was kept is part of what is already there, and has
/// a column where there is any.
pub(super) fn totals(report: &Report, language: Language) -> String {
    let statuses = [ItemStatus::Migrated, ItemStatus::AlreadyAtTarget, ItemStatus::Failed, ItemStatus::Pending];
    let batch = &report.batch;
    let is_kept = batch.files.target_kept > 0;
    let mut headings = vec!["", say(language, ("In scope", "范围内"))];
    headings.extend(statuses.map(|status| item_status(status, language)));
    headings.extend(is_kept.then(|| say(language, ("Kept, different", "保留不同对象"))));
    headings.push(say(language, ("Adds up", "核对")));
    let lines = reconciliation(report);
    let rows = [
        (("Documents", "单据"), "documents", &batch.documents),
        (("Files", "文件"), "files", &batch.files),
        (("Bytes", "字节"), "bytes", &batch.bytes),
    ];
    let right: Vec<usize> = (1..headings.len() - 1).collect();
    table(
        &headings,
        &right,
        rows.map(|(name, what, tally)| row(say(language, name), tally, is_kept, check(&lines, what))),
    )
}

fn row(name: &str, tally: &TallyView, is_kept: bool, check: &str) -> Vec<String> {
    let figures = [tally.in_scope, tally.migrated, tally.already_at_target, tally.failed, tally.pending];
    let mut row = vec![name.to_owned()];
    row.extend(figures.into_iter().chain(is_kept.then_some(tally.target_kept)).map(number));
    row.push(check.to_owned());
    row
}

fn check(lines: &[Line], what: &str) -> &'static str {
    match lines.iter().find(|line| line.what == what) {
        Some(line) if line.holds() => "✓",
        Some(_) => "✗",
        None => "–",
    }
}

/// Where every listed object went.
pub(super) fn listed(report: &Report, language: Language) -> String {
    let (batch, listed) = (&report.batch, &report.batch.listed);
    let lines = reconciliation(report);
    let mut rows = vec![vec![
        say(language, ("Objects listed", "列举对象")).to_owned(),
        number(listed.objects),
        check(&lines, "listed").to_owned(),
    ]];
    if batch.not_listed > 0 {
        let name =
            say(language, ("Files in scope that are gone or could not be listed", "范围内已不存在或无法列举的文件"));
        rows.push(vec![name.to_owned(), number(batch.not_listed), String::new()]);
    }
    let mut part = |name: Word, detail: &str, count: u64| {
        rows.push(vec![format!("– {}{detail}", say(language, name)), number(count), String::new()]);
    };
    part(("files of documents in scope", "范围内单据的文件"), "", batch.files.in_scope);
    for (filter, count) in &listed.out_of_scope_by {
        part(("out of scope by ", "被排除，依据 "), &format!("`{filter}`"), *count);
    }
    part(("unrecognised", "无法识别"), "", listed.unrecognised);
    rows.push(vec![say(language, ("LIST requests", "列举请求数")).to_owned(), number(listed.requests), String::new()]);
    table(&["", say(language, ("Count", "数量")), say(language, ("Adds up", "核对"))], &[1], rows)
}

/// Documents by organization and type.
pub(super) fn breakdown(report: &Report, language: Language) -> String {
    let mut headings = vec![
        say(language, ("Organization", "组织")),
        say(language, ("Document type", "单据类型")),
        say(language, ("Documents", "单据")),
    ];
    let statuses = [ItemStatus::Migrated, ItemStatus::AlreadyAtTarget, ItemStatus::Failed, ItemStatus::Pending];
    headings.extend(statuses.map(|status| item_status(status, language)));
    headings.push(say(language, ("Bytes", "字节")));
    let rows = report.breakdown.rows.iter().take(super::caps::README_ROWS).map(|row| {
        let documents = &row.documents;
        let text = |value: &Option<String>| value.as_deref().map_or_else(|| "–".to_owned(), code);
        let figures =
            [documents.in_scope, documents.migrated, documents.already_at_target, documents.failed, documents.pending];
        let mut cells = vec![text(&row.organization), text(&row.document_type)];
        cells.extend(figures.map(number));
        cells.push(size(row.bytes));
        cells
    });
    table(&headings, &[2, 3, 4, 5, 6, 7], rows)
}

/// A size for people with the exact number.
pub(super) fn size(bytes: u64) -> String {
    format!("{} ({})", number(bytes), Size(bytes))
}
