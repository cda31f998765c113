//! `report.html`: nothing from outside becomes markup, and all that it says is there for everyone.

use std::collections::BTreeSet;

use batchferry::model::document::{
    CatalogRecord, Collected, DocumentRecord, DocumentState, Fields, FileRecord, FileState, Role, SourceObject,
};
use batchferry::model::failure::Finding;
use batchferry::model::outcomes::Outcomes;
use batchferry::model::report::Detail;
use batchferry::model::timeline::{Bucket, Timeline};
use jiff::Timestamp;

use super::element::Element;
use super::*;

/// Ways out of elements and attributes, and 1,000 characters more.
fn hostile() -> String {
    format!("</code></title></script><script>alert(1)</script>\" onload='x' & {EVIL} {}", "长k".repeat(500))
}

fn detail(image: &str, failure: Option<&Failure>, keys: &[&str]) -> Detail {
    let file = |key: &&str| FileRecord {
        object: SourceObject { key: (*key).to_owned(), size: 4_096, etag: None, modified: Timestamp::UNIX_EPOCH },
        record: CatalogRecord {
            image_number: ImageNumber::new(image),
            fields: Fields::default(),
            unreadable: Vec::new(),
            role: Role::Invoice,
            role_label: Some(image.to_owned()),
            sequence: None,
            recognised: true,
        },
        state: failure.cloned().map_or(FileState::Pending, FileState::Failed),
        findings: Vec::new(),
        unaddressable: None,
        seen: 1,
        checks: Outcomes::default(),
    };
    let day = Collected { day: jiff::civil::date(2025, 1, 5), instant: None };
    Detail {
        document: DocumentRecord {
            image_number: ImageNumber::new(image),
            fields: Fields { organization: Some(image.to_owned()), collected: Some(day), ..Fields::default() },
            state: failure.cloned().map_or(DocumentState::Pending, DocumentState::Failed),
            findings: vec![Finding { outcome: Outcome::Unknown, failure: Failure::new(Code::ResolutionTooLow, image) }],
            files: FileCounts { total: keys.len() as u64, synced: 0, failed: 0 },
            bytes: 0,
            attempts: 1,
            run: 1,
            generation: 1,
            gone_from_source: false,
        },
        files: keys.iter().map(file).collect(),
    }
}

fn timeline() -> Timeline {
    let bucket = |n: u32| Bucket {
        run: 1 + n / 4,
        start: Timestamp::UNIX_EPOCH,
        seconds: 5,
        synced: 1,
        failed: u64::from(n) % 2,
        bytes: 10_000,
    };
    Timeline { buckets: (0..8).map(bucket).collect(), seconds: 5, ..Timeline::default() }
}

/// Whatever a store, a spec or a commit names is hostile.
fn attacked() -> Report {
    let (mut report, evil) = (rich(), hostile());
    let image = ImageNumber::new(evil.clone());
    report.batch.spec.operator.clone_from(&evil);
    report.batch.spec.path.clone_from(&evil);
    report.batch.spec.commit = Some(evil.clone());
    report.batch.labels.insert(evil.clone(), evil.clone());
    report.batch.conditions[0].message.clone_from(&evil);
    report.batch.runs[0].operator.clone_from(&evil);
    report.batch.failures[0].examples.push(image.clone());
    report.batch.listed.out_of_scope_by = BTreeMap::from([(evil.clone(), 6)]);
    report.filters.organizations.push(evil.clone());
    report.breakdown.rows[0].organization = Some(evil.clone());
    report.partial_documents.rows[0].missing.push(evil.clone());
    report.warning_items.rows[0].item.clone_from(&evil);
    report.warning_items.rows[0].image_number = Some(image);
    report.unlistable.push(evil.clone());
    let failure = Failure::new(Code::Conflict, evil.clone()).with(evil.clone(), evil.clone());
    report.details = capped(vec![detail(&evil, Some(&failure), &[&evil]), detail("IMG-1", None, &["a"])]);
    report.failed = capped(vec![failed(&evil, failure, &[&evil])]);
    report.timeline = timeline();
    report
}

fn page(report: &Report, languages: &[Language]) -> String {
    text(&render(report, languages, false).unwrap(), "report.html")
}

#[test]
fn no_name_from_outside_becomes_an_element_an_attribute_or_a_turn_of_direction() {
    let page = page(&attacked(), &BOTH);
    let root = Element::read(&page);
    assert_eq!((root.named("script").len(), root.named("style").len(), root.named("title").len()), (1, 1, 7));
    let ours = "html head meta title style body a span header p fieldset legend input label main article section h1 h2 \
                h3 ul ol li dl div dt dd nav table caption thead tbody tr th td strong b code small svg rect path desc \
                details summary figure figcaption output script";
    let ours: BTreeSet<&str> = ours.split_whitespace().collect();
    for element in &root.all()[1..] {
        assert!(ours.contains(element.name.as_str()), "<{}>", element.name);
        for (name, value) in &element.attributes {
            assert!(!name.starts_with("on") && name != "style" && name != "src", "<{} {name}>", element.name);
            assert!(!value.contains("alert"), "<{} {name}={value:?}>", element.name);
        }
        let link = element.attribute("href");
        assert!(link.is_empty() || link.starts_with('#'), "{link}");
    }
    assert!(!page.contains(['\u{202e}', '\r', '\0']));
}

#[test]
fn a_hostile_name_is_read_as_it_is_with_what_cannot_be_seen_spelled_out() {
    let root = Element::read(&page(&attacked(), &BOTH));
    let seen = batchferry::model::text::one_line(&hostile());
    for article in root.named("article") {
        let codes: Vec<String> = article.named("code").iter().map(|code| code.text()).collect();
        let times = codes.iter().filter(|code| **code == seen).count();
        assert!(times >= 10, "{times} times in {}", article.attribute("lang"));
    }
}

#[test]
fn both_languages_are_whole_and_the_first_of_the_config_is_shown_first() {
    for (languages, expected) in [
        (&BOTH[..], ["en", "zh-CN"]),
        (&[Language::Chinese, Language::English], ["zh-CN", "en"]),
        (&[Language::Chinese], ["zh-CN", "en"]),
        (&[], ["en", "zh-CN"]),
    ] {
        let root = Element::read(&page(&rich(), languages));
        let articles = root.named("article");
        assert_eq!(articles.iter().map(|article| article.attribute("lang")).collect::<Vec<_>>(), expected);
        assert_eq!(root.named("html")[0].attribute("lang"), expected[0]);
        let chosen: Vec<_> = root.named("input").into_iter().filter(|i| i.attribute("checked") == "checked").collect();
        assert_eq!(chosen.iter().map(|i| i.attribute("id")).collect::<Vec<_>>(), [format!("in-{}", expected[0])]);
        let shape = |article: &Element| article.all().iter().map(|e| e.name.clone()).collect::<Vec<_>>();
        let sections = |article: &Element| article.named("section").len();
        assert_eq!(sections(articles[0]), sections(articles[1]));
        assert_eq!(articles[0].named("tr").len(), articles[1].named("tr").len());
        assert!(shape(articles[0]).len() > 200);
    }
}

#[test]
fn every_table_is_captioned_every_reference_leads_somewhere_and_no_heading_is_skipped() {
    let root = Element::read(&page(&attacked(), &BOTH));
    let ids: Vec<&str> = root.all().iter().map(|e| e.attribute("id")).filter(|id| !id.is_empty()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    for element in root.all() {
        let link = element.attribute("href").trim_start_matches('#');
        let referred = ["aria-labelledby", "for"].map(|name| element.attribute(name)).join(" ") + " " + link;
        for id in referred.split_whitespace() {
            assert!(ids.contains(&id), "{id} of <{}>", element.name);
        }
    }
    for table in root.named("table") {
        assert_eq!(table.named("caption").len(), 1);
        assert!(table.named("th").iter().all(|head| ["row", "col"].contains(&head.attribute("scope"))));
    }
    for article in root.named("article") {
        let levels = article.all().into_iter().filter_map(|e| e.name.strip_prefix('h')?.parse::<u32>().ok());
        let levels: Vec<u32> = levels.collect();
        assert_eq!(levels[0], 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1 && pair[1] > 1), "{levels:?}");
    }
}

#[test]
fn the_page_is_no_longer_than_forges_show_and_says_what_it_leaves_out() {
    let mut report = attacked();
    let evil = hostile();
    report.details = Capped {
        rows: vec![detail(&evil, Some(&Failure::new(Code::EmptyFile, evil.clone())), &[evil.as_str(); 20]); 300],
        total: 20_000,
    };
    report.warning_items = Capped { rows: vec![report.warning_items.rows[0].clone(); 5_000], total: 7_000 };
    report.partial_documents = Capped { rows: vec![report.partial_documents.rows[0].clone(); 5_000], total: 5_000 };
    report.breakdown = Capped { rows: vec![report.breakdown.rows[0].clone(); 1_000], total: 1_000 };
    report.unlistable = vec![evil; 100];
    let page = page(&report, &BOTH);
    assert!(page.len() <= 500_000, "{} bytes", page.len());
    let root = Element::read(&page);
    let more: Vec<String> = root.of_class("more").iter().map(|more| more.text()).collect();
    for told in [" of 20,000 are shown. All of them: batchferry documents", " / 20,000。", " of 7,000 are shown."] {
        assert!(more.iter().any(|more| more.contains(told)), "{told}: {more:?}");
    }
    for article in root.named("article") {
        let shown = article.of_class("document").len();
        assert!(shown > 0, "no document is shown");
        assert!(
            article.text().contains(&format!("{shown} of 20,000"))
                || article.text().contains(&format!("{shown} / 20,000"))
        );
    }
}

#[test]
fn what_is_drawn_is_also_told_as_figures() {
    let root = Element::read(&page(&attacked(), &BOTH));
    for article in root.named("article") {
        assert_eq!(article.named("figure").len(), 3);
        let svg = article.named("figure")[2].named("svg")[0];
        assert_eq!((svg.named("rect").len(), svg.named("path").len()), (8, 1));
        assert!(svg.named("desc")[0].text().contains("78.1 KiB"), "{}", svg.named("desc")[0].text());
        assert_eq!(article.of_class("buckets")[0].rows().len(), 8);
    }
}
