//! The tables of figures.

use std::borrow::Borrow;

use super::article::Article;
use super::text::code;
use crate::model::status::ItemStatus;
use crate::model::view::{BreakdownRow, TallyView};
use crate::reports::words;
use crate::rules::reporting::{Line, reconciliation};

/// A line of the totals.
pub(super) struct Total {
    pub(super) name: &'static str,
    /// What is counted, as [`crate::rules::reporting::Line`] names it.
    pub(super) what: &'static str,
    pub(super) tally: TallyView,
}

/// A whole and the sum of its parts.
pub(super) struct Identity {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) whole: u64,
    pub(super) parts: u64,
}

/// A figure of the listing, its name as HTML.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) count: u64,
}

/// A row of a table without numbers, its value as HTML.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

impl Article<'_> {
    pub(super) fn totals(&self) -> [Total; 3] {
        let batch = &self.report.batch;
        let total = |name, what, tally| Total { name, what, tally };
        [
            total(self.say("Documents", "单据"), "documents", batch.documents),
            total(self.say("Files", "文件"), "files", batch.files),
            total(self.say("Bytes", "字节"), "bytes", batch.bytes),
        ]
    }

    /// Whether an identity holds, by sign and word, as HTML.
    pub(super) fn check(&self, what: &str) -> String {
        let lines = reconciliation(self.report);
        match lines.iter().find(|line| line.what == what).map(Line::holds) {
            Some(true) => format!("<span class=\"good\">✓ {}</span>", self.say("yes", "相符")),
            Some(false) => format!("<span class=\"bad\">✗ {}</span>", self.say("no", "不符")),
            // Not compared yet.
            None => "–".to_owned(),
        }
    }

    /// The identities that have no table of their own.
    pub(super) fn identities(&self) -> Vec<Identity> {
        let named = [
            ("synced", self.say("Documents = synced + unsynced", "单据 = 已同步 + 未同步")),
            ("failures", self.say("Failed documents = sum of all reasons", "失败单据 = 各失败原因之和")),
            ("listed", self.say("Listed = in scope + out of scope + unrecognised", "列举 = 范围内 + 排除 + 无法识别")),
        ];
        let lines = reconciliation(self.report).into_iter();
        let named = lines.filter_map(|line| {
            let (_, name) = named.iter().find(|(what, _)| *what == line.what)?;
            Some(Identity { name, what: line.what, whole: line.whole, parts: line.parts })
        });
        named.collect()
    }

    /// A name that may be missing, as HTML.
    pub(super) fn maybe(&self, name: &Option<String>) -> String {
        name.as_deref().map_or_else(|| "–".to_owned(), code)
    }

    /// The shares of those synced and failed, as a bar; figures beside it tell the same.
    pub(super) fn bar(&self, tally: &TallyView) -> String {
        let share = |part: u64| part as f64 * 100.0 / tally.in_scope.max(1) as f64;
        let (synced, failed) = (share(tally.migrated + tally.already_at_target), share(tally.failed));
        let rect = |class: &str, x: f64, width: f64| {
            if width > 0.0 {
                format!("<rect class=\"{class}\" x=\"{x:.2}\" width=\"{width:.2}\" height=\"8\"/>")
            } else {
                String::new()
            }
        };
        format!(
            "<svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{}{}</svg>",
            rect("synced", 0.0, synced),
            rect("failed", synced, failed)
        )
    }

    /// Where the listed objects went.
    pub(super) fn listed_parts(&self) -> Vec<Part> {
        let (batch, listed) = (&self.report.batch, &self.report.batch.listed);
        let part = |name: &str, count| Part { name: name.to_owned(), count };
        let mut parts = vec![part(self.say("Files of documents in scope", "范围内单据的文件"), batch.files.in_scope)];
        parts.extend(listed.out_of_scope_by.iter().map(|(filter, count)| Part {
            name: format!("{}{}", self.say("Out of scope by ", "被排除，依据 "), code(filter)),
            count: *count,
        }));
        parts.push(part(self.say("Unrecognised", "无法识别"), listed.unrecognised));
        parts
    }

    /// The statuses in the order of the columns.
    pub(super) fn statuses(&self) -> [ItemStatus; 4] {
        [ItemStatus::Migrated, ItemStatus::AlreadyAtTarget, ItemStatus::Failed, ItemStatus::Pending]
    }

    pub(super) fn item_status(&self, status: impl Borrow<ItemStatus>) -> &'static str {
        words::item_status(*status.borrow(), self.language)
    }

    pub(super) fn breakdown(&self) -> &[BreakdownRow] {
        let rows = &self.report.breakdown.rows;
        &rows[..rows.len().min(self.caps.rows)]
    }

    pub(super) fn scope(&self) -> Vec<Fact> {
        let (batch, filters) = (&self.report.batch, &self.report.filters);
        let fact = |name, value| Fact { name, value };
        let all = |globs: &[String]| {
            if globs.is_empty() { self.say("all", "全部").to_owned() } else { self.names(globs) }
        };
        let range = &batch.collected;
        let mut facts = vec![
            fact(
                self.say("Collected (local days)", "采集日期（当地）"),
                format!("{} – {} · {}", range.from, range.to, code(&range.time_zone)),
            ),
            fact(self.say("The same in UTC", "对应 UTC"), format!("{} ≤ t &#60; {}", range.from_utc, range.to_utc)),
            fact(self.say("Organizations", "组织"), all(&filters.organizations)),
            fact(self.say("Document types", "单据类型"), all(&filters.document_types)),
        ];
        let further = [
            (self.say("Image numbers", "影像编号"), &filters.image_numbers),
            (self.say("Only files", "仅含文件"), &filters.files.include),
            (self.say("Without files", "排除文件"), &filters.files.exclude),
        ];
        facts.extend(
            further
                .into_iter()
                .filter(|(_, globs)| !globs.is_empty())
                .map(|(name, globs)| Fact { name, value: self.names(globs) }),
        );
        let place = |place: &crate::model::view::PlaceView| code(&format!("{}/{}", place.store, place.prefix));
        facts.push(fact(self.say("From", "数据源"), place(&batch.source)));
        facts.push(fact(self.say("To", "目标"), place(&batch.target)));
        facts.extend(self.origin());
        facts
    }

    /// Whose batch it is and where it came from.
    fn origin(&self) -> Vec<Fact> {
        let (batch, spec) = (&self.report.batch, &self.report.batch.spec);
        let generation = self.say(", generation {n}", "，第 {n} 版").replace("{n}", &spec.generation.to_string());
        let commit = spec.commit.as_deref().map_or_else(|| "–".to_owned(), code);
        let mut facts = vec![
            Fact { name: self.say("Spec", "批次说明"), value: code(&spec.path) + &generation },
            Fact { name: self.say("Commit", "提交"), value: commit },
            Fact { name: self.say("Operator", "操作人"), value: code(&spec.operator) },
            Fact { name: self.say("Accepted (UTC)", "受理时间 (UTC)"), value: batch.created.clone() },
        ];
        let labels: Vec<String> = batch.labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        if !labels.is_empty() {
            facts.push(Fact { name: self.say("Labels", "标签"), value: self.names(&labels) });
        }
        facts
    }

    pub(super) fn digests(&self) -> Vec<Fact> {
        let batch = &self.report.batch;
        let population = batch.population.map_or_else(|| "–".to_owned(), |digest| code(&digest.to_string()));
        vec![
            Fact { name: self.say("Spec", "批次说明"), value: code(&batch.spec.digest.to_string()) },
            Fact {
                name: self.say("Population: every object in scope", "冻结范围：范围内全部对象"), value: population
            },
            Fact {
                name: self.say("Head of the audit log", "审计日志链头"),
                value: code(&batch.audit.head.to_string()),
            },
        ]
    }
}
