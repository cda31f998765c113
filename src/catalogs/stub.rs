//! Stands in for the readers until they are there.
#![allow(missing_docs, unused, clippy::all)]
use super::Zones;
use crate::model::catalog::*;
use crate::model::document::Fields;
use crate::model::ids::ImageNumber;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fs::File;
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRow {
    pub number: u64,
    pub key: Option<String>,
    pub directory: Option<String>,
    pub image_number: Option<ImageNumber>,
    pub fields: Fields,
    pub unreadable: Vec<(String, String)>,
    pub role_word: Option<String>,
    pub sequence: Option<String>,
}
pub enum TableItem {
    Row(TableRow),
    Outside { number: u64, key: Option<String>, directory: Option<String>, image_number: Option<ImageNumber> },
}
#[derive(Debug)]
pub enum TableError {
    Row { number: u64, message: String },
    Table(String),
}
#[derive(Debug, Clone)]
pub struct Mapping;
#[derive(Debug)]
pub struct MappingError {
    pub field: String,
    pub message: String,
    pub suggestion: String,
}
impl Mapping {
    pub fn new(_: &BTreeMap<String, Column>, _: Zones) -> Result<Self, Vec<MappingError>> {
        Ok(Self)
    }
    pub fn of_sidecar(_: &BTreeMap<String, Column>, _: Zones) -> Result<Self, Vec<MappingError>> {
        Ok(Self)
    }
}
pub struct Layout;
pub fn layout(_: &str, _: &Index) -> Result<Layout, String> {
    Ok(Layout)
}
pub fn open_table(
    _: File,
    _: Layout,
    _: &Mapping,
    _: Option<(Date, Date)>,
) -> Result<std::vec::IntoIter<Result<TableItem, TableError>>, TableError> {
    Ok(Vec::new().into_iter())
}
pub fn read_sidecar(_: &[u8], _: SidecarFormat, _: &Mapping) -> Result<TableRow, String> {
    Err(String::new())
}
