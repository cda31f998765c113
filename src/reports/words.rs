//! The fixed words of reports and pages, in both languages.

use crate::model::batch::{ConditionKind, EndReason, RunCause};
use crate::model::config::Language;
use crate::model::failure::Outcome;
use crate::model::outcomes::Check;
use crate::model::receipt::Proof;
use crate::model::spec::ResyncScope;
use crate::model::status::{ItemStatus, RunStatus, SyncStatus};

/// A pair of words.
pub type Word = (&'static str, &'static str);

/// Picks the word of a language.
pub fn say(language: Language, (english, chinese): Word) -> &'static str {
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// A run status in words.
pub fn run_status(status: RunStatus, language: Language) -> &'static str {
    say(
        language,
        match status {
            RunStatus::Queued => ("Queued", "待运行"),
            RunStatus::Running => ("Running", "运行中"),
            RunStatus::Ended => ("Ended", "已结束"),
        },
    )
}

/// A sync status in words.
pub fn sync_status(status: SyncStatus, language: Language) -> &'static str {
    say(
        language,
        match status {
            SyncStatus::Pending => ("Pending", "待同步"),
            SyncStatus::Partial => ("Partial", "部分同步完成"),
            SyncStatus::Complete => ("Complete", "全部同步完成"),
            SyncStatus::Failed => ("Failed", "同步失败"),
        },
    )
}

/// The status of a document or file in words.
pub fn item_status(status: ItemStatus, language: Language) -> &'static str {
    say(
        language,
        match status {
            ItemStatus::Pending => ("Pending", "待处理"),
            ItemStatus::Migrated => ("Migrated", "已迁移"),
            ItemStatus::AlreadyAtTarget => ("Already at target", "目标已存在"),
            ItemStatus::Failed => ("Failed", "失败"),
        },
    )
}

/// A kind of condition in words.
pub fn condition(kind: ConditionKind, language: Language) -> &'static str {
    say(
        language,
        match kind {
            ConditionKind::Suspended => ("Suspended", "已暂停"),
            ConditionKind::Stalled => ("Stalled", "已停滞"),
            ConditionKind::Retired => ("Retired", "已删除"),
            ConditionKind::Warning => ("Warning", "警告"),
            ConditionKind::Waiting => ("Waiting", "等待中"),
        },
    )
}

/// Why a run began, in words.
pub fn run_cause(cause: RunCause, language: Language) -> &'static str {
    say(
        language,
        match cause {
            RunCause::First => ("First run", "首次运行"),
            RunCause::Resync(ResyncScope::Failed) => ("Resync of what failed", "重新同步失败任务"),
            RunCause::Resync(ResyncScope::All) => ("Resync of the whole scope", "重新同步全部范围"),
            RunCause::Repeat => ("Repeat of the whole scope", "定期重新同步全部范围"),
        },
    )
}

/// Why a run ended, in words.
pub fn end_reason(reason: EndReason, language: Language) -> &'static str {
    say(
        language,
        match reason {
            EndReason::Finished => ("Every document was decided", "全部单据处理完毕"),
            EndReason::DeadlineExceeded => ("The deadline passed", "超过截止时限"),
            EndReason::TooManyFailures => ("Too many documents failed", "失败单据数达到上限"),
            EndReason::Cancelled => ("Cancelled", "已取消"),
            EndReason::Suspended => ("Suspended", "已暂停"),
            EndReason::Interrupted => ("Interrupted", "被中断"),
            EndReason::CatalogUnreadable => ("The index or inventory could not be read", "索引或清单无法读取"),
            EndReason::StoreWait => ("The store did not come back in time", "存储未在限定时间内恢复"),
        },
    )
}

/// What came of a check, in words.
pub fn outcome(outcome: Outcome, language: Language) -> &'static str {
    say(
        language,
        match outcome {
            Outcome::Pass => ("passed", "通过"),
            Outcome::Warn => ("warned", "警告"),
            Outcome::Fail => ("failed", "不通过"),
            Outcome::Unknown => ("not determined", "无法确定"),
            Outcome::NotApplicable => ("not applicable", "不适用"),
            Outcome::NotRun => ("not run", "未执行"),
        },
    )
}

/// What a check asks; in English by its name in the spec.
pub fn check(check: Check, language: Language) -> &'static str {
    let chinese = match check {
        Check::DuplicateDocument => "影像编号唯一",
        Check::RequiredFields => "必填字段",
        Check::RequiredRoles => "文件角色齐全",
        Check::Sequence => "序号连续",
        Check::UnrecognisedFiles => "文件可识别",
        Check::SafeKey => "键名安全",
        Check::NotEmpty => "文件非空",
        Check::FileSize => "文件大小",
        Check::TypeMatches => "扩展名与内容一致",
        Check::Readable => "文件可读",
        Check::NotEncrypted => "未加密",
        Check::FileType => "文件类型",
        Check::Resolution => "分辨率",
        Check::Pages => "页数",
        Check::Virus => "病毒扫描",
        Check::DuplicateContent => "内容不重复",
        Check::DuplicateInvoice => "发票不重复",
    };
    say(language, (check.as_str(), chinese))
}

/// How arrival was proven, in words.
pub fn proof(proof: Proof, language: Language) -> &'static str {
    say(
        language,
        match proof {
            Proof::StoreChecksum => ("SHA-256 verified by the store", "存储端已校验 SHA-256"),
            Proof::ReadBack => ("read back, SHA-256 equal", "已回读，SHA-256 一致"),
            Proof::SizeOnly => ("size compared, content not", "仅比较大小，未比较内容"),
            Proof::BothRead => ("both read, SHA-256 equal", "两端已读取，SHA-256 一致"),
            Proof::StoreCopy => ("copied by the store, SHA-256 equal", "存储端自行复制，SHA-256 一致"),
            Proof::StoreDigests => {
                ("copied by the store, its own SHA-256 equal on both sides", "存储端自行复制，其自身 SHA-256 两端一致")
            }
            Proof::EarlierReceipt => ("as our earlier receipt says", "与此前回执一致"),
        },
    )
}
