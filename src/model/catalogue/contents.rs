//! Entries: what a closer look at the content of a file finds.

use super::entry::Row;
use crate::model::failure::Code;
use crate::model::failure::Group::{Authenticity, Completeness, Security};

/// What a closer look at the content of a file finds.
pub(super) fn content_row(code: Code) -> Option<Row> {
    Some(match code {
        Code::DecompressionBomb => (
            Security,
            false,
            "a small file would unpack to far more than any document needs",
            "Do not open the file. Find out where it comes from; replace it at the source, then run `batchferry resync NAME`.",
            "文件很小，解压后却异常庞大（疑似压缩炸弹）",
            "请勿打开该文件。请查明来源，在源端替换后执行 `batchferry resync NAME`。",
        ),
        Code::PageCount => (
            Completeness,
            false,
            "the file has more or fewer pages than allowed",
            "Look for missing or surplus pages and replace the file at the source, or change checks.pages; then run `batchferry resync NAME`.",
            "文件页数不符合要求",
            "请核对缺页或多余页并在源端替换文件，或调整 checks.pages；然后执行 `batchferry resync NAME`。",
        ),
        Code::Infected => (
            Security,
            false,
            "the virus scanner found something in the file",
            "Do not open the file. Hand it to those who look after security; replace it at the source, then run `batchferry resync NAME`.",
            "病毒扫描程序在文件中发现威胁",
            "请勿打开该文件，并交由安全人员处理；在源端替换后执行 `batchferry resync NAME`。",
        ),
        Code::Unscannable => (
            Security,
            true,
            "the virus scanner could not tell whether the file is clean",
            "Look at the scanner's own log and mend what is wrong there, then run `batchferry resync NAME`.",
            "病毒扫描未能得出结论",
            "请查看扫描程序自身的日志并排除故障，然后执行 `batchferry resync NAME`。",
        ),
        Code::DuplicateInvoice => (
            Authenticity,
            false,
            "the same invoice stands in two documents",
            "Compare both documents: an invoice must not be claimed twice. Correct or remove the wrong one at the source, then run `batchferry resync NAME`.",
            "同一张发票出现在两份单据中",
            "请比对两份单据：同一发票不得重复报销。请在源端更正或移除有误的一份，然后执行 `batchferry resync NAME`。",
        ),
        _ => return None,
    })
}
