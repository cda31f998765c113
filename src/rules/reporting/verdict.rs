//! The verdict in a sentence.

use super::wording::{count, number, pick};
use crate::model::catalogue::entry;
use crate::model::config::Language;
use crate::model::failure::Code;
use crate::model::report::Report;
use crate::model::spec::Verify;
use crate::model::status::{RunStatus, SyncStatus};

/// What came of a batch, for someone who reads only one sentence.
pub fn verdict(report: &Report, language: Language) -> String {
    let mut parts = vec![head(report, language)];
    parts.extend(remarks(report, language));
    pick(language, format!("{}.", parts.join("; ")), format!("{}。", parts.join("；")))
}

fn head(report: &Report, language: Language) -> String {
    let batch = &report.batch;
    let all = batch.documents.in_scope;
    let (english, chinese) = match (batch.run_status, batch.sync_status) {
        (RunStatus::Ended, SyncStatus::Complete) if all == 0 => (
            "Complete: no document is in scope, as the spec allows",
            "全部同步完成：范围内没有单据（批次说明允许为空）",
        ),
        (RunStatus::Ended, SyncStatus::Failed) if all == 0 && is_unread(report) => (
            "Failed: the index or inventory cannot be read (CatalogUnreadable)",
            "同步失败：索引或清单无法读取（CatalogUnreadable）",
        ),
        (RunStatus::Ended, SyncStatus::Failed) if all == 0 => {
            ("Failed: no document is in scope (NothingSelected)", "同步失败：没有任何单据在范围内（NothingSelected）")
        }
        (_, _) if all == 0 => ("Not ended: no document is known yet", "尚未结束：尚未发现单据"),
        (RunStatus::Ended, SyncStatus::Complete) => return tally(report, language, ("Complete", "全部同步完成")),
        (RunStatus::Ended, SyncStatus::Partial) => return tally(report, language, ("Partly synced", "部分同步完成")),
        (RunStatus::Ended, _) => return tally(report, language, ("Failed", "同步失败")),
        _ => return tally(report, language, ("Not ended", "尚未结束")),
    };
    pick(language, english, chinese).to_owned()
}

fn is_unread(report: &Report) -> bool {
    report.batch.failures.iter().any(|failure| failure.code == Code::CatalogUnreadable)
}

fn tally(report: &Report, language: Language, (english, chinese): (&str, &str)) -> String {
    let batch = &report.batch;
    let [synced, failed, pending, all] =
        [batch.synced, batch.documents.failed, batch.documents.pending, batch.documents.in_scope].map(number);
    let so_far = if batch.run_status == RunStatus::Ended { ["", ""] } else { [" so far", "目前 "] };
    // What is nought needs no word where all is well.
    let rest = if synced == all {
        [String::new(), String::new()]
    } else {
        [format!(", {failed} failed, {pending} pending"), format!("，失败 {failed} 份，待处理 {pending} 份")]
    };
    pick(
        language,
        format!(
            "{english}: {synced} of {} at the target{}{}",
            count(batch.documents.in_scope, "document", "documents"),
            so_far[0],
            rest[0]
        ),
        format!("{chinese}：{}{all} 份单据中 {synced} 份已到达目标端{}", so_far[1], rest[1]),
    )
}

/// What changes how the figures are to be read.
fn remarks(report: &Report, language: Language) -> Vec<String> {
    let batch = &report.batch;
    // Documents of which some files were copied are migrated, and still have files that were kept.
    let (kept, stray) = (batch.files.target_kept, batch.listed.unrecognised);
    let cut_short = batch.cut_short().filter(|code| *code != Code::CatalogUnreadable).map(entry);
    let why = |language| cut_short.as_ref().map(|entry| entry.message(language).to_owned()).unwrap_or_default();
    let lines = [
        (cut_short.is_some(), why(Language::English), why(Language::Chinese)),
        (
            !report.unlistable.is_empty(),
            "some keys or prefixes could not be listed or addressed".to_owned(),
            "部分键或前缀无法列举或寻址".to_owned(),
        ),
        (
            kept > 0,
            format!("a different object was kept at the target for {}", count(kept, "file", "files")),
            format!("{} 个文件保留了目标端的不同对象", number(kept)),
        ),
        (
            stray > 0,
            count(stray, "object belongs to no document", "objects belong to no document"),
            format!("{} 个对象不属于任何单据", number(stray)),
        ),
        (!batch.warnings.is_empty(), warned(report, Language::English), warned(report, Language::Chinese)),
        (
            report.verify == Verify::Size,
            "contents were not compared, only sizes".to_owned(),
            "仅比较大小，未比较内容".to_owned(),
        ),
    ];
    let text = |(_, english, chinese): (bool, String, String)| pick(language, english, chinese);
    lines.into_iter().filter(|(holds, ..)| *holds).map(text).collect()
}

/// By code: a document with two warnings stands under both, so that a sum would count it twice.
fn warned(report: &Report, language: Language) -> String {
    let each = report.batch.warnings.iter().map(|warning| {
        let documents = count(warning.documents, "document", "documents");
        pick(
            language,
            format!("{} ({documents})", warning.code),
            format!("{}（{} 份单据）", warning.code, number(warning.documents)),
        )
    });
    let each: Vec<String> = each.collect();
    pick(language, format!("warnings: {}", each.join(", ")), format!("警告：{}", each.join("、")))
}
