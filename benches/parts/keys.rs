//! Specs and keys: YAML into a spec, a key into fields, fields into a target key.

use std::path::Path;

use batchferry::catalogs::{KeyParts, KeyReading, KeyTemplate, TargetTemplate, Zones};
use batchferry::model::document::Role;
use batchferry::specs::check_text;
use divan::{Bencher, black_box};
use jiff::tz::TimeZone;

const TEMPLATE: &str = "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}";
const KEY: &str = "ACME-CN/expense-report/2025/01/31/IMG-20250131-000042/invoice-01.jpg";

fn zones() -> Zones {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    Zones { catalog: zone.clone(), range: zone }
}

#[divan::bench]
fn read_a_spec(bencher: Bencher) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs/acme-expenses-2025-q1.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    bencher.bench(|| check_text("acme-expenses-2025-q1.yaml", black_box(&text), None).unwrap());
}

#[divan::bench]
fn match_a_key(bencher: Bencher) {
    let (template, zones) = (KeyTemplate::parse(TEMPLATE).unwrap(), zones());
    bencher.bench(|| template.read(black_box(KEY), &zones));
}

#[divan::bench]
fn refuse_a_key(bencher: Bencher) {
    let (template, zones) = (KeyTemplate::parse(TEMPLATE).unwrap(), zones());
    bencher.bench(|| template.read(black_box("ACME-CN/expense-report/2025/01/31/thumbs.db"), &zones));
}

#[divan::bench]
fn make_a_target_key(bencher: Bencher) {
    let reading = KeyTemplate::parse(TEMPLATE).unwrap().read(KEY, &zones());
    let KeyReading::File(fields) = reading else { panic!("the template does not describe the key: {reading:?}") };
    let template =
        TargetTemplate::parse("archive/{organization}/{collected:%Y}/{imageNumber}/{fileName}", &["organization"])
            .unwrap();
    let zone = zones().range;
    let parts = KeyParts {
        fields: &fields.fields,
        image_number: &fields.image_number,
        role: Some((Role::Invoice, fields.role_word.as_deref())),
        sequence: fields.sequence.as_deref(),
        file_name: Some("invoice-01.jpg"),
        zone: &zone,
    };
    bencher.bench(|| template.render(black_box(&parts)).unwrap());
}
