//! stub
#![allow(missing_docs, clippy::todo)]
use std::collections::BTreeMap;
use crate::model::failure::Code;
use crate::model::ids::ImageNumber;
use crate::model::view::FailureView;
pub fn failure_views(_c: &BTreeMap<Code, u64>, _e: &BTreeMap<Code, Vec<ImageNumber>>) -> Vec<FailureView> { todo!() }
