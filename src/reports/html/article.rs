//! A report in one language: what the templates ask for.

use std::borrow::Borrow;

use askama::Template;

use super::text::{code, plain, sentence};
use crate::model::batch::{Condition, ConditionKind};
use crate::model::catalogue::entry;
use crate::model::config::Language;
use crate::model::report::Report;
use crate::model::status::SyncStatus;
use crate::model::units::Size;
use crate::reports::markdown;
use crate::reports::words::{self, say};
use crate::rules::reporting::{next_steps, verdict};

/// How much of a list is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    /// Rows of a table.
    pub(super) rows: usize,
    /// Names in one cell.
    pub(super) names: usize,
}

impl Caps {
    /// `false`: nothing is left to leave out.
    pub(super) fn halve(&mut self) -> bool {
        self.rows /= 2;
        self.names = self.names.min(self.rows);
        self.rows > 0
    }
}

/// A report in one language.
#[derive(Clone, Template)]
#[template(path = "article.html", config = "src/reports/html/askama.toml")]
pub(super) struct Article<'a> {
    pub(super) report: &'a Report,
    pub(super) language: Language,
    pub(super) caps: Caps,
    details: String,
    shown: u64,
}

impl<'a> Article<'a> {
    /// An article without documents.
    pub(super) fn new(report: &'a Report, language: Language, caps: Caps) -> Self {
        Self { report, language, caps, details: String::new(), shown: 0 }
    }

    /// Adds a document with its files, as [`Article::detail`] gives it.
    pub(super) fn add_detail(&mut self, html: &str) {
        self.details.push_str(html);
        self.shown += 1;
    }

    /// The language's tag (BCP 47).
    pub(super) fn tag(&self) -> &'static str {
        self.say("en", "zh-CN")
    }

    /// The word of this article's language.
    pub(super) fn say(&self, english: &'static str, chinese: &'static str) -> &'static str {
        say(self.language, (english, chinese))
    }

    /// A number with separators between thousands.
    pub(super) fn number(&self, value: impl Borrow<u64>) -> String {
        markdown::number(*value.borrow())
    }

    /// So many documents.
    fn documents(&self, documents: &u64) -> String {
        let word =
            if *documents == 1 { self.say(" document", " 份单据") } else { self.say(" documents", " 份单据") };
        markdown::number(*documents) + word
    }

    /// A size for people.
    pub(super) fn size(&self, bytes: impl Borrow<u64>) -> String {
        Size(*bytes.borrow()).to_string()
    }

    /// A name or a key as HTML.
    pub(super) fn code(&self, text: &str) -> String {
        code(text)
    }

    /// The first of several names as HTML.
    pub(super) fn names(&self, names: &[String]) -> String {
        let shown: Vec<String> = names.iter().take(self.caps.names).map(|name| code(name)).collect();
        let more = names.len() - shown.len();
        let mut text = shown.join(self.say(", ", "、"));
        if more > 0 {
            let told = self.say(" and {n} more in the spec", "，批次说明中另有 {n} 个");
            text.push_str(&told.replace("{n}", &markdown::number(more as u64)));
        }
        text
    }

    /// The verdict in a sentence.
    fn verdict(&self) -> String {
        verdict(self.report, self.language)
    }

    /// The class, the sign and the word of the sync status.
    fn status(&self) -> (&'static str, &'static str, &'static str) {
        let status = self.report.batch.sync_status;
        let (class, sign) = match status {
            SyncStatus::Complete => ("good", "✓"),
            SyncStatus::Partial => ("part", "◐"),
            SyncStatus::Failed => ("bad", "✗"),
            SyncStatus::Pending => ("idle", "○"),
        };
        (class, sign, words::sync_status(status, self.language))
    }

    /// The sections that are there: id and name.
    fn sections(&self) -> Vec<(&'static str, &'static str)> {
        let (report, batch) = (self.report, &self.report.batch);
        let sections = [
            (true, "totals", self.say("Reconciliation", "核对")),
            (!self.breakdown().is_empty(), "breakdown", self.say("By organization and type", "按组织与单据类型")),
            (!batch.failures.is_empty(), "reasons", self.say("Reasons", "失败原因")),
            (!self.buckets().is_empty(), "timeline", self.say("Timeline", "时间线")),
            (true, "runs", self.say("Runs", "运行记录")),
            (true, "scope", self.say("Scope", "范围")),
            (true, "digests", self.say("Digests", "摘要")),
            (!self.partial().is_empty(), "partial", self.say("Partial documents", "部分到达目标端的单据")),
            (self.has_conflicts(), "conflicts", self.say("Conflicts", "重复与冲突")),
            (self.has_warnings(), "warnings", self.say("Warnings", "警告")),
            (!report.unlistable.is_empty(), "unlistable", self.say("Not listed", "无法列举")),
            (report.details.total > 0, "documents", self.say("Documents", "单据与文件")),
        ];
        sections.into_iter().filter(|(is_there, ..)| *is_there).map(|(_, id, name)| (id, name)).collect()
    }

    fn run_status(&self) -> &'static str {
        words::run_status(self.report.batch.run_status, self.language)
    }

    /// What to do next, as HTML.
    fn next_steps(&self) -> Vec<String> {
        next_steps(self.report, self.language).iter().map(|step| sentence(step)).collect()
    }

    /// What a person should know before any figure: the kind, and the rest as HTML.
    fn conditions(&self) -> Vec<(&'static str, String)> {
        let batch = &self.report.batch;
        let mut told: Vec<_> = batch.conditions.iter().map(|condition| self.condition(condition)).collect();
        if batch.suspended && batch.conditions.iter().all(|condition| condition.kind != ConditionKind::Suspended) {
            let why = self.say(
                "by <code>suspend: true</code> in the spec, or by a command",
                "批次说明中 <code>suspend: true</code>，或由命令暂停",
            );
            told.push((words::condition(ConditionKind::Suspended, self.language), why.to_owned()));
        }
        told
    }

    fn condition(&self, holds: &Condition) -> (&'static str, String) {
        let since = holds.since.strftime("%Y-%m-%dT%H:%M:%SZ");
        let (reason, message) = (holds.reason, plain(&holds.message));
        let text = match self.language {
            Language::English => format!("since {since} ({reason}): {message}"),
            Language::Chinese => {
                let meaning = plain(entry(reason).message(self.language));
                format!("自 {since} 起（{reason}）：{meaning}。原始信息：<span lang=\"en\">{message}</span>")
            }
        };
        (words::condition(holds.kind, self.language), text)
    }

    /// How many of a list are shown and where the others are, as HTML; empty where all are shown.
    pub(super) fn more(&self, shown: usize, total: impl Borrow<u64>, rest: &str) -> String {
        let (shown, total) = (shown as u64, *total.borrow());
        if shown >= total {
            return String::new();
        }
        let (shown, total) = (markdown::number(shown), markdown::number(total));
        let told = match self.language {
            Language::English => format!("{shown} of {total} are shown. All of them: "),
            Language::Chinese => format!("显示 {shown} / {total}。查看全部："),
        };
        format!("<p class=\"more\">{told}{}</p>", code(rest))
    }

    /// The same of documents with their files.
    fn more_documents(&self) -> String {
        let shown = usize::try_from(self.shown).unwrap_or(usize::MAX);
        self.more(shown, self.report.details.total, &self.documents_command(""))
    }

    /// `documents` of this batch with further options.
    pub(super) fn documents_command(&self, options: &str) -> String {
        format!("batchferry documents {}{options} -o csv", self.report.batch.name)
    }
}
