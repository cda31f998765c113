//! A plan as Markdown: what a pull request shows beside a new spec.

use super::markdown::{code, number};
use super::readme::Page;
use super::words::{Word, say};
use crate::model::config::Language;
use crate::model::report::Report;
use crate::rules::reporting::count;

/// Renders a plan in one language. Lists are capped as in a report's README and say "N of M".
pub fn plan(report: &Report, language: Language) -> String {
    let page = Page { report, language, is_plan: true };
    let mut text = format!(
        "# {}{}{}\n\n**{}**\n",
        say(language, ("Plan", "迁移计划")),
        page.colon(),
        code(report.batch.name.as_str()),
        plan_sentence(report, language)
    );
    let sections: [(Word, String); 8] = [
        (("Scope", "范围"), page.scope()),
        (("What a run would find", "运行将面对的数据"), page.reconciliation()),
        (("By organization and type", "按组织与单据类型"), page.breakdown()),
        (("Reasons", "失败原因"), page.reasons()),
        (("Would fail", "将会失败的单据"), page.failed()),
        (("Duplicates and conflicts", "重复与冲突"), page.conflicts()),
        (("Warnings", "警告"), page.warnings()),
        (("Keys and prefixes that could not be listed", "无法列举的键与前缀"), page.unlistable()),
    ];
    for (heading, body) in sections.into_iter().filter(|(_, body)| !body.is_empty()) {
        text.push_str(&format!("\n## {}\n\n{body}", say(language, heading)));
    }
    text
}

/// What a run would do. In a plan, what would be moved is pending.
pub fn plan_sentence(report: &Report, language: Language) -> String {
    let documents = &report.batch.documents;
    let (moved, there, failed) = (documents.pending, documents.already_at_target, documents.failed);
    match language {
        Language::English => format!(
            "A run would move {}; {} there already; {} would fail. Nothing was written.",
            count(moved, "document", "documents"),
            count(there, "is", "are"),
            number(failed)
        ),
        Language::Chinese => format!(
            "运行将迁移 {} 份单据；{} 份已在目标端；{} 份将会失败。未写入任何数据。",
            number(moved),
            number(there),
            number(failed)
        ),
    }
}
