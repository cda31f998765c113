//! Every figure of every file of a report is that of the ledger, whatever the batch, and all add up.

use batchferry::engine::report;
use batchferry::model::text::one_line;
use batchferry::reports::spreadsheet_safe;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::batches::{Batch, Written, batch};
use super::counted::{Counted, Six};
use super::element::Element;
use super::*;

/// A report of a random batch, and what it must say.
struct Case {
    batch: Batch,
    counted: Counted,
    files: Vec<Rendered>,
}

impl Case {
    fn new(batch: Batch) -> Self {
        let state = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let written = runtime.block_on(Written::new(state.path(), &batch));
        let reader = written.ledger.reader();
        let record = reader.batch(written.batch).unwrap().unwrap();
        let report = report::make(&reader, &record).unwrap();
        let files = render(&report, &BOTH, false).unwrap();
        assert_eq!(render(&report::make(&reader, &record).unwrap(), &BOTH, false).unwrap(), files, "the same bytes");
        let counted = Counted::of(&reader, written.batch);
        Self { batch, counted, files }
    }

    fn listed(&self) -> u64 {
        self.counted.files[0] + self.batch.out_of_scope.iter().sum::<u64>() + self.batch.unrecognised
    }

    /// What the table of totals must hold: kept ones only where there are any.
    fn totals(&self) -> [Vec<u64>; 3] {
        let is_kept = self.counted.files[3] > 0;
        [self.counted.documents, self.counted.files, self.counted.bytes].map(
            |[all, migrated, there, kept, failed, pending]| {
                let mut row = vec![all, migrated, there, failed, pending];
                row.extend(is_kept.then_some(kept));
                row
            },
        )
    }

    fn json(&self) {
        let json: Value = serde_json::from_str(&text(&self.files, "report.json")).unwrap();
        let tally = |name: &str| -> Six {
            ["inScope", "migrated", "alreadyAtTarget", "targetKept", "failed", "pending"]
                .map(|part| json[name][part].as_u64().unwrap())
        };
        assert_eq!(tally("documents"), self.counted.documents);
        assert_eq!((tally("files"), tally("bytes")), (self.counted.files, self.counted.bytes));
        let [all, migrated, there, _, failed, pending] = self.counted.documents;
        assert_eq!((&json["synced"], &json["unsynced"]), (&(migrated + there).into(), &(failed + pending).into()));
        assert_eq!(all, migrated + there + failed + pending);
        for (field, expected) in [("failures", &self.counted.failures), ("warnings", &self.counted.warnings)] {
            let told = json[field].as_array().unwrap().iter();
            let told: BTreeMap<Code, u64> = told
                .map(|row| (row["code"].as_str().unwrap().parse().unwrap(), row["documents"].as_u64().unwrap()))
                .collect();
            assert_eq!(&told, expected, "{field}");
        }
        let listed = &json["listed"];
        assert_eq!(listed["objects"], self.listed());
        assert_eq!(listed["unrecognised"], self.batch.unrecognised);
        assert_eq!(json["partialDocuments"]["total"], self.counted.partial);
        assert_eq!(json["warningItems"]["total"], self.counted.warning_items + self.batch.unrecognised);
        assert_eq!(json["audit"]["events"], self.counted.events);
        assert_eq!(json["breakdown"]["total"], self.counted.groups.len());
        for row in json["breakdown"]["rows"].as_array().unwrap() {
            let name = |field: &str| row[field].as_str().map(str::to_owned);
            let (documents, bytes) = self.counted.groups[&[name("organization"), name("documentType")]];
            assert_eq!((&row["documents"]["inScope"], &row["bytes"]), (&documents[0].into(), &bytes.into()));
            assert_eq!(row["documents"]["failed"], documents[4]);
        }
    }

    fn spreadsheets(&self) {
        let rows = |name: &str| {
            let text = text(&self.files, name);
            let mut reader = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
            reader.records().map(Result::unwrap).collect::<Vec<_>>()
        };
        let documents = rows("documents.csv");
        assert_eq!(documents.len(), self.counted.rows.len());
        for (row, (image, (status, code, counts))) in documents.iter().zip(&self.counted.rows) {
            assert_eq!(row[0], spreadsheet_safe(image));
            assert_eq!((&row[4], &row[5]), (format!("{status:?}").as_str(), code.map_or("", Code::as_str)));
            assert_eq!([6, 7, 8].map(|cell| row[cell].parse::<u64>().unwrap()), *counts);
        }
        let failed = || self.counted.rows.iter().filter(|(_, (status, ..))| *status == ItemStatus::Failed);
        let expected: u64 = failed().map(|(_, (.., counts))| counts[2].max(1)).sum();
        assert_eq!(rows("failures.csv").len() as u64, expected);
        let lines = text(&self.files, "failures.jsonl");
        let images = lines.lines().map(|line| serde_json::from_str::<FailedItem>(line).unwrap().document.image_number);
        assert!(images.map(|image| image.to_string()).eq(failed().map(|(image, _)| image.clone())));
    }

    fn readme(&self, name: &str) {
        let readme = text(&self.files, name);
        let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> = readme.lines().filter(|line| line.starts_with('|')).map(cells).collect();
        let row = |names: [&str; 2]| {
            let found = rows.iter().find(|row| names.contains(&row[1].as_str()));
            found.unwrap_or_else(|| panic!("no {names:?} in {readme}"))
        };
        for (names, expected) in
            [["Documents", "单据"], ["Files", "文件"], ["Bytes", "字节"]].into_iter().zip(self.totals())
        {
            let row = row(names);
            assert_eq!(numbers(&row[2..row.len() - 2]), expected, "{names:?} in {name}");
            assert_eq!(row[row.len() - 2], "✓");
        }
        let listed = row(["Objects listed", "列举对象"]);
        assert_eq!((numbers(&listed[2..3]), listed[3].as_str()), (vec![self.listed()], "✓"));
        let unrecognised = row(["– unrecognised", "– 无法识别"]);
        assert_eq!(numbers(&unrecognised[2..3]), [self.batch.unrecognised]);
    }

    fn page(&self) {
        let root = Element::read(&text(&self.files, "report.html"));
        for article in root.named("article") {
            self.page_totals(article);
            self.page_groups(article);
            self.page_runs(article);
            for check in article.of_class("check") {
                assert!(check.text().starts_with('✓'), "{}", check.text());
            }
            let reasons = article.of_class("count").iter().map(|count| numbers(&[count.text()])[0]).sum::<u64>();
            assert_eq!(reasons, self.counted.documents[4]);
            assert_eq!(article.of_class("document").len(), self.counted.rows.len());
        }
    }

    fn page_totals(&self, article: &Element) {
        for (row, expected) in article.of_class("totals")[0].rows().iter().zip(self.totals()) {
            assert_eq!(numbers(&row[1..row.len() - 1]), expected);
        }
        let listed = article.of_class("listed")[0].rows();
        assert_eq!(numbers(&listed[0][1..2]), [self.listed()]);
        let parts = &listed[1..listed.len() - 1];
        assert_eq!(parts.iter().map(|row| numbers(&row[1..2])[0]).sum::<u64>(), self.listed());
        for row in article.of_class("identities")[0].rows() {
            assert_eq!(numbers(&row[1..2]), numbers(&row[2..3]), "{row:?}");
        }
        let figures = article.of_class("figures")[0].named("dd");
        let figures: Vec<u64> = figures[..5].iter().map(|figure| numbers(&[figure.text()])[0]).collect();
        let [all, migrated, there, _, failed, pending] = self.counted.documents;
        assert_eq!(figures, [all, migrated + there, failed, pending, self.counted.files[0]]);
    }

    fn page_groups(&self, article: &Element) {
        let rows = article.of_class("breakdown").first().map(|table| table.rows()).unwrap_or_default();
        assert_eq!(rows.len(), self.counted.groups.len());
        let name = |name: &Option<String>| name.as_deref().map_or_else(|| "–".to_owned(), one_line);
        for (row, (names, (documents, bytes))) in rows.iter().zip(&self.counted.groups) {
            assert_eq!(row[..2], names.each_ref().map(name));
            let [all, migrated, there, _, failed, pending] = *documents;
            assert_eq!(numbers(&row[3..]), [all, migrated + there, failed, pending, *bytes]);
        }
    }

    fn page_runs(&self, article: &Element) {
        let runs = article.of_class("runs")[0].rows();
        assert_eq!(runs.len(), self.runs());
        let mut all = [0; 3];
        for row in &runs {
            let of_run = self.counted.runs.get(&row[0].parse().unwrap()).copied().unwrap_or_default();
            assert_eq!(numbers(&row[5..7]), of_run[..2]);
            all.iter_mut().zip(of_run).for_each(|(all, one)| *all += one);
        }
        let buckets = article.of_class("buckets").first().map(|table| table.rows()).unwrap_or_default();
        let sum = |column: usize| buckets.iter().map(|row| numbers(&row[column..=column])[0]).sum::<u64>();
        assert_eq!([3, 4, 5].map(sum), all, "parts of time");
    }

    /// An interrupted run goes on; it is not followed by another.
    fn runs(&self) -> usize {
        if self.batch.reasons[0] == EndReason::Interrupted { 1 } else { self.batch.reasons.len() }
    }
}

/// Figures without the marks between thousands, and without what stands behind them.
fn numbers(cells: &[String]) -> Vec<u64> {
    let digits = |cell: &String| cell.split_whitespace().next().unwrap_or_default().replace(',', "");
    cells.iter().map(|cell| digits(cell).parse().unwrap_or_else(|_| panic!("no figure: {cell:?}"))).collect()
}

#[test]
fn every_figure_is_that_of_the_ledger_and_all_add_up() {
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&batch(), |batch| {
            let case = Case::new(batch);
            case.json();
            case.spreadsheets();
            case.readme("README.md");
            case.readme("README.zh-CN.md");
            case.page();
            prop_assert!(case.counted.events > 0);
            Ok(())
        })
        .unwrap();
}
