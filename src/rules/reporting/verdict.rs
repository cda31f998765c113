//! The verdict in a sentence, and what to do next.

use crate::model::config::Language;
use crate::model::report::Report;
use crate::model::spec::Verify;
use crate::model::status::{RunStatus, SyncStatus};

/// What came of a batch, for someone who reads only one sentence.
pub fn verdict(report: &Report, language: Language) -> String {
    let mut parts = vec![head(report, language)];
    parts.extend(remarks(report, language));
    match language {
        Language::English => format!("{}.", parts.join("; ")),
        Language::Chinese => format!("{}。", parts.join("；")),
    }
}

fn head(report: &Report, language: Language) -> String {
    let batch = &report.batch;
    let (synced, all, failed, pending) =
        (batch.synced, batch.documents.in_scope, batch.documents.failed, batch.documents.pending);
    let (english, chinese) = match (batch.run_status, batch.sync_status) {
        (RunStatus::Ended, SyncStatus::Complete) if all == 0 => (
            "Complete: no document is in scope, as the spec allows".to_owned(),
            "全部同步完成：范围内没有单据（批次说明允许为空）".to_owned(),
        ),
        (RunStatus::Ended, SyncStatus::Failed) if all == 0 => (
            "Failed: no document is in scope (NothingSelected)".to_owned(),
            "同步失败：没有任何单据在范围内（NothingSelected）".to_owned(),
        ),
        (RunStatus::Ended, SyncStatus::Complete) => (
            format!("Complete: all {all} documents are at the target"),
            format!("全部同步完成：{all} 份单据均已到达目标端"),
        ),
        (RunStatus::Ended, SyncStatus::Partial) => (
            format!(
                "Partly synced: {synced} of {all} documents are at the target, {failed} failed, {pending} are pending"
            ),
            format!("部分同步完成：{all} 份单据中 {synced} 份已到达目标端，失败 {failed} 份，待处理 {pending} 份"),
        ),
        (RunStatus::Ended, _) => (
            format!("Failed: none of {all} documents is at the target, {failed} failed, {pending} are pending"),
            format!("同步失败：{all} 份单据均未到达目标端，失败 {failed} 份，待处理 {pending} 份"),
        ),
        _ => (
            format!(
                "Not ended: {synced} of {all} documents so far are at the target, {failed} failed, {pending} are pending"
            ),
            format!("尚未结束：目前 {all} 份单据中 {synced} 份已到达目标端，失败 {failed} 份，待处理 {pending} 份"),
        ),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// What changes how the figures are to be read.
fn remarks(report: &Report, language: Language) -> Vec<String> {
    let batch = &report.batch;
    let (kept, stray, warned) = (
        batch.documents.target_kept,
        batch.listed.unrecognised,
        batch.warnings.iter().map(|w| w.documents).sum::<u64>(),
    );
    let lines = [
        (
            !report.unlistable.is_empty(),
            "some keys or prefixes could not be listed or addressed".to_owned(),
            "部分键或前缀无法列举或寻址".to_owned(),
        ),
        (kept > 0, format!("{kept} kept a different object at the target"), format!("{kept} 份保留了目标端的不同对象")),
        (stray > 0, format!("{stray} objects belong to no document"), format!("{stray} 个对象不属于任何单据")),
        (warned > 0, format!("{warned} documents have warnings"), format!("{warned} 份单据有警告")),
        (
            report.verify == Verify::Size,
            "contents were not compared, only sizes".to_owned(),
            "仅比较大小，未比较内容".to_owned(),
        ),
    ];
    let text = |(_, english, chinese): (bool, String, String)| match language {
        Language::English => english,
        Language::Chinese => chinese,
    };
    lines.into_iter().filter(|(holds, ..)| *holds).map(text).collect()
}

/// What the reader should do now.
pub fn next_action(report: &Report, language: Language) -> String {
    let batch = &report.batch;
    let name = &batch.name;
    let (english, chinese) = match (batch.run_status, batch.sync_status) {
        (RunStatus::Ended, SyncStatus::Complete) => (
            "Nothing. Keep this report with the spec.".to_owned(),
            "无需处理。请将本报告与批次说明一并保存。".to_owned(),
        ),
        (RunStatus::Ended, _) if batch.documents.in_scope == 0 => (
            "Check the range, the prefix and the filters; then commit a new spec.".to_owned(),
            "请检查采集范围、前缀与筛选条件，然后提交新的批次说明。".to_owned(),
        ),
        (RunStatus::Ended, _) => (
            format!(
                "Mend what failed, most frequent reason first; then run `batchferry resync {name}`, or commit a new `spec.resync.request`."
            ),
            format!(
                "请从最常见的原因开始处理失败单据，然后执行 `batchferry resync {name}`，或提交新的 `spec.resync.request`。"
            ),
        ),
        _ => (
            "`batchferry run` goes on where this stopped.".to_owned(),
            "执行 `batchferry run` 将从中断处继续。".to_owned(),
        ),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}
