//! The README of a report: what a forge shows beside the spec.

use super::caps::{NAMES, README_ROWS};
use super::lists::More;
use super::markdown::{code, number, plain, table};
use super::tables;
use super::words::{Word, condition, end_reason, run_cause, run_status, say, sync_status};
use crate::model::batch::{Condition, ConditionKind};
use crate::model::catalogue::entry;
use crate::model::config::Language;
use crate::model::report::Report;
use crate::model::status::RunStatus;
use crate::model::view::PlaceView;
use crate::rules::reporting::{next_steps, verdict};

/// Renders the README in one language.
pub(super) fn readme(report: &Report, language: Language) -> String {
    let page = Page { report, language, is_plan: false };
    let batch = &report.batch;
    let mut text = format!(
        "# {}{}{}\n\n**{}**\n{}{}",
        batch.batch_number,
        page.colon(),
        batch.name,
        verdict(report, language),
        page.conditions(),
        page.pointer()
    );
    let sections: [(Word, String); 12] = [
        (("Scope", "范围"), page.scope()),
        (("Reconciliation", "核对"), page.reconciliation()),
        (("By organization and type", "按组织与单据类型"), page.breakdown()),
        (("Reasons", "失败原因"), page.reasons()),
        (("Partial documents", "部分到达目标端的单据"), page.partial()),
        (("Failed documents", "失败单据"), page.failed()),
        (("Duplicates and conflicts", "重复与冲突"), page.conflicts()),
        (("Warnings", "警告"), page.warnings()),
        (("Keys and prefixes that could not be listed", "无法列举的键与前缀"), page.unlistable()),
        (("Runs", "运行记录"), page.runs()),
        (("Next action", "下一步"), page.next()),
        (("Digests", "摘要"), page.digests()),
    ];
    for (heading, body) in sections.into_iter().filter(|(_, body)| !body.is_empty()) {
        text.push_str(&format!("\n## {}\n\n{body}", say(language, heading)));
    }
    text
}

/// A report in one language.
pub(super) struct Page<'a> {
    pub(super) report: &'a Report,
    pub(super) language: Language,
    /// Of a plan, which leaves nothing that could be asked for later.
    pub(super) is_plan: bool,
}

impl Page<'_> {
    pub(super) fn say(&self, word: Word) -> &'static str {
        say(self.language, word)
    }

    pub(super) fn colon(&self) -> &'static str {
        self.say((": ", "："))
    }

    /// What a person should know before any figure.
    fn conditions(&self) -> String {
        let batch = &self.report.batch;
        let mut lines: Vec<String> = batch.conditions.iter().map(|condition| self.condition(condition)).collect();
        if batch.suspended && batch.conditions.iter().all(|condition| condition.kind != ConditionKind::Suspended) {
            let why = self.say((
                ": by `suspend: true` in the spec, or by a command",
                "：批次说明中 `suspend: true`，或由命令暂停",
            ));
            lines.push(format!("- **{}**{why}\n", condition(ConditionKind::Suspended, self.language)));
        }
        if lines.is_empty() { String::new() } else { format!("\n{}", lines.concat()) }
    }

    /// Where the same is with all that Markdown cannot show; it is there once the batch does not run.
    fn pointer(&self) -> &'static str {
        match self.report.batch.run_status {
            RunStatus::Running => "",
            RunStatus::Queued | RunStatus::Ended => self.say((
                "\nThe same with the files of each document, charts and a search, to be opened in a browser: [report.html](report.html)\n",
                "\n用浏览器打开 [report.html](report.html)，可查看各单据的文件、图表并搜索。\n",
            )),
        }
    }

    fn condition(&self, holds: &Condition) -> String {
        let kind = condition(holds.kind, self.language);
        let (reason, since, message) =
            (holds.reason, holds.since.strftime("%Y-%m-%dT%H:%M:%SZ"), plain(&holds.message));
        match self.language {
            Language::English => format!("- **{kind}** since {since} ({reason}): {message}\n"),
            Language::Chinese => {
                let meaning = entry(reason).message(self.language);
                format!("- **{kind}**，自 {since} 起（{reason}）：{meaning}。原始信息：{message}\n")
            }
        }
    }

    fn next(&self) -> String {
        match next_steps(self.report, self.language).as_slice() {
            [step] => format!("{step}\n"),
            steps => steps.iter().enumerate().map(|(at, step)| format!("{}. {step}\n", at + 1)).collect(),
        }
    }

    pub(super) fn scope(&self) -> String {
        let batch = &self.report.batch;
        let (range, spec, filters) = (&batch.collected, &batch.spec, &self.report.filters);
        let all = |globs: &[String]| match globs {
            [] => self.say(("all", "全部")).to_owned(),
            globs => self.some(globs),
        };
        let status = format!(
            "{} · {}",
            run_status(batch.run_status, self.language),
            sync_status(batch.sync_status, self.language)
        );
        let mut rows: Vec<(Word, String)> = vec![
            (
                ("Collected", "采集日期"),
                format!("{} – {}{}", range.from, range.to, self.in_brackets(std::slice::from_ref(&range.time_zone))),
            ),
            (("In UTC", "对应 UTC"), format!("{} ≤ t < {}", range.from_utc, range.to_utc)),
            (("Organizations", "组织"), all(&filters.organizations)),
            (("Document types", "单据类型"), all(&filters.document_types)),
            (("From", "数据源"), place(&batch.source)),
            (("To", "目标"), place(&batch.target)),
            (
                ("Spec", "批次说明"),
                self.say(("{path}, generation {n}", "{path}，第 {n} 版"))
                    .replace("{path}", &code(&spec.path))
                    .replace("{n}", &spec.generation.to_string()),
            ),
            (("Commit", "提交"), spec.commit.as_deref().map_or_else(|| "–".to_owned(), code)),
            (("Operator", "操作人"), code(&spec.operator)),
        ];
        let further = [
            (("Image numbers", "影像编号"), &filters.image_numbers),
            (("Only files", "仅含文件"), &filters.files.include),
            (("Without files", "排除文件"), &filters.files.exclude),
        ];
        let set = further.into_iter().filter(|(_, globs)| !globs.is_empty());
        rows.splice(4..4, set.map(|(name, globs)| (name, self.some(globs))));
        if !self.is_plan {
            rows.insert(0, (("Status", "状态"), status));
        }
        table(&["", ""], &[], rows.into_iter().map(|(name, value)| vec![self.say(name).to_owned(), value]))
    }

    /// The first of several globs, and how many more the spec has.
    fn some(&self, globs: &[String]) -> String {
        let mut shown: Vec<String> = globs.iter().take(NAMES).map(|glob| code(glob)).collect();
        if globs.len() > NAMES {
            let more = number((globs.len() - NAMES) as u64);
            shown.push(self.say(("and {n} more in the spec", "批次说明中另有 {n} 个")).replace("{n}", &more));
        }
        shown.join(self.say((", ", "、")))
    }

    pub(super) fn reconciliation(&self) -> String {
        format!("{}\n{}", tables::totals(self.report, self.language), tables::listed(self.report, self.language))
    }

    fn runs(&self) -> String {
        let runs = &self.report.batch.runs;
        let total = self.report.left_out.get("runs").map_or(runs.len() as u64, |runs| runs.total);
        // The last ones matter most.
        let rows = runs.iter().skip(runs.len().saturating_sub(README_ROWS)).map(|run| {
            let reason = run.reason.map_or("–", |reason| end_reason(reason, self.language)).to_owned();
            vec![
                run.number.to_string(),
                run_cause(run.cause, self.language).to_owned(),
                run.started.clone(),
                run.ended.clone().unwrap_or_else(|| "–".to_owned()),
                reason,
                code(&run.operator),
            ]
        });
        let headings: [Word; 6] = [
            ("Run", "运行"),
            ("Why it began", "发起原因"),
            ("Started (UTC)", "开始 (UTC)"),
            ("Ended (UTC)", "结束 (UTC)"),
            ("Why it ended", "结束原因"),
            ("Operator", "操作人"),
        ];
        let forgotten = match self.report.batch.runs_left_out {
            0 => String::new(),
            n => self
                .say((
                    "\n{n} more runs after the first one are in the audit log alone.\n",
                    "\n首次运行之后另有 {n} 次运行，仅见于审计日志。\n",
                ))
                .replace("{n}", &number(n)),
        };
        table(&headings.map(|word| self.say(word)), &[0], rows)
            + &forgotten
            + &self.more(runs.len(), total, &More::Json("runs"))
    }

    fn digests(&self) -> String {
        let batch = &self.report.batch;
        let events = self
            .say(("Audit log, event {n} (the last)", "审计日志第 {n} 条（末条）"))
            .replace("{n}", &number(batch.audit.events));
        let rows = [
            (self.say(("Spec", "批次说明")).to_owned(), code(&batch.spec.digest.to_string())),
            (
                self.say(("Population: every object in scope", "冻结范围：范围内全部对象")).to_owned(),
                batch.population.map_or_else(|| "–".to_owned(), |digest| code(&digest.to_string())),
            ),
            (events, code(&batch.audit.head.to_string())),
        ];
        table(&["", "SHA-256"], &[], rows.map(|(name, value)| vec![name, value]))
    }
}

fn place(place: &PlaceView) -> String {
    code(&format!("{}/{}", place.store, place.prefix))
}
