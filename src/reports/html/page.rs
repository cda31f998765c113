//! The whole page, no longer than a file of a report may be.

use askama::Template;

use super::article::{Article, Caps};
use super::policy::{SCRIPT, STYLE, policy};
use crate::model::config::Language;
use crate::model::report::Report;
use crate::reports::caps::{FILE_BYTES, NAMES, README_ROWS};

/// What lists may take of the page; documents with their files fill the rest.
const LISTS_BYTES: usize = FILE_BYTES * 3 / 5;
/// Kept free for what is said of documents that are left out.
const RESERVE: usize = 2_000;

/// `report.html`.
#[derive(Template)]
#[template(path = "page.html", config = "src/reports/html/askama.toml")]
struct Page<'a> {
    title: String,
    first: &'static str,
    policy: String,
    style: &'static str,
    script: &'static str,
    articles: [Article<'a>; 2],
}

/// Renders the page; the first of the languages is the one that is shown at first.
pub(in crate::reports) fn page(report: &Report, languages: &[Language]) -> String {
    let first = languages.first().copied().unwrap_or_default();
    let second = match first {
        Language::English => Language::Chinese,
        Language::Chinese => Language::English,
    };
    let mut caps = Caps { rows: README_ROWS, names: NAMES };
    let mut articles = [first, second].map(|language| Article::new(report, language, caps));
    let mut without = whole(report, &articles);
    while without.len() > LISTS_BYTES && caps.halve() {
        articles = [first, second].map(|language| Article::new(report, language, caps));
        without = whole(report, &articles);
    }
    let mut left = FILE_BYTES.saturating_sub(without.len() + RESERVE);
    for detail in &report.details.rows {
        let html = articles.each_ref().map(|article| article.detail(detail));
        let bytes = html.iter().map(String::len).sum();
        let Some(rest) = left.checked_sub(bytes) else { break };
        left = rest;
        articles.iter_mut().zip(html).for_each(|(article, html)| article.add_detail(&html));
    }
    whole(report, &articles)
}

fn whole(report: &Report, articles: &[Article<'_>; 2]) -> String {
    let page = Page {
        title: format!("{} · {}", report.batch.batch_number, report.batch.name),
        first: articles[0].tag(),
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        articles: articles.clone(),
    };
    // Plain values into memory: no template of ours has an error of its own to give.
    page.render().expect("a page of plain values")
}
