//! Parquet: the wanted columns alone, batch by batch.

mod columns;
mod input;
mod kind;
mod reader;
mod values;

pub(in crate::catalogs) use reader::Parquet;
