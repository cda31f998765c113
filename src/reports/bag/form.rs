//! The form that goes with a handover (电子档案移交与接收登记表), in both languages.

use crate::model::config::Language;
use crate::model::failure::Group;
use crate::model::ids::Digest;
use crate::model::units::Size;
use crate::model::view::{BatchView, FailureView};

/// What the form says besides what the batch's view says.
#[derive(Debug, Clone)]
pub struct Handover<'a> {
    /// The batch.
    pub batch: &'a BatchView,
    /// What the bag was made of, in one line.
    pub selection: &'a str,
    /// Documents in the bag.
    pub documents: u64,
    /// Bytes and files of the payload.
    pub payload: (u64, u64),
    /// SHA-256 of `manifest-sha256.txt`.
    pub manifest: Digest,
    /// When the bag was made (UTC, RFC 3339).
    pub made: &'a str,
}

/// The form as Markdown.
pub fn handover(form: &Handover<'_>, language: Language) -> String {
    let words = match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    };
    let Handover { batch, selection, documents, payload: (octets, files), manifest, made } = form;
    let collected = &batch.collected;
    let spec = &batch.spec;
    let rows = [
        format!("{} ({})", batch.batch_number, cell(batch.name.as_str())),
        format!("{} … {} {}", collected.from, collected.to, cell(&collected.time_zone)),
        cell(&format!("{}/{}", batch.source.store, batch.source.prefix)),
        cell(&format!("{}/{}", batch.target.store, batch.target.prefix)),
        cell(&format!("{} {} {}", spec.path, spec.commit.as_deref().unwrap_or("-"), spec.operator)),
        cell(selection),
        documents.to_string(),
        files.to_string(),
        format!("{octets} ({})", Size(*octets)),
        format!("SHA-256 `{manifest}`"),
        format!("{} × SHA-256; `{}`", batch.audit.events, batch.audit.head),
        format!(
            "{} = {} + {} + {} + {}",
            batch.documents.in_scope,
            batch.documents.migrated,
            batch.documents.already_at_target,
            batch.documents.failed,
            batch.documents.pending
        ),
        (*made).to_owned(),
    ];
    let mut text = format!("# {}\n\n| | |\n| --- | --- |\n", words.title);
    for (label, value) in words.labels.iter().zip(rows) {
        text.push_str(&format!("| {label} | {value} |\n"));
    }
    text.push_str(&checks(batch, words));
    text.push_str(&signatures(words));
    text
}

fn checks(batch: &BatchView, words: &Words) -> String {
    let of = |views: &[FailureView], group| {
        views.iter().filter(|view| view.group == group).map(|view| view.documents).sum::<u64>()
    };
    let [title, group, failed, warned] = words.checks;
    let mut text = format!("\n## {title}\n\n| {group} | {failed} | {warned} |\n| --- | ---: | ---: |\n");
    for (name, group) in
        words.groups.iter().zip([Group::Authenticity, Group::Completeness, Group::Usability, Group::Security])
    {
        text.push_str(&format!("| {name} | {} | {} |\n", of(&batch.failures, group), of(&batch.warnings, group)));
    }
    text
}

fn signatures(words: &Words) -> String {
    let [title, party, name, sign, date] = words.signatures;
    let mut text = format!("\n## {title}\n\n| {party} | {name} | {sign} | {date} |\n| --- | --- | --- | --- |\n");
    words.parties.iter().for_each(|party| text.push_str(&format!("| {party} | | | |\n")));
    text
}

/// A text from outside as a cell of a table.
fn cell(text: &str) -> String {
    crate::model::text::one_line(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "\\<").replace('`', "\\`")
}

struct Words {
    title: &'static str,
    labels: [&'static str; 13],
    checks: [&'static str; 4],
    groups: [&'static str; 4],
    signatures: [&'static str; 5],
    parties: [&'static str; 4],
}

const ENGLISH: Words = Words {
    title: "Handover and receipt of electronic records",
    labels: [
        "Batch",
        "Collected",
        "Source",
        "Target",
        "Spec: file, commit, operator",
        "Selection",
        "Documents in this bag",
        "Files in this bag",
        "Volume in bytes",
        "Digest of manifest-sha256.txt",
        "Audit log: events, head",
        "Batch: in scope = migrated + already at target + failed + pending",
        "Made (UTC)",
    ],
    checks: ["Checks of the batch", "Group", "Documents failed", "Documents warned"],
    groups: ["Authenticity", "Completeness", "Usability", "Security"],
    signatures: ["Signatures", "Party", "Name", "Signature", "Date"],
    parties: ["Handed over by", "Supervisor of the handing party", "Received by", "Supervisor of the receiving party"],
};

const CHINESE: Words = Words {
    title: "电子档案移交与接收登记表",
    labels: [
        "迁移批次",
        "采集范围",
        "数据源",
        "目标",
        "任务文件: 路径、提交、操作人",
        "选取范围",
        "本包单据数",
        "本包文件数",
        "数据量（字节）",
        "manifest-sha256.txt 的摘要",
        "审计日志: 事件数、链头",
        "批次: 范围内 = 已迁移 + 目标已存在 + 失败 + 待处理",
        "制作时间 (UTC)",
    ],
    checks: ["批次检测情况", "检测类别", "不合格单据数", "告警单据数"],
    groups: ["真实性", "完整性", "可用性", "安全性"],
    signatures: ["签字", "单位", "姓名", "签字", "日期"],
    parties: ["移交人", "移交单位负责人", "接收人", "接收单位负责人"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_cannot_leave_its_cell() {
        assert_eq!(cell("a|b\n<script>`x`"), "a\\|b\\\\n\\<script>\\`x\\`");
    }
}
