//! stub
#![allow(missing_docs, clippy::todo)]
use std::path::{Path, PathBuf};
use crate::model::config::{Language, Reports};
use crate::model::diagnostic::InvalidSpec;
use crate::model::report::Report;
pub struct Rendered { pub name: String, pub bytes: Vec<u8> }
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct ReportError;
pub fn render(_r: &Report, _l: &[Language], _running: bool) -> Result<Vec<Rendered>, ReportError> { todo!() }
pub fn render_invalid(_i: &InvalidSpec, _l: &[Language]) -> Vec<Rendered> { todo!() }
pub fn write(_f: &Path, _files: &[Rendered]) -> Result<bool, ReportError> { todo!() }
pub fn folder_of(_jobs: &Path, _spec: &str, _r: &Reports) -> PathBuf { todo!() }
pub fn spreadsheet_safe(_c: &str) -> String { todo!() }
