//! What the reader should do now: true in every state that a batch can be in.

use super::reasons::remedy;
use super::wording::pick;
use crate::model::batch::{Condition, ConditionKind};
use crate::model::config::Language;
use crate::model::failure::{Code, Outcome};
use crate::model::report::Report;
use crate::model::status::{RunStatus, SyncStatus};

/// The steps, most urgent first; never none. They are Markdown: commands stand in code spans.
pub fn next_steps(report: &Report, language: Language) -> Vec<String> {
    let batch = &report.batch;
    let condition = |kind| batch.conditions.iter().find(|condition| condition.kind == kind);
    if condition(ConditionKind::Retired).is_some() {
        return vec![
            pick(
                language,
                "Nothing: the batch was retired; its records are kept.",
                "无需处理：批次已删除，记录仍予保留。",
            )
            .to_owned(),
        ];
    }
    let stalled = condition(ConditionKind::Stalled);
    let mut steps: Vec<String> = stalled.iter().map(|stalled| remedy(stalled.reason, &batch.name, language)).collect();
    match batch.run_status {
        RunStatus::Running => steps.push(running(stalled, language).to_owned()),
        RunStatus::Queued => steps.push(queued(report, language).to_owned()),
        RunStatus::Ended => steps.extend(ended(report, language)),
    }
    if steps.is_empty() {
        let nothing = ("Nothing. Keep this report with the spec.", "无需处理。请将本报告与批次说明一并保存。");
        steps.push(pick(language, nothing.0, nothing.1).to_owned());
    }
    steps
}

/// A process that was killed leaves its report behind, so the second sentence is needed.
fn running(stalled: Option<&Condition>, language: Language) -> &'static str {
    if stalled.is_some_and(|stalled| stalled.reason != Code::ImmutableFieldChanged) {
        return pick(
            language,
            "The run waits and goes on by itself once that is mended. If no batchferry is running any more, `batchferry run` goes on where it stopped.",
            "运行正在等待，问题排除后会自动继续。若已没有 batchferry 进程在运行，请执行 `batchferry run` 从中断处继续。",
        );
    }
    pick(
        language,
        "Wait: the run is under way, and this report is renewed as it goes on. If no batchferry is running any more, `batchferry run` goes on where it stopped.",
        "请等待：运行正在进行，本报告会随之更新。若已没有 batchferry 进程在运行，请执行 `batchferry run` 从中断处继续。",
    )
}

fn queued(report: &Report, language: Language) -> &'static str {
    let batch = &report.batch;
    if batch.suspended {
        let resume = "Set `suspend: false` in the spec; then `batchferry run` goes on with the batch.";
        return pick(language, resume, "请在批次说明中设置 `suspend: false`，然后执行 `batchferry run`。");
    }
    if batch.runs.is_empty() {
        return pick(language, "`batchferry run` starts the batch.", "执行 `batchferry run` 启动批次。");
    }
    pick(language, "`batchferry run` goes on where this stopped.", "执行 `batchferry run` 将从中断处继续。")
}

fn ended(report: &Report, language: Language) -> Vec<String> {
    let (batch, documents) = (&report.batch, &report.batch.documents);
    let name = &batch.name;
    let empty = documents.in_scope == 0 && batch.sync_status != SyncStatus::Complete;
    let steps = [
        (
            empty,
            "Check the range, the prefix and the filters; then commit a new spec.".to_owned(),
            "请检查采集范围、前缀与筛选条件，然后提交新的批次说明。".to_owned(),
        ),
        (
            documents.failed > 0,
            format!(
                "Mend what failed, most frequent reason first; then run `batchferry resync {name}`, or commit a new `spec.resync.request`."
            ),
            format!(
                "请从最常见的原因开始处理失败单据，然后执行 `batchferry resync {name}`，或提交新的 `spec.resync.request`。"
            ),
        ),
        (
            documents.failed == 0 && documents.pending > 0,
            format!("Run `batchferry resync {name}`: it takes the documents that are still pending."),
            format!("请执行 `batchferry resync {name}`，处理尚未迁移的单据。"),
        ),
        (
            !report.unlistable.is_empty(),
            remedy(Code::UnlistableKeys, name, Language::English),
            remedy(Code::UnlistableKeys, name, Language::Chinese),
        ),
        (
            batch.files.target_kept > 0,
            format!(
                "Look at the documents for which a different object was kept at the target: `batchferry documents {name} --code TargetKept`."
            ),
            format!("请查看保留了目标端不同对象的单据：`batchferry documents {name} --code TargetKept`。"),
        ),
        (
            !batch.warnings.is_empty() || batch.listed.unrecognised > 0 || is_warned(report),
            "Look at the section Warnings.".to_owned(),
            "请查看“警告”一节。".to_owned(),
        ),
    ];
    let text = |(_, english, chinese): (bool, String, String)| pick(language, english, chinese);
    steps.into_iter().filter(|(holds, ..)| *holds).map(text).collect()
}

/// Whether an item is warned of; what could not be determined asks for nothing.
fn is_warned(report: &Report) -> bool {
    report.warning_items.rows.iter().any(|item| item.outcome == Outcome::Warn)
}
