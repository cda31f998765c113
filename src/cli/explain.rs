//! `explain`: what a failure means and what to do about it.

use serde::Serialize;

use super::exit::Exit;
use super::output::{Format, json_object, out};
use super::session::fail;
use crate::model::catalogue::{Entry, entry};
use crate::model::config::Language;
use crate::model::failure::{Code, Group};
use crate::model::text::capital;
use crate::model::view::FORMAT_VERSION;

/// Explain what a failure means and what to do about it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry explain MissingRole")]
pub struct ExplainArgs {
    /// The code; none: all of them
    code: Option<String>,
    /// Language of the text form
    #[arg(long, value_enum, default_value = "en")]
    language: LanguageArg,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LanguageArg {
    En,
    #[value(name = "zh-CN", alias = "zh")]
    Zh,
}

impl From<LanguageArg> for Language {
    fn from(language: LanguageArg) -> Self {
        match language {
            LanguageArg::En => Self::English,
            LanguageArg::Zh => Self::Chinese,
        }
    }
}

/// One object whether one code is asked for or all.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explanation {
    format_version: u32,
    codes: Vec<Explained>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    code: Code,
    group: Group,
    transient: bool,
    message: Texts,
    remedy: Texts,
}

#[derive(Serialize)]
struct Texts {
    en: &'static str,
    #[serde(rename = "zh-CN")]
    zh: &'static str,
}

/// Runs the command.
pub fn run(args: &ExplainArgs) -> Exit {
    let codes = match args.code.as_deref().map(str::parse::<Code>) {
        None => Code::ALL.to_vec(),
        Some(Ok(code)) => vec![code],
        Some(Err(error)) => return fail(Exit::Usage, with_nearest(args.code.as_deref().unwrap_or_default(), &error)),
    };
    let entries: Vec<Entry> = codes.into_iter().map(entry).collect();
    match args.output {
        Format::Json => {
            json_object(&Explanation { format_version: FORMAT_VERSION, codes: entries.iter().map(explained).collect() })
        }
        Format::Text => out(entries.iter().map(|entry| text(entry, args.language.into())).collect::<String>()),
    }
}

fn with_nearest(wanted: &str, error: &str) -> String {
    let distance = |code: &Code| strsim::damerau_levenshtein(&code.as_str().to_lowercase(), &wanted.to_lowercase());
    match Code::ALL.iter().map(|code| (distance(code), code)).min().filter(|(distance, _)| *distance <= 4) {
        Some((_, code)) => format!("{error}; did you mean {code}?"),
        None => error.to_owned(),
    }
}

fn explained(entry: &Entry) -> Explained {
    let texts = |pick: fn(&Entry, Language) -> &'static str| Texts {
        en: pick(entry, Language::English),
        zh: pick(entry, Language::Chinese),
    };
    Explained {
        code: entry.code,
        group: entry.group,
        transient: entry.transient,
        message: texts(Entry::message),
        remedy: texts(Entry::remedy),
    }
}

fn text(entry: &Entry, language: Language) -> String {
    let group = group(entry.group, language);
    let about = match (language, entry.transient) {
        (Language::English, false) => format!(" ({group})"),
        (Language::English, true) => format!(" ({group}, may pass by itself)"),
        (Language::Chinese, false) => format!("（{group}）"),
        (Language::Chinese, true) => format!("（{group}，可能自行恢复）"),
    };
    let (message, remedy) = (capital(entry.message(language)), entry.remedy(language));
    format!("{}{about}\n  {message}\n  → {remedy}\n", entry.code)
}

/// The groups of DA/T 70-2018 have their names there.
fn group(group: Group, language: Language) -> &'static str {
    let (english, chinese) = match group {
        Group::Authenticity => ("authenticity", "真实性"),
        Group::Completeness => ("completeness", "完整性"),
        Group::Usability => ("usability", "可用性"),
        Group::Security => ("security", "安全性"),
        Group::Transfer => ("transfer", "传输"),
        Group::Store => ("store", "存储"),
        Group::Batch => ("batch", "批次"),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}
