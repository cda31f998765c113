//! The fixed words of reports, in both languages.

use crate::model::config::Language;
use crate::model::status::{ItemStatus, RunStatus, SyncStatus};

/// A pair of words.
pub(super) type Word = (&'static str, &'static str);

/// Picks the word of a language.
pub(super) fn say(language: Language, (english, chinese): Word) -> &'static str {
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

pub(super) fn run_status(status: RunStatus, language: Language) -> &'static str {
    say(
        language,
        match status {
            RunStatus::Queued => ("Queued", "待运行"),
            RunStatus::Running => ("Running", "运行中"),
            RunStatus::Ended => ("Ended", "已结束"),
        },
    )
}

pub(super) fn sync_status(status: SyncStatus, language: Language) -> &'static str {
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

pub(super) fn item_status(status: ItemStatus, language: Language) -> &'static str {
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
