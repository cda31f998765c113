//! JSON Schemas (draft-07, which editors support best), generated from the types that read the files.

use std::sync::OnceLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::model::config::Config;
use crate::model::report::Report;
use crate::model::spec::BatchFile;

/// The schema of a spec.
pub fn batch_schema() -> Value {
    batch().clone()
}

/// The same, made once: it takes longer to make than a spec to check.
pub(super) fn batch() -> &'static Value {
    static BATCH: OnceLock<Value> = OnceLock::new();
    BATCH.get_or_init(|| schema::<BatchFile>("A batch of document images to migrate"))
}

/// The schema of the config.
pub fn config_schema() -> Value {
    schema::<Config>("The operator's config of batchferry")
}

/// The schema of `report.json`.
pub fn report_schema() -> Value {
    schema::<Report>("The report of a batch")
}

fn schema<T: JsonSchema>(title: &str) -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let mut value = schema.to_value();
    if let Some(root) = value.as_object_mut() {
        root.insert("title".to_owned(), title.into());
    }
    value
}
