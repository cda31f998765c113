//! The page as its template has it.

use std::time::Duration;

use askama::Template;

use super::field::field_of;
use super::form::Form;
use super::plainly::in_chinese;
use crate::model::batch::Condition;
use crate::model::catalogue::entry;
use crate::model::checks::Severity;
use crate::model::config::Language;
use crate::model::control::{PlanView, Refusal};
use crate::model::diagnostic::Diagnostic;
use crate::model::draft::{Choices, StoreChoice};
use crate::model::report::FailedItem;
use crate::model::spec::OnConflict;
use crate::model::text::capital;
use crate::model::view::FailureView;
use crate::reports::html::text::sentence;
use crate::reports::{self, words};
use crate::rules::reporting;
use crate::web::page::fault::plainly;
use crate::web::page::frame::Frame;
use crate::web::problem::status;

/// Fields of the form, as their labels call them.
const LABELS: [(&str, words::Word); 13] = [
    ("name", ("the name", "名称")),
    ("from", ("the first day", "开始日期")),
    ("to", ("the last day", "结束日期")),
    ("zone", ("the time zone", "时区")),
    ("source", ("the source", "数据源")),
    ("sourcePrefix", ("the prefix at the source", "数据源前缀")),
    ("keys", ("the key template", "键模板")),
    ("organizations", ("the organizations", "组织")),
    ("types", ("the document types", "单据类型")),
    ("target", ("the target", "目标端")),
    ("targetPrefix", ("the prefix at the target", "目标端前缀")),
    ("conflict", ("what is done where another file is", "目标端已有不同文件时")),
    ("file", ("the file", "文件")),
];

/// Documents that would fail, as far as they are named.
const NAMED: usize = 10;

/// The page.
#[derive(Template)]
#[template(path = "new.html", config = "src/web/page/askama.toml")]
pub(super) struct New {
    pub(super) frame: Frame,
    pub(super) choices: Choices,
    pub(super) form: Form,
    /// `None`: nothing was filled in yet.
    pub(super) judged: Option<Judged>,
}

/// What is to say of what the form holds.
pub(super) struct Judged {
    /// The spec's file below the jobs directory.
    pub(super) file: String,
    /// The YAML.
    pub(super) text: String,
    pub(super) problems: Vec<Diagnostic>,
    /// What a run would do, or why that cannot be told; `None`: nobody asked.
    pub(super) plan: Option<Result<Box<PlanView>, Refusal>>,
    /// Why the spec was not written.
    pub(super) unwritten: Option<Refusal>,
    /// The longest that a plan takes.
    pub(super) within: Duration,
}

/// A conflict rule to choose: its value, its words, and whether it is chosen.
type Choice = (&'static str, &'static str, bool);

impl New {
    /// What is wrong with a field.
    fn wrong(&self, name: &str) -> Vec<&Diagnostic> {
        let problems = self.judged.iter().flat_map(|judged| &judged.problems);
        problems.filter(|problem| field(problem) == Some(name)).collect()
    }

    /// What is wrong with no field of the form.
    fn wrong_elsewhere(&self) -> Vec<&Diagnostic> {
        let problems = self.judged.iter().flat_map(|judged| &judged.problems);
        problems.filter(|problem| field(problem).is_none()).collect()
    }

    /// The fields that are wrong, with their labels, in the order of the form.
    fn wrong_fields(&self) -> Vec<(&'static str, &'static str)> {
        let labels = LABELS.iter().filter(|(name, _)| self.is_wrong(name));
        labels.map(|(name, label)| (*name, words::say(self.frame.language, *label))).collect()
    }

    fn count(&self, judged: &Judged) -> String {
        let problems = judged.problems.len() as u64;
        match self.frame.language {
            Language::English => format!("{}.", reporting::count(problems, "problem", "problems")),
            Language::Chinese => format!("共 {} 个问题。", reporting::number(problems)),
        }
    }

    fn is_wrong(&self, name: &str) -> bool {
        !self.wrong(name).is_empty()
    }

    /// In the reader's language, where there are such words.
    fn plainly(&self, problem: &Diagnostic) -> Option<&'static str> {
        in_chinese(&problem.rule).filter(|_| self.frame.language == Language::Chinese)
    }

    fn message(&self, problem: &Diagnostic) -> String {
        let advice = problem.suggestion.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("{}{advice}.", capital(problem.message.trim_end_matches('.')))
    }

    /// What a refusal comes to, in the reader's language, where the daemon's words are in another.
    fn plain_refusal(&self, refusal: &Refusal) -> Option<&'static str> {
        plainly(self.frame.language, status(refusal.kind))
    }

    /// A refusal as a sentence.
    fn why(&self, refusal: &Refusal) -> String {
        format!("{}.", capital(refusal.message.trim_end_matches('.')))
    }

    fn sources(&self) -> Vec<(&str, bool)> {
        offered(self.choices.stores.iter(), &self.form.source)
    }

    fn targets(&self) -> Vec<(&str, bool)> {
        offered(self.choices.stores.iter().filter(|store| store.is_writable), &self.form.target)
    }

    fn conflicts(&self) -> [Choice; 3] {
        let say = |english, chinese| self.frame.say(english, chinese);
        [
            ("Fail", say("fail the document", "该单据失败"), self.form.conflict == OnConflict::Fail),
            ("KeepTarget", say("keep what is there", "保留目标端文件"), self.form.conflict == OnConflict::KeepTarget),
            ("Overwrite", say("replace what is there", "覆盖目标端文件"), self.form.conflict == OnConflict::Overwrite),
        ]
    }
}

/// Stores to choose from. One that was sent and is none of them stays chosen, so that nothing changes unseen.
fn offered<'a>(stores: impl Iterator<Item = &'a StoreChoice>, chosen: &'a str) -> Vec<(&'a str, bool)> {
    let mut offered: Vec<(&str, bool)> =
        stores.map(|store| (store.name.as_str(), store.name.as_str() == chosen)).collect();
    if !chosen.is_empty() && offered.iter().all(|(_, is_chosen)| !is_chosen) {
        offered.push((chosen, true));
    }
    offered
}

fn field(problem: &Diagnostic) -> Option<&'static str> {
    if problem.rule == super::answer::FILE_RULE { Some("file") } else { field_of(&problem.field) }
}

impl Judged {
    pub(super) fn is_valid(&self) -> bool {
        self.problems.iter().all(|problem| problem.severity == Severity::Warn)
    }

    fn planned(&self) -> Option<&PlanView> {
        self.plan.as_ref()?.as_ref().ok().map(|plan| &**plan)
    }

    fn unplanned(&self) -> Option<&Refusal> {
        self.plan.as_ref()?.as_ref().err()
    }

    /// That a plan was given up, and how far it had come.
    fn unfinished(&self, plan: &PlanView, frame: &Frame) -> String {
        let (seconds, objects) = (self.within.as_secs(), reporting::number(plan.report.batch.listed.objects));
        match frame.language {
            Language::English => format!(
                "Not everything was looked at within {seconds} seconds: {objects} objects were listed until then, and the rest is \
                 not known."
            ),
            Language::Chinese => format!("{seconds} 秒内未能检查完毕：截至当时已列举 {objects} 个对象，其余未知。"),
        }
    }

    /// Figures of a plan that was given up before it had any say nothing.
    fn has_figures(&self, plan: &PlanView) -> bool {
        plan.finished || plan.report.batch.documents.in_scope > 0
    }

    fn sentence(&self, plan: &PlanView, frame: &Frame) -> String {
        reports::plan_sentence(&plan.report, frame.language)
    }

    /// Whether a run would do what was meant.
    fn class(&self, plan: &PlanView) -> &'static str {
        let documents = &plan.report.batch.documents;
        match (plan.finished, documents.failed, documents.in_scope) {
            (true, 0, 1..) => "good",
            (false, _, _) => "bad",
            _ => "part",
        }
    }

    fn code_message(&self, reason: &FailureView, frame: &Frame) -> &'static str {
        entry(reason.code).message(frame.language)
    }

    /// As HTML.
    fn remedy(&self, plan: &PlanView, reason: &FailureView, frame: &Frame) -> String {
        let batch = &plan.report.batch;
        let remedy = reporting::remedy(reason.code, &batch.name, frame.language);
        sentence(&reporting::remedy_of_plan(&remedy, &batch.name, &self.file))
    }

    fn failed<'a>(&self, plan: &'a PlanView) -> &'a [FailedItem] {
        let rows = &plan.failed.rows;
        &rows[..rows.len().min(NAMED)]
    }

    /// Why a document would fail, where the daemon's words are in another language than the page.
    fn plain_reason(&self, item: &FailedItem, frame: &Frame) -> Option<&'static str> {
        (frame.language == Language::Chinese).then(|| entry(item.failure.code).message(frame.language))
    }

    fn failed_beyond(&self, plan: &PlanView) -> u64 {
        plan.failed.total.saturating_sub(self.failed(plan).len() as u64)
    }

    fn condition(&self, condition: &Condition, frame: &Frame) -> &'static str {
        words::condition(condition.kind, frame.language)
    }
}
