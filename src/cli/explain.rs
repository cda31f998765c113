//! `explain`: what a failure means and what to do about it.

use serde::Serialize;

use super::exit::Exit;
use super::output::{Format, json_object};
use super::session::fail;
use crate::model::catalogue::{Entry, entry};
use crate::model::config::Language;
use crate::model::failure::{Code, Group};

/// Explain what a failure means and what to do about it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry explain MissingRole")]
pub struct ExplainArgs {
    /// The code; none: all of them
    code: Option<String>,
    /// Language of the text form
    #[arg(long, value_enum, default_value = "en")]
    language: LanguageArg,
    /// Form
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
        Format::Json => json_object(&entries.iter().map(explained).collect::<Vec<_>>()),
        Format::Text => {
            entries.iter().for_each(|entry| print(entry, args.language.into()));
            Exit::Yes
        }
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

fn print(entry: &Entry, language: Language) {
    let passing = match (entry.transient, language) {
        (true, Language::English) => ", may pass by itself",
        (true, Language::Chinese) => "，可能自行恢复",
        (false, _) => "",
    };
    println!("{} ({:?}{passing})", entry.code, entry.group);
    println!("  {}", entry.message(language));
    println!("  → {}", entry.remedy(language));
}
