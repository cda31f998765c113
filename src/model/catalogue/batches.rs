//! Entries: what happens to a store or to a batch as such.

use super::entry::Row;
use crate::model::failure::Code;
use crate::model::failure::Group::{Batch, Security, Store};

/// What happens to a store or to a batch as such.
#[expect(clippy::too_many_lines, reason = "one row for each code; cutting the table would only hide it")]
pub(super) fn batch_row(code: Code) -> Row {
    match code {
        Code::CredentialsRejected => (
            Store,
            false,
            "the store does not accept the credentials",
            "Renew the credentials that the config names for the store; the batch goes on by itself, or with the next `batchferry run`.",
            "存储不接受所用凭据",
            "请更新配置中该存储的凭据；批次会自动继续，或在下次 `batchferry run` 时继续。",
        ),
        Code::QuotaExceeded => (
            Store,
            false,
            "the store is full",
            "Make room at the target; the batch goes on by itself, or with the next `batchferry run`.",
            "存储空间已满",
            "请为目标存储释放或扩充空间；批次会自动继续，或在下次 `batchferry run` 时继续。",
        ),
        Code::StoreMissing => (
            Store,
            false,
            "the bucket or folder of the store does not exist",
            "Check the store's url in the config, and that its disk is mounted; the batch goes on by itself, or with the next `batchferry run`.",
            "存储的存储桶或目录不存在",
            "请检查配置中该存储的 url 以及磁盘是否已挂载；批次会自动继续，或在下次 `batchferry run` 时继续。",
        ),
        Code::NothingSelected => (
            Batch,
            false,
            "no document is in scope",
            "Check the range, the prefix, the filters and catalog.keys; or set allowEmpty: true in a new spec.",
            "没有任何单据在范围内",
            "请检查采集范围、前缀、筛选条件和 catalog.keys；或在新的批次说明中设置 allowEmpty: true。",
        ),
        Code::PolicyDenied => (
            Security,
            false,
            "the operator's policy does not allow it",
            "Ask the operator of batchferry to extend `policies` in the config, or use another store or prefix.",
            "操作策略不允许",
            "请联系 batchferry 管理员扩展配置中的 policies，或改用其他存储或前缀。",
        ),
        Code::DeadlineExceeded => (
            Batch,
            true,
            "the run's deadline passed",
            "Run `batchferry resync NAME` to take the rest, or raise transfer.deadline.",
            "运行已超过截止时限",
            "请执行 `batchferry resync NAME` 处理剩余单据，或调大 transfer.deadline。",
        ),
        Code::TooManyFailures => (
            Batch,
            false,
            "too many documents failed",
            "Mend the most frequent cause first, then run `batchferry resync NAME`.",
            "失败单据数达到上限",
            "请先处理最主要的失败原因，然后执行 `batchferry resync NAME`。",
        ),
        Code::Cancelled => (
            Batch,
            false,
            "the run was cancelled by a command",
            "Run `batchferry resync NAME` to take the rest.",
            "运行已被命令取消",
            "如需处理剩余单据，请执行 `batchferry resync NAME`。",
        ),
        Code::InvalidSpec => (
            Batch,
            false,
            "the spec is not valid",
            "Run `batchferry validate` on the file and mend what it names.",
            "批次说明无效",
            "请对该文件执行 `batchferry validate` 并按提示修改。",
        ),
        Code::ImmutableFieldChanged => (
            Batch,
            false,
            "a part of the spec changed that is fixed once the batch has started",
            "Put the spec back as it was, and commit a new spec for the new scope.",
            "批次启动后不可更改的内容被修改",
            "请将批次说明恢复原状，并为新的范围提交新的批次说明。",
        ),
        Code::LedgerUnavailable => (
            Batch,
            false,
            "the ledger cannot be written",
            "Make room on the disk that holds `state`, and check that no other process uses it; then run again.",
            "台账无法写入",
            "请为 state 所在磁盘释放空间，并确认没有其他进程占用；然后重新运行。",
        ),
        // The only code left; every other one has a row above.
        _ => (
            Store,
            true,
            "the store cannot be reached, or answers with errors of its own",
            "Check that the store is up and reachable from here; then run `batchferry resync NAME`, or `batchferry run` if the batch has not ended.",
            "存储无法访问或返回自身错误",
            "请检查存储是否正常且可达；然后执行 `batchferry resync NAME`，若批次尚未结束则执行 `batchferry run`。",
        ),
    }
}
