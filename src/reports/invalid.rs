//! The folder of a spec that is not accepted: its diagnostics.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::caps::FILE_BYTES;
use super::markdown::{code, longest_run, plain};
use super::render::{Rendered, readmes};
use super::words::say;
use crate::model::catalogue::entry;
use crate::model::config::Language;
use crate::model::diagnostic::{Diagnostic, InvalidSpec};
use crate::model::failure::Code;

/// Renders the diagnostics of a spec, for people and for programs.
pub fn render_invalid(invalid: &InvalidSpec, languages: &[Language]) -> Vec<Rendered> {
    let mut files: Vec<Rendered> =
        readmes(languages).map(|(name, language)| Rendered::new(name, readme(invalid, language))).collect();
    files.push(Rendered::new("report.json", json(invalid)));
    files
}

/// Its lines may hold anything, so that even a hundred problems may be too long.
fn json(invalid: &InvalidSpec) -> String {
    let total = invalid.diagnostics.len();
    let mut shown = invalid.clone();
    loop {
        let mut json = serde_json::json!({"formatVersion": 1, "invalid": shown});
        let kept = shown.diagnostics.len();
        if kept < total {
            json["leftOut"] = serde_json::json!({"shown": kept, "total": total, "rest": "batchferry validate PATH"});
        }
        let json = format!("{json:#}\n");
        if json.len() <= FILE_BYTES || kept == 0 {
            return json;
        }
        shown.diagnostics.truncate(kept / 2);
    }
}

fn readme(invalid: &InvalidSpec, language: Language) -> String {
    let entry = entry(Code::InvalidSpec);
    let title = say(language, ("Invalid spec: ", "批次说明无效："));
    let mut text = format!("# {title}{}\n\n**{}**\n", code(&invalid.file), verdict(language, entry.remedy(language)));
    for problem in &invalid.diagnostics {
        text.push_str(&format!("\n{}\n", told(problem, language)));
        if problem.has_line() {
            text.push_str(&format!("\n{}", quote(problem)));
        }
    }
    text
}

fn verdict(language: Language, remedy: &str) -> String {
    say(language, ("The spec is not valid and was not taken. {}", "批次说明无效，未被采用。{}")).replace("{}", remedy)
}

fn told(problem: &Diagnostic, language: Language) -> String {
    let place = place(problem, language);
    let (message, meant) = (plain(&problem.message), problem.suggestion.as_deref().map(plain));
    match language {
        Language::English => {
            let meant = meant.map(|meant| format!(" ({meant})")).unwrap_or_default();
            format!("{place}: {message}{meant}")
        }
        Language::Chinese => {
            let field = if problem.field.is_empty() { String::new() } else { format!(" {}", code(&problem.field)) };
            let meant = meant.map(|meant| format!("建议：{meant}。")).unwrap_or_default();
            format!("{place}：{}{field}。{meant}原始信息：{message}", rule(&problem.rule))
        }
    }
}

/// Where a problem is: the file, and the line if there is one to show.
fn place(problem: &Diagnostic, language: Language) -> String {
    let (file, line, column) = (code(&problem.file), problem.line, problem.column);
    match language {
        _ if !problem.has_line() => file,
        Language::English => format!("{file}, line {line}, column {column}"),
        Language::Chinese => format!("{file} 第 {line} 行第 {column} 列"),
    }
}

/// A rule in Chinese; the exact message follows in English.
fn rule(rule: &str) -> &'static str {
    match rule {
        "api-version" => "不支持的 apiVersion",
        "date" => "日期格式不正确",
        "duplicate-field" => "字段重复",
        "duplicate-name" => "批次名称重复",
        "encoding" => "文件编码不是 UTF-8",
        "glob" => "通配符格式不正确",
        "link" => "链接指向任务目录之外，或目标不存在",
        "missing-field" => "缺少必填字段",
        "more" => "其余问题未列出",
        "not-a-batch" => "不是批次说明文件",
        "nesting" => "嵌套层数过多",
        "overlap" => "源端与目标端相互包含",
        "prefix" => "前缀不正确",
        "range" => "数值超出允许范围",
        "range-far" => "日期超出可表示的范围",
        "range-order" => "日期范围的起止颠倒",
        "required-field" => "必填字段无法由键模板得出",
        "required-role" => "没有任何文件可能具有该角色",
        "shared-report" => "报告文件夹与另一个文件的相同",
        "size" => "文件过大",
        "store" => "存储设置不正确",
        "syntax" => "YAML 语法错误",
        "template" => "键模板不正确",
        "type" => "取值类型不正确",
        "unknown-field" => "未知字段",
        "unknown-store" => "配置中没有该存储",
        "unreadable" => "文件或文件夹无法读取",
        "word" => "取值不在允许的选项之中",
        "zero" => "时长必须大于零",
        "zone" => "时区不正确",
        _ => "取值不正确",
    }
}

/// The line in question, with a mark below the part that is meant, as columns of a monospaced block.
fn quote(problem: &Diagnostic) -> String {
    let before = (problem.column as usize).saturating_sub(1);
    let part = |skip: usize, take: usize| -> String { problem.source_line.chars().skip(skip).take(take).collect() };
    let (indent, marked) = (flat(&part(0, before)).width(), flat(&part(before, problem.length as usize)).width());
    let mark = format!("{}{}", " ".repeat(indent), "^".repeat(marked.max(1)));
    let fence = "`".repeat(longest_run(&problem.source_line, '`').max(2) + 1);
    format!("{fence}yaml\n{}\n{mark}\n{fence}\n", flat(&problem.source_line))
}

/// Tabs as four spaces, as a terminal is shown them; what has no width or turns the direction as a mark for itself.
fn flat(line: &str) -> String {
    let has_no_place = |c: char| c.is_control() || c.width().unwrap_or(0) == 0;
    let flat = line.replace('\t', "    ");
    flat.chars().map(|c| if has_no_place(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::checks::Severity;

    fn quoted(line: &str, column: u32, length: u32) -> String {
        quote(&Diagnostic {
            severity: Severity::Fail,
            rule: "type".to_owned(),
            message: String::new(),
            suggestion: None,
            file: "a.yaml".to_owned(),
            field: String::new(),
            line: 1,
            column,
            length,
            source_line: line.to_owned(),
        })
    }

    #[test]
    fn the_mark_stands_below_what_it_means_behind_wide_characters_and_tabs() {
        assert_eq!(quoted("部门: [a]", 5, 3), "```yaml\n部门: [a]\n      ^^^\n```\n");
        assert_eq!(quoted("a: 部门 x", 4, 2), "```yaml\na: 部门 x\n   ^^^^\n```\n");
        assert_eq!(quoted("\ta:\tb", 5, 1), "```yaml\n    a:    b\n          ^\n```\n");
        assert_eq!(quoted("a\u{200b}\u{202e}: b", 6, 1), "```yaml\na\u{fffd}\u{fffd}: b\n     ^\n```\n");
    }
}
