//! Walks a web server's folders by WebDAV, one directory a request. `object_store` would end at a name that it cannot ask for.
//!
//! The token of the next page names the directories that are still to be looked at, one a line.

use std::collections::VecDeque;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::super::encodings::percent_decoded;
use super::super::http::{Nonsense, ask_if_there};
use super::super::keys::{MAX_KEY, address};
use super::super::listing::{PAGE_SIZE, Page, Query};
use super::open::Web;
use super::xml::{self, Listed};
use crate::model::document::SourceObject;

/// Lists one page, which holds whole directories.
pub(in super::super) async fn list_page(web: &Web, query: &Query<'_>) -> object_store::Result<Page> {
    let base = &query.prefix[..query.prefix.rfind('/').map_or(0, |slash| slash + 1)];
    let mut waiting: VecDeque<String> = match query.token {
        Some(token) => token.split('\n').map(str::to_owned).collect(),
        None => [base.to_owned()].into(),
    };
    let mut page = Page::default();
    while page.len() < PAGE_SIZE {
        let Some(directory) = waiting.pop_front() else { break };
        let found = look(web, &directory, query, &mut page).await?;
        // Depth first: what waits stays short.
        found.into_iter().rev().for_each(|below| waiting.push_front(below));
    }
    if !waiting.is_empty() {
        page.next = Some(Vec::from(waiting).join("\n"));
    }
    Ok(page)
}

/// Adds to `page` what is in one directory; gives back the directories that are to be looked at next.
async fn look(web: &Web, directory: &str, query: &Query<'_>, page: &mut Page) -> object_store::Result<Vec<String>> {
    // A probe asks for next to nothing.
    let depth = if query.max_keys == 1 { "0" } else { "1" };
    page.requests += 1;
    let Some(body) = ask_if_there(&web.client, web.propfind(directory, depth)?, !directory.is_empty()).await? else {
        return Ok(Vec::new());
    };
    let listed = xml::listed(&body).map_err(|why| Nonsense(format!("no listing of a directory: {why}")))?;
    Ok(sort(listed, &Place { root: web.path(), directory }, query, page)?)
}

/// Which directory is looked at, below which path of the server.
struct Place<'p> {
    root: &'p str,
    directory: &'p str,
}

fn sort(listed: Vec<Listed>, place: &Place<'_>, query: &Query<'_>, page: &mut Page) -> Result<Vec<String>, Nonsense> {
    let mut below = Vec::new();
    for entry in listed {
        match key(&entry, place)? {
            Err(why) => page.unaddressable.push((described(entry.href.clone(), &entry), why)),
            Ok(key) if key == place.directory || !key.starts_with(query.prefix) => {}
            Ok(key) if !entry.is_directory => add_file(page, key, &entry),
            Ok(key) => match address(key.trim_end_matches('/'), MAX_KEY) {
                Err(why) => page.unaddressable.push((described(key.trim_end_matches('/').to_owned(), &entry), why)),
                Ok(_) if query.by_directory => page.directories.push(key),
                Ok(_) => below.push(key),
            },
        }
    }
    below.sort_unstable();
    Ok(below)
}

/// The key that an entry stands for, with a `/` behind that of a directory; or why it has none. An entry from elsewhere than
/// this directory is nonsense.
fn key(entry: &Listed, place: &Place<'_>) -> Result<Result<String, String>, Nonsense> {
    let href = entry.href.as_str();
    let path = href.split_once("://").map_or(href, |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
    let (Some(path), Some(root)) = (percent_decoded(path, false), percent_decoded(place.root, false)) else {
        return Ok(Err("has a name that is no UTF-8".to_owned()));
    };
    let elsewhere = || Nonsense(format!("{href:?} is none of {:?}", format!("{}/{}", place.root, place.directory)));
    let key = path.strip_prefix(&root).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let key = key.map(|rest| rest.strip_prefix('/').unwrap_or(rest)).ok_or_else(elsewhere)?;
    // Some servers leave the slash of a directory out.
    let key =
        if entry.is_directory && !key.is_empty() && !key.ends_with('/') { format!("{key}/") } else { key.to_owned() };
    let name = key.strip_prefix(place.directory).ok_or_else(elsewhere)?;
    if name.trim_end_matches('/').contains('/') {
        return Err(elsewhere());
    }
    Ok(Ok(key))
}

fn add_file(page: &mut Page, key: String, entry: &Listed) {
    let object = described(key, entry);
    let known = entry.etag.is_some() || object.modified != Timestamp::UNIX_EPOCH;
    let why = match address(&object.key, MAX_KEY) {
        Err(why) => why,
        Ok(_) if entry.size.is_none() => "has no size in the listing".to_owned(),
        Ok(_) if !known => {
            "has neither an ETag nor a date in the listing, so that a change would not be noticed".to_owned()
        }
        Ok(_) => return page.objects.push(object),
    };
    page.unaddressable.push((object, why));
}

fn described(key: String, entry: &Listed) -> SourceObject {
    let date = entry.modified.as_deref().and_then(|date| rfc2822::parse(date).ok());
    let modified = date.map_or(Timestamp::UNIX_EPOCH, |date| date.timestamp());
    SourceObject { key, size: entry.size.unwrap_or_default(), etag: entry.etag.clone(), modified }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(href: &str, is_directory: bool) -> Listed {
        Listed {
            href: href.to_owned(),
            is_directory,
            size: Some(1),
            etag: Some("\"1\"".to_owned()),
            modified: Some("Thu, 01 Jul 2021 10:44:59 GMT".to_owned()),
        }
    }

    fn sorted(entries: Vec<Listed>, directory: &str) -> Result<(Page, Vec<String>), String> {
        let mut page = Page::default();
        let query = Query { prefix: directory, by_directory: false, token: None, after: None, max_keys: 1000 };
        let place = Place { root: "/dav", directory };
        let below = sort(entries, &place, &query, &mut page).map_err(|Nonsense(why)| why)?;
        Ok((page, below))
    }

    #[test]
    fn every_name_is_a_file_a_directory_or_named() {
        let entries = vec![
            entry("/dav/in/", true),
            entry("http://h:1/dav/in/%E5%8F%91%E7%A5%A8%20+.jpg", false),
            entry("/dav/in/deep", true),
            entry("/dav/in/%FF.jpg", false),
            entry("/dav/in/a%0Ab", false),
            Listed { size: None, ..entry("/dav/in/c", false) },
            Listed { etag: None, modified: None, ..entry("/dav/in/d", false) },
        ];
        let (page, below) = sorted(entries, "in/").unwrap();
        assert_eq!(page.objects.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), ["in/发票 +.jpg"]);
        assert_eq!(below, ["in/deep/"]);
        assert_eq!(page.unaddressable.len(), 4);
    }

    #[test]
    fn an_entry_from_elsewhere_is_nonsense() {
        for href in ["/other/in/a", "/davit/in/a", "/dav/out/a", "/dav/in/deep/a"] {
            assert!(sorted(vec![entry(href, false)], "in/").is_err(), "{href}");
        }
    }
}
