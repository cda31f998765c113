//! Report folders byte for byte, with names that try to break them.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is how they fail")]

use std::collections::BTreeMap;

use batchferry::model::batch::{Condition, ConditionKind, EndReason, RunCause};
use batchferry::model::config::Language;
use batchferry::model::counts::Listed;
use batchferry::model::diagnostic::InvalidSpec;
use batchferry::model::document::FileCounts;
use batchferry::model::failure::{Code, Failure, Outcome};
use batchferry::model::ids::{BatchNumber, Digest, ImageNumber};
use batchferry::model::report::{Capped, FailedItem, PartialDocument, Report, WarningItem};
use batchferry::model::spec::{FileGlobs, ResyncScope, Verify};
use batchferry::model::status::{ItemStatus, RunStatus, SyncStatus};
use batchferry::model::timeline::Timeline;
use batchferry::model::view::{
    AuditView, BatchView, BreakdownRow, CollectedView, DocumentView, FORMAT_VERSION, FileView, FiltersView, PlaceView,
    RunView, SpecView, TallyView,
};
use batchferry::reports::{Rendered, render, render_invalid};
use batchferry::rules::reporting::{failure_view, failure_views};
use batchferry::specs::check_text;

#[path = "reports/batches.rs"]
mod batches;
#[path = "reports/counted.rs"]
mod counted;
#[path = "reports/element.rs"]
mod element;
#[path = "reports/figures.rs"]
mod figures;
#[path = "reports/html.rs"]
mod html_page;

const BOTH: [Language; 2] = [Language::English, Language::Chinese];

/// Markup, a table's bars, a formula, a new line and a turn of direction.
const EVIL: &str = "=cmd()|`rm`<script>alert(1)</script>\n# *x* [y](http://z) \u{202e}gpj.exe";

fn tally(migrated: u64, already_at_target: u64, target_kept: u64, failed: u64, pending: u64) -> TallyView {
    let in_scope = migrated + already_at_target + failed + pending;
    TallyView { in_scope, migrated, already_at_target, target_kept, failed, pending }
}

fn run(number: u32, cause: RunCause, ended: Option<(&str, EndReason)>) -> RunView {
    RunView {
        number,
        cause,
        generation: number,
        started: format!("2025-04-0{number}T01:02:03Z"),
        ended: ended.map(|(at, _)| at.to_owned()),
        reason: ended.map(|(_, reason)| reason),
        operator: "王芳 <wang.fang@example.org>".to_owned(),
    }
}

fn condition() -> Condition {
    Condition {
        kind: ConditionKind::Warning,
        reason: Code::ImmutableFieldChanged,
        message: "spec.collected changed; commit a new spec".to_owned(),
        since: "2025-04-02T00:00:00Z".parse().unwrap(),
    }
}

fn batch() -> BatchView {
    let name = "acme-vouchers-2025-q1".parse().unwrap();
    let examples = |images: &[&str]| images.iter().copied().map(ImageNumber::new).collect::<Vec<_>>();
    let failures =
        BTreeMap::from([(Code::Conflict, 2), (Code::MissingRole, 1), (Code::UnsafeKey, 1), (Code::Truncated, 1)]);
    let of_failures = BTreeMap::from([
        (Code::Conflict, examples(&["发票-0001", "IMG|2"])),
        (Code::UnsafeKey, examples(&[EVIL])),
        (Code::MissingRole, examples(&["@SUM(A1)"])),
    ]);
    BatchView {
        format_version: FORMAT_VERSION,
        batch_number: BatchNumber::generate(Some("eu1"), jiff::civil::date(2025, 4, 1), 7),
        labels: BTreeMap::from([("team".to_owned(), "财务".to_owned())]),
        created: "2025-04-01T01:02:00Z".to_owned(),
        spec: SpecView {
            path: "财务/acme_vouchers.yaml".to_owned(),
            digest: Digest::of(b"spec"),
            generation: 2,
            commit: Some("1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d".to_owned()),
            operator: "王芳 <wang.fang@example.org>".to_owned(),
        },
        run_status: RunStatus::Ended,
        sync_status: SyncStatus::Partial,
        suspended: false,
        conditions: vec![condition()],
        collected: CollectedView {
            from: "2025-01-01".to_owned(),
            to: "2025-03-31".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            from_utc: "2024-12-31T16:00:00Z".to_owned(),
            to_utc: "2025-03-31T16:00:00Z".to_owned(),
        },
        source: PlaceView { store: "scans".to_owned(), prefix: "归档/".to_owned() },
        target: PlaceView { store: "vault".to_owned(), prefix: String::new() },
        documents: tally(5, 2, 1, 5, 1),
        files: tally(14, 4, 1, 9, 3),
        bytes: tally(123_456_789, 2_048, 1_024, 9_000, 0),
        listed: Listed {
            objects: 38,
            out_of_scope: 6,
            out_of_scope_by: BTreeMap::from([("collected".to_owned(), 4), ("files.exclude".to_owned(), 2)]),
            unrecognised: 2,
            requests: 12,
        },
        not_listed: 0,
        synced: 7,
        unsynced: 6,
        failures: failure_views(&failures, &of_failures, &name),
        warnings: failure_views(&BTreeMap::from([(Code::ResolutionTooLow, 2)]), &BTreeMap::new(), &name),
        runs: vec![
            run(1, RunCause::First, Some(("2025-04-01T09:02:03Z", EndReason::DeadlineExceeded))),
            run(2, RunCause::Resync(ResyncScope::Failed), Some(("2025-04-02T01:09:00Z", EndReason::TooManyFailures))),
        ],
        runs_left_out: 0,
        audit: AuditView { events: 1_234, head: Digest::of(b"audit") },
        population: Some(Digest::of(b"population")),
        name,
    }
}

fn document(image: &str, status: ItemStatus, failure: Option<&Failure>, files: FileCounts) -> DocumentView {
    DocumentView {
        image_number: ImageNumber::new(image),
        organization: Some("ACME 中国".to_owned()),
        document_type: Some("voucher".to_owned()),
        collected: Some("2025-01-05".to_owned()),
        status,
        code: failure.map(|failure| failure.code),
        reason: failure.map(|failure| batchferry::model::catalogue::sentence(failure, Language::English)),
        files,
    }
}

fn failed(image: &str, failure: Failure, keys: &[&str]) -> FailedItem {
    let total = keys.len() as u64 + 1;
    let file = |key: &&str| FileView {
        role: "invoice".to_owned(),
        source_key: (*key).to_owned(),
        target_key: Some(format!("2025/{key}")),
        size: 4_096,
        sha256: Some(Digest::of(key.as_bytes())),
        status: ItemStatus::Failed,
        code: Some(failure.code),
        reason: Some("as the document".to_owned()),
        source_version: None,
        target_version: None,
        proof: None,
        origin: None,
        checks: Vec::new(),
    };
    let counts = FileCounts { total, synced: 1, failed: keys.len() as u64 };
    FailedItem {
        document: document(image, ItemStatus::Failed, Some(&failure), counts),
        files: keys.iter().map(file).collect(),
        failure,
    }
}

fn failed_items() -> Vec<FailedItem> {
    let evil_key = format!("归档/{EVIL}");
    vec![
        failed(
            "发票-0001",
            Failure::new(Code::Conflict, "2025/发票-0001/发票-1.pdf").with("4096 bytes", "8192 bytes, \"older\""),
            &["归档/发票-0001/发票-1.pdf", "归档/发票-0001/发票-2.pdf"],
        ),
        failed(
            "IMG|2",
            Failure::new(Code::Conflict, "2025/IMG|2/a,b.pdf").with("sha256 aa", "sha256 bb"),
            &["x|y.pdf"],
        ),
        failed(
            EVIL,
            Failure::new(Code::UnsafeKey, evil_key.clone()).with("a key that is safe everywhere", "U+000A"),
            &[&evil_key],
        ),
        failed("@SUM(A1)", Failure::new(Code::MissingRole, "cover").with("at least 1", "0"), &[]),
        failed("-7", Failure::new(Code::Truncated, "归档/-7/扫描.jpg"), &["归档/-7/扫描.jpg"]),
    ]
}

fn warnings() -> Vec<WarningItem> {
    let warning = |image: Option<&str>, code, outcome, item: &str, expected: Option<&str>, actual: Option<&str>| {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let image_number = image.map(ImageNumber::new);
        WarningItem {
            image_number,
            code,
            outcome,
            item: item.to_owned(),
            expected: text(expected),
            actual: text(actual),
        }
    };
    vec![
        warning(
            Some("IMG-9"),
            Code::ResolutionTooLow,
            Outcome::Warn,
            "归档/IMG-9/封面.jpg",
            Some("200 dpi"),
            Some("72 dpi"),
        ),
        warning(Some("IMG-8"), Code::ResolutionTooLow, Outcome::Unknown, "归档/IMG-8/a.jpg", Some("200 dpi"), None),
        warning(None, Code::UnrecognisedFile, Outcome::Warn, EVIL, None, None),
    ]
}

fn capped<T>(rows: Vec<T>) -> Capped<T> {
    Capped { total: rows.len() as u64, rows }
}

/// A report in which every section has something to say.
fn rich() -> Report {
    let whole = FileCounts { total: 3, synced: 3, failed: 0 };
    let kept = Failure::new(Code::TargetKept, "2025/IMG-3/a.pdf").with("4096 bytes", "8192 bytes");
    let mut documents = vec![
        document("IMG-1", ItemStatus::Migrated, None, whole),
        document("IMG-3", ItemStatus::AlreadyAtTarget, Some(&kept), whole),
        document("+4", ItemStatus::Pending, None, FileCounts { total: 3, synced: 0, failed: 0 }),
    ];
    documents.extend(failed_items().into_iter().map(|item| item.document));
    let row = |organization: Option<&str>, documents, bytes| BreakdownRow {
        organization: organization.map(str::to_owned),
        document_type: Some("voucher|凭证".to_owned()),
        documents,
        bytes,
    };
    let partial = PartialDocument {
        image_number: ImageNumber::new("发票-0001"),
        at_target: vec!["2025/发票-0001/封面.jpg".to_owned(), EVIL.to_owned()],
        missing: vec!["归档/发票-0001/发票-1.pdf".to_owned(), "归档/发票-0001/发票-2.pdf".to_owned()],
    };
    Report {
        batch: batch(),
        breakdown: capped(vec![
            row(Some("ACME 中国"), tally(5, 2, 1, 4, 1), 123_467_837),
            row(None, tally(0, 0, 0, 1, 0), 0),
        ]),
        partial_documents: capped(vec![partial]),
        warning_items: capped(warnings()),
        documents: capped(documents),
        failed: capped(failed_items()),
        filters: FiltersView {
            organizations: vec!["ACME*".to_owned(), "<b>".to_owned()],
            document_types: Vec::new(),
            image_numbers: (1..=25).map(|number| format!("IMG-{number}")).collect(),
            files: FileGlobs { include: Vec::new(), exclude: vec!["**/thumbs/**".to_owned()] },
        },
        verify: Verify::Size,
        unlistable: vec!["归档/a//b".to_owned(), EVIL.to_owned()],
        details: Capped::default(),
        timeline: Timeline::default(),
        left_out: BTreeMap::new(),
    }
}

/// Nothing was selected.
fn empty() -> Report {
    let none = tally(0, 0, 0, 0, 0);
    let mut report = rich();
    let batch = &mut report.batch;
    (batch.documents, batch.files, batch.bytes, batch.synced, batch.unsynced) = (none, none, none, 0, 0);
    let nothing = failure_view(Code::NothingSelected, 0, &[], &batch.name);
    (batch.failures, batch.warnings, batch.sync_status) = (vec![nothing], Vec::new(), SyncStatus::Failed);
    batch.listed = Listed { objects: 4, out_of_scope: 4, requests: 1, ..Listed::default() };
    batch.listed.out_of_scope_by.insert("collected".to_owned(), 4);
    batch.runs.truncate(1);
    (report.breakdown, report.partial_documents, report.warning_items) =
        (Capped::default(), Capped::default(), Capped::default());
    (report.documents, report.failed, report.unlistable) = (Capped::default(), Capped::default(), Vec::new());
    report.verify = Verify::Checksum;
    report
}

fn running() -> Report {
    let mut report = empty();
    let batch = &mut report.batch;
    (batch.documents, batch.files, batch.bytes) =
        (tally(3, 0, 0, 0, 9), tally(9, 0, 0, 0, 21), tally(4_096, 0, 0, 0, 1 << 30));
    (batch.synced, batch.unsynced, batch.failures) = (3, 9, Vec::new());
    (batch.run_status, batch.sync_status) = (RunStatus::Running, SyncStatus::Partial);
    batch.listed = Listed { objects: 40, requests: 3, ..Listed::default() };
    batch.runs = vec![run(1, RunCause::First, None)];
    report
}

/// So many failed documents with keys of so many bytes.
fn many(documents: u64, key_bytes: usize) -> Report {
    let mut report = empty();
    let batch = &mut report.batch;
    (batch.documents, batch.files, batch.bytes) =
        (tally(0, 0, 0, documents, 0), tally(0, 0, 0, documents, 0), tally(0, 0, 0, documents, 0));
    (batch.synced, batch.unsynced) = (0, documents);
    batch.listed = Listed { objects: documents, requests: 1, ..Listed::default() };
    batch.failures = failure_views(&BTreeMap::from([(Code::EmptyFile, documents)]), &BTreeMap::new(), &batch.name);
    let item = |number: u64| {
        let key = format!("{}/IMG-{number:04}.pdf", "k".repeat(key_bytes));
        failed(&format!("IMG-{number:04}"), Failure::new(Code::EmptyFile, key.clone()), &[&key])
    };
    report.failed = capped((1..=documents).map(item).collect());
    report
}

#[track_caller]
fn text(files: &[Rendered], name: &str) -> String {
    let file = files.iter().find(|file| file.name == name).unwrap_or_else(|| panic!("no {name}"));
    String::from_utf8(file.bytes.clone()).unwrap()
}

fn names(files: &[Rendered]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

#[test]
fn a_report_with_every_section_reads_well_in_both_languages() {
    let files = render(&rich(), &BOTH, false).unwrap();
    assert_eq!(
        names(&files),
        [
            "README.md",
            "README.zh-CN.md",
            "report.json",
            "report.html",
            "documents.csv",
            "failures.csv",
            "failures.jsonl"
        ]
    );
    for name in ["README.md", "README.zh-CN.md", "documents.csv", "failures.csv", "failures.jsonl"] {
        insta::assert_snapshot!(format!("rich-{name}"), text(&files, name));
    }
}

#[test]
fn the_same_report_gives_the_same_bytes_and_the_first_language_is_the_readme() {
    let files = render(&rich(), &BOTH, false).unwrap();
    assert_eq!(render(&rich(), &BOTH, false).unwrap(), files);
    let chinese = render(&rich(), &[Language::Chinese, Language::English], false).unwrap();
    assert_eq!(text(&chinese, "README.md"), text(&files, "README.zh-CN.md"));
    assert_eq!(text(&chinese, "README.en.md"), text(&files, "README.md"));
}

/// As forges read it.
fn html(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

#[test]
fn no_name_becomes_markup() {
    let mut report = rich();
    report.batch.conditions[0].message = format!("{EVIL} | https://x.example www.x.example a@x.example @team");
    report.batch.spec.operator = EVIL.to_owned();
    let files = render(&report, &BOTH, false).unwrap();
    for name in ["README.md", "README.zh-CN.md"] {
        // The one link that is ours.
        let html = html(&text(&files, name)).replacen("<a href=\"report.html\">", "", 1);
        for markup in ["<script", "<a ", "<em>", "<b>", "<del>", "\u{202e}"] {
            assert!(!html.contains(markup), "{name} has {markup:?}");
        }
        assert_eq!(html.matches("<h1>").count(), 1, "{name}");
        for table in html.split("<table>").skip(1) {
            let rows = table.split("</table>").next().unwrap().split("</tr>");
            let cells = |row: &str| row.matches("</td>").count() + row.matches("</th>").count();
            let columns: Vec<usize> = rows.map(cells).filter(|cells| *cells > 0).collect();
            assert!(columns.len() > 1 && columns.windows(2).all(|pair| pair[0] == pair[1]), "{name}: {table}");
        }
    }
    let exact = html(&text(&files, "README.md"));
    assert!(exact.contains(
        "<code>=cmd()|`rm`&lt;script&gt;alert(1)&lt;/script&gt;\\n# *x* [y](http://z) \\u{202e}gpj.exe</code>"
    ));
    assert!(exact.contains("<code>IMG|2</code>"), "{exact}");
}

#[test]
fn report_json_reads_back_with_exact_names() {
    let files = render(&rich(), &BOTH, false).unwrap();
    let back: Report = serde_json::from_str(&text(&files, "report.json")).unwrap();
    let (documents, failed) = (Capped::default(), Capped::default());
    assert_eq!(back, Report { documents, failed, ..rich() });
}

#[test]
fn every_line_of_failures_jsonl_reads_back_with_its_exact_keys() {
    let files = render(&rich(), &BOTH, false).unwrap();
    let lines = text(&files, "failures.jsonl");
    let back: Vec<FailedItem> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(back, failed_items());
}

#[test]
fn every_csv_row_has_the_columns_of_its_head_and_no_cell_is_a_formula() {
    let files = render(&rich(), &BOTH, false).unwrap();
    for name in ["documents.csv", "failures.csv"] {
        let text = text(&files, name);
        let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let head = rows.headers().unwrap().len();
        for row in rows.records().map(Result::unwrap) {
            assert_eq!(row.len(), head, "{name}: {row:?}");
            assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{name}: {row:?}");
        }
    }
}

#[test]
fn an_empty_selection_says_what_to_look_at() {
    let files = render(&empty(), &BOTH, false).unwrap();
    for name in ["README.md", "README.zh-CN.md", "documents.csv"] {
        insta::assert_snapshot!(format!("empty-{name}"), text(&files, name));
    }
    assert_eq!(text(&files, "failures.jsonl"), "");
}

#[test]
fn an_empty_selection_that_the_spec_allows_is_complete() {
    let mut report = empty();
    (report.batch.sync_status, report.batch.failures) = (SyncStatus::Complete, Vec::new());
    let files = render(&report, &[Language::English], false).unwrap();
    insta::assert_snapshot!("empty-allowed-README.md", text(&files, "README.md"));
}

#[test]
fn a_running_batch_has_counters_alone() {
    let files = render(&running(), &BOTH, true).unwrap();
    assert_eq!(names(&files), ["README.md", "README.zh-CN.md", "report.json"]);
    for name in ["README.md", "README.zh-CN.md"] {
        insta::assert_snapshot!(format!("running-{name}"), text(&files, name));
    }
}

#[test]
fn of_many_failures_the_readme_shows_200_and_says_how_to_get_all() {
    let files = render(&many(300, 1), &BOTH, false).unwrap();
    for (name, shown) in [("README.md", "200 of 300."), ("README.zh-CN.md", "200 / 300。")] {
        let text = text(&files, name);
        assert!(text.contains(shown), "{text}");
        assert!(text.contains("batchferry documents acme-vouchers-2025-q1 --status failed -o csv"), "{text}");
        assert!(text.contains("| `IMG-0200` |") && !text.contains("| `IMG-0201` |"), "{text}");
    }
    assert_eq!(text(&files, "failures.jsonl").lines().count(), 300, "the files have them all");
    assert_eq!(text(&files, "failures.csv").lines().count(), 301);
}

#[test]
fn of_many_warnings_the_readme_says_where_the_others_are() {
    let mut report = rich();
    let warning = report.warning_items.rows[0].clone();
    report.warning_items = Capped { rows: vec![warning; 300], total: 7_000 };
    let files = render(&report, &BOTH, false).unwrap();
    let english = text(&files, "README.md");
    let rest = "`batchferry documents acme-vouchers-2025-q1 --code CODE, for each code of \\`warnings\\``";
    let told = "\n200 of 7,000. `warningItems` in report.json has 300 of them. The others: ";
    assert!(english.contains(told), "{english} {rest}");
    assert_eq!(english.matches("\n- `IMG-9`: ").count(), 200);
    let json: serde_json::Value = serde_json::from_str(&text(&files, "report.json")).unwrap();
    assert_eq!(json["warningItems"]["rows"].as_array().unwrap().len(), 300);
    let chinese = text(&files, "README.zh-CN.md");
    assert!(chinese.contains("\n200 / 7,000。report.json 的 `warningItems` 中有 300 条。其余："), "{chinese}");
    assert_eq!(json["leftOut"]["warningItems"]["shown"], 300);
    assert_eq!(json["leftOut"]["warningItems"]["total"], 7_000);
}

#[test]
fn warnings_and_what_is_unknown_share_one_cap() {
    let mut report = rich();
    let (warned, unknown) = (report.warning_items.rows[0].clone(), report.warning_items.rows[1].clone());
    report.warning_items = capped([vec![warned; 150], vec![unknown; 150]].concat());
    let english = text(&render(&report, &[Language::English], false).unwrap(), "README.md");
    assert_eq!((english.matches("\n- `IMG-9`: ").count(), english.matches("\n- `IMG-8`: ").count()), (150, 50));
    assert!(english.contains("\n200 of 300. `warningItems` in report.json has 300 of them.\n"), "{english}");
}

#[test]
fn runs_that_are_no_longer_kept_are_counted() {
    let mut report = rich();
    report.batch.runs_left_out = 1_234;
    let files = render(&report, &BOTH, false).unwrap();
    let (english, chinese) = (text(&files, "README.md"), text(&files, "README.zh-CN.md"));
    assert!(english.contains("\n1,234 more runs after the first one are in the audit log alone.\n"), "{english}");
    assert!(chinese.contains("\n首次运行之后另有 1,234 次运行，仅见于审计日志。\n"), "{chinese}");
    assert_eq!(serde_json::from_str::<Report>(&text(&files, "report.json")).unwrap().batch.runs_left_out, 1_234);
}

#[test]
fn report_json_is_cut_to_what_forges_show_and_says_what_it_leaves_out() {
    let mut report = rich();
    let warning = WarningItem { item: "k".repeat(900), ..report.warning_items.rows[0].clone() };
    report.warning_items = Capped { rows: vec![warning; 4_000], total: 9_000 };
    let partial = PartialDocument {
        image_number: ImageNumber::new("IMG-1"),
        at_target: vec!["a".repeat(100); 300],
        missing: vec!["m".to_owned(); 21],
    };
    report.partial_documents = capped(vec![partial; 40]);
    report.batch.runs = (1..=9).cycle().take(5_000).map(|number| run(number, RunCause::Repeat, None)).collect();
    for (number, run) in (1..).zip(&mut report.batch.runs) {
        run.number = number;
    }
    report.filters.image_numbers = (0..50_000).map(|number| format!("{number}")).collect();
    let files = render(&report, &BOTH, false).unwrap();
    let text_of_json = text(&files, "report.json");
    assert!(text_of_json.len() <= 500_000, "{} bytes", text_of_json.len());
    let json: serde_json::Value = serde_json::from_str(&text_of_json).unwrap();
    for (field, pointer, total) in [
        ("warningItems", "/warningItems/rows", 9_000),
        ("partialDocuments", "/partialDocuments/rows", 40),
        ("runs", "/runs", 5_000),
        ("filters.imageNumbers", "/filters/imageNumbers", 50_000),
    ] {
        let left_out = &json["leftOut"][field];
        let shown = json.pointer(pointer).unwrap().as_array().unwrap().len();
        assert_eq!((&left_out["shown"], &left_out["total"]), (&shown.into(), &total.into()), "{field}");
        assert!(!left_out["rest"].as_str().unwrap().is_empty(), "{field}");
    }
    let runs = json["runs"].as_array().unwrap();
    assert_eq!(runs.last().unwrap()["number"], 5_000, "the last runs are kept");
    serde_json::from_value::<Report>(json.clone()).unwrap();
    let readme = text(&files, "README.md");
    assert!(readme.contains("\n| 5000 |") && !readme.contains("\n| 4800 |"), "the last 200 runs");
    assert!(readme.contains("and 280 more: `batchferry files acme-vouchers-2025-q1 IMG-1`"));
    assert_eq!(readme.lines().find(|line| line.contains("IMG-1`")).unwrap().matches("`aaaa").count(), 20);
}

#[test]
fn an_invalid_spec_has_a_report_that_forges_show_whatever_stands_in_it() {
    let line = "\u{7f}".repeat(390);
    let spec = format!("apiVersion: batchferry/v1\nkind: MigrationBatch\n{}", format!("{line}: 1\n").repeat(150));
    let diagnostics = check_text("a.yaml", &spec, None).unwrap_err();
    let many = diagnostics.iter().cycle().take(400).cloned().collect();
    let files = render_invalid(&InvalidSpec { file: "a.yaml".to_owned(), diagnostics: many }, &BOTH);
    let json = text(&files, "report.json");
    assert!(json.len() <= 500_000, "{} bytes", json.len());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let shown = json["invalid"]["diagnostics"].as_array().unwrap().len();
    assert_eq!((&json["leftOut"]["shown"], &json["leftOut"]["total"]), (&shown.into(), &400.into()));
}

#[test]
fn a_hundred_names_that_could_not_be_listed_are_told_to_be_the_first() {
    let mut report = rich();
    report.unlistable = (0..100).map(|number| format!("a//{number}")).collect();
    let english = text(&render(&report, &[Language::English], false).unwrap(), "README.md");
    assert!(english.contains("\nThese are the first 100; "), "{english}");
    assert!(!text(&render(&rich(), &[Language::English], false).unwrap(), "README.md").contains("These are the first"));
}

/// What a report says to do next, in English.
fn next(report: &Report) -> String {
    let readme = text(&render(report, &[Language::English], false).unwrap(), "README.md");
    readme.split("## Next action\n\n").nth(1).unwrap().split("\n\n## ").next().unwrap().to_owned()
}

fn complete() -> Report {
    let mut report = empty();
    let batch = &mut report.batch;
    (batch.documents, batch.files) = (tally(3, 0, 0, 0, 0), tally(3, 0, 0, 0, 0));
    (batch.synced, batch.sync_status, batch.failures) = (3, SyncStatus::Complete, Vec::new());
    batch.listed = Listed { objects: 3, requests: 1, ..Listed::default() };
    batch.conditions.clear();
    report
}

#[test]
fn the_next_action_is_nothing_only_where_nothing_deserves_a_look() {
    assert_eq!(next(&complete()), "Nothing. Keep this report with the spec.");
    let mut kept = complete();
    kept.batch.files = tally(2, 1, 1, 0, 0);
    assert!(next(&kept).contains("documents acme-vouchers-2025-q1 --code TargetKept"), "{}", next(&kept));
    let mut warned = complete();
    warned.batch.warnings = batch().warnings;
    assert_eq!(next(&warned), "Look at the section Warnings.");
    let mut unlistable = complete();
    (unlistable.unlistable, unlistable.batch.sync_status) = (vec!["a//b".to_owned()], SyncStatus::Partial);
    assert!(next(&unlistable).starts_with("See the list in the report"), "{}", next(&unlistable));
    let mut stopped = complete();
    (stopped.batch.documents, stopped.batch.synced, stopped.batch.unsynced) = (tally(2, 0, 0, 0, 1), 2, 1);
    stopped.batch.sync_status = SyncStatus::Partial;
    assert!(next(&stopped).contains("still pending"), "{}", next(&stopped));
}

#[test]
fn the_next_action_is_true_in_every_state_and_conditions_stand_under_the_verdict() {
    let mut report = running();
    assert!(next(&report).starts_with("Wait: the run is under way"), "{}", next(&report));
    report.batch.conditions[0] = Condition {
        kind: ConditionKind::Stalled,
        reason: Code::StoreUnavailable,
        message: "store scans: HTTP 503".to_owned(),
        ..condition()
    };
    let stalled = text(&render(&report, &BOTH, true).unwrap(), "README.md");
    let head = "9 pending.**\n\n- **Stalled** since 2025-04-02T00:00:00Z (StoreUnavailable): store scans: HTTP 503\n";
    assert!(stalled.contains(head), "{stalled}");
    assert!(next(&report).contains("goes on by itself once that is mended"), "{}", next(&report));
    report.batch.conditions.clear();
    report.batch.run_status = RunStatus::Queued;
    report.batch.listed = Listed { objects: 30, requests: 3, ..Listed::default() };
    assert_eq!(next(&report), "`batchferry run` goes on where this stopped.\n".trim_end());
    report.batch.suspended = true;
    assert!(next(&report).starts_with("Set `suspend: false`"), "{}", next(&report));
    let suspended = text(&render(&report, &BOTH, true).unwrap(), "README.zh-CN.md");
    assert!(suspended.contains("\n- **已暂停**："), "{suspended}");
    report.batch.conditions = vec![Condition { kind: ConditionKind::Retired, ..condition() }];
    assert!(next(&report).starts_with("Nothing: the batch was retired"), "{}", next(&report));
}

#[test]
fn files_beyond_what_forges_show_end_with_how_to_get_the_rest() {
    let files = render(&many(1_000, 900), &BOTH, false).unwrap();
    for name in ["failures.csv", "failures.jsonl"] {
        let text = text(&files, name);
        assert!(text.len() < 501_000, "{name}: {} bytes", text.len());
        let (last, shown) = (text.lines().last().unwrap(), text.lines().count());
        assert!(last.contains("1000") && last.contains("batchferry documents acme-vouchers-2025-q1"), "{name}: {last}");
        let shown = if name == "failures.csv" { shown - 2 } else { shown - 1 };
        assert!(last.contains(&shown.to_string()), "{name}: {shown} rows, but {last}");
    }
}

type Break = fn(&mut BatchView);

#[test]
fn a_report_whose_totals_do_not_add_up_is_refused() {
    let breaks: [(&str, Break); 5] = [
        ("documents", |batch| batch.documents.migrated += 1),
        ("files", |batch| batch.files.in_scope += 1),
        ("bytes", |batch| batch.bytes.failed -= 1),
        ("failures", |batch| batch.failures[0].documents += 1),
        ("listed", |batch| batch.listed.unrecognised += 1),
    ];
    for (what, change) in breaks {
        let mut report = rich();
        change(&mut report.batch);
        let error = render(&report, &BOTH, false).unwrap_err();
        assert_eq!(error.what, what);
        assert!(error.to_string().contains("do not reconcile"), "{error}");
    }
}

#[test]
fn an_invalid_spec_has_a_readme_with_the_lines_in_question() {
    let spec = include_str!("data/specs/bad/many.yaml");
    let diagnostics = check_text("财务/many_problems.yaml", spec, None).unwrap_err();
    let invalid = InvalidSpec { file: "财务/many_problems.yaml".to_owned(), diagnostics };
    let files = render_invalid(&invalid, &BOTH);
    assert_eq!(names(&files), ["README.md", "README.zh-CN.md", "report.json"]);
    for name in ["README.md", "README.zh-CN.md"] {
        insta::assert_snapshot!(format!("invalid-{name}"), text(&files, name));
    }
    let json: serde_json::Value = serde_json::from_str(&text(&files, "report.json")).unwrap();
    assert_eq!(json["invalid"], serde_json::to_value(&invalid).unwrap());
}

#[test]
fn lines_of_an_invalid_spec_cannot_leave_their_fence() {
    let spec = "apiVersion: batchferry/v1\nkind: MigrationBatch\n'```': '~~~~ <script>'\n";
    let diagnostics = check_text("```.yaml", spec, None).unwrap_err();
    let files = render_invalid(&InvalidSpec { file: "```.yaml".to_owned(), diagnostics }, &[Language::English]);
    insta::assert_snapshot!("invalid-fence", text(&files, "README.md"));
}
