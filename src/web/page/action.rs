//! What an operator may do with a batch from its page: the words, when it is offered, and what it asks of the daemon.

use crate::model::batch::ConditionKind;
use crate::model::config::Language;
use crate::model::control::Request;
use crate::model::failure::Code;
use crate::model::overview::{BatchDetail, BatchLine};
use crate::model::spec::ResyncScope;
use crate::model::status::RunStatus;
use crate::reports::words::say;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Take failed documents again.
    ResyncFailed,
    /// List the whole scope anew.
    ResyncAll,
    /// Pause.
    Suspend,
    /// Go on.
    Resume,
    /// End the run.
    Cancel,
    /// Hide the batch.
    Delete,
}

impl Action {
    /// Every action, in the order in which a page offers them.
    pub(super) const ALL: [Self; 6] =
        [Self::Resume, Self::ResyncFailed, Self::Suspend, Self::ResyncAll, Self::Cancel, Self::Delete];

    /// Its word in addresses.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ResyncFailed => "resync-failed",
            Self::ResyncAll => "resync-all",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Delete => "delete",
        }
    }

    /// The one of this word.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// What the daemon is asked for.
    pub(super) fn request(self, batch: String) -> Request {
        match self {
            Self::ResyncFailed => Request::Resync { batch, scope: ResyncScope::Failed },
            Self::ResyncAll => Request::Resync { batch, scope: ResyncScope::All },
            Self::Suspend => Request::Suspend { batch },
            Self::Resume => Request::Resume { batch },
            Self::Cancel => Request::Cancel { batch },
            Self::Delete => Request::Delete { batch },
        }
    }

    /// Whether it makes sense for a batch as it stands. Whether it may be done, the daemon decides.
    pub(super) fn fits(self, detail: &BatchDetail) -> bool {
        let line = detail.row.line.as_ref();
        if line.conditions.iter().any(|condition| condition.kind == ConditionKind::Retired) {
            return false;
        }
        let (is_ended, has_run) = (line.run_status == RunStatus::Ended, line.run.is_some());
        let is_suspended = has(line, Code::SuspendedByCommand);
        match self {
            Self::ResyncFailed => is_ended && has_run && line.documents.failed > 0,
            Self::ResyncAll => is_ended && has_run,
            // What is to run again can be kept from it.
            Self::Suspend => (!is_ended || detail.runs_again) && !is_suspended,
            Self::Resume => is_suspended,
            Self::Cancel => !is_ended,
            Self::Delete => has(line, Code::SpecVanished) && line.run_status != RunStatus::Running,
        }
    }

    /// The word on its button.
    pub(super) fn word(self, language: Language) -> &'static str {
        let words = match self {
            Self::ResyncFailed => ("Resync failed documents", "重新同步失败单据"),
            Self::ResyncAll => ("Resync all", "全部重新同步"),
            Self::Suspend => ("Suspend", "暂停"),
            Self::Resume => ("Resume", "恢复"),
            Self::Cancel => ("Cancel the run", "取消运行"),
            Self::Delete => ("Delete", "删除"),
        };
        say(language, words)
    }

    /// What it does, where one should know before; such a button stands behind these words.
    pub(super) fn warning(self, language: Language) -> Option<&'static str> {
        let words = match self {
            Self::ResyncFailed | Self::Suspend | Self::Resume => return None,
            Self::ResyncAll => (
                "Lists the whole scope at the source anew. Documents that are new or have changed are migrated, failed ones are \
                 tried again; what has arrived and is unchanged is not copied again. Large scopes take long.",
                "重新列举数据源中的全部范围：迁移新增或有变化的单据，重试失败单据；已迁移且未变化的不再复制。范围较大时耗时较长。",
            ),
            Self::Cancel => (
                "Ends the run at the next document boundary. What has arrived stays; the other documents stay pending until a resync.",
                "在下一份单据处结束运行。已迁移的保留，其余单据保持待处理，直至重新同步。",
            ),
            Self::Delete => (
                "Hides the batch from the lists. Its records and its audit log are kept, and nothing is removed at the source or \
                 the target. This cannot be taken back.",
                "从列表中隐藏该批次。台账记录与审计日志保留，数据源与目标端的数据均不删除。此操作无法撤销。",
            ),
        };
        Some(say(language, words))
    }

    /// That it was done.
    pub(super) fn done(self, language: Language) -> &'static str {
        let words = match self {
            Self::ResyncFailed => ("Failed documents will be taken again.", "将重新同步失败单据。"),
            Self::ResyncAll => ("The whole scope will be listed anew.", "将重新列举全部范围。"),
            Self::Suspend => (
                "The batch pauses at the next document boundary, and begins no run until it is resumed.",
                "批次将在下一份单据处暂停，恢复前不再开始运行。",
            ),
            Self::Resume => ("The batch goes on.", "批次已恢复。"),
            Self::Cancel => ("The run ends at the next document boundary.", "运行将在下一份单据处结束。"),
            Self::Delete => {
                ("The batch is hidden from the lists; its records are kept.", "批次已从列表中隐藏，记录保留。")
            }
        };
        say(language, words)
    }
}

fn has(line: &BatchLine, reason: Code) -> bool {
    line.conditions.iter().any(|condition| condition.reason == reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_word_of_its_own_by_which_it_is_found() {
        for action in Action::ALL {
            assert_eq!(Action::named(action.as_str()), Some(action));
        }
        for strange in ["", "Suspend", "verify", "resync"] {
            assert_eq!(Action::named(strange), None, "{strange}");
        }
    }

    #[test]
    fn what_cannot_be_taken_back_by_a_click_is_explained_before() {
        for action in Action::ALL {
            let explains = matches!(action, Action::ResyncAll | Action::Cancel | Action::Delete);
            for language in [Language::English, Language::Chinese] {
                assert_eq!(action.warning(language).is_some(), explains, "{action:?}");
            }
        }
    }
}
