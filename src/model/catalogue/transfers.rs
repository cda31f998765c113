//! Entries: what happens to a document on its way.

use super::entry::Row;
use crate::model::failure::Code;
use crate::model::failure::Group::{Authenticity, Completeness, Security, Store, Transfer, Usability};

/// What happens to a document on its way.
#[expect(clippy::too_many_lines, reason = "one row for each code; cutting the table would only hide it")]
pub(super) fn transfer_row(code: Code) -> Option<Row> {
    Some(match code {
        Code::TargetCollision => (
            Transfer,
            false,
            "more than one document or file wants the same target key",
            "Make target.key of a new spec tell them apart, for instance with {imageNumber} and {fileName}.",
            "多个单据或文件对应同一目标键",
            "请在新的批次说明中调整 target.key（例如加入 {imageNumber} 和 {fileName}）以便区分。",
        ),
        Code::Conflict => (
            Transfer,
            false,
            "another object is at the target key",
            "Compare both objects. Remove the one at the target, or commit a new spec with onConflict: Overwrite or KeepTarget; then run `batchferry resync NAME`.",
            "目标键上已有不同的对象",
            "请比对两个对象：移除目标端对象，或在新的批次说明中设置 onConflict: Overwrite 或 KeepTarget；然后执行 `batchferry resync NAME`。",
        ),
        Code::TargetKept => (
            Transfer,
            false,
            "another object is at the target key and was kept, as the spec says",
            "Nothing, if that is what you want; both digests are recorded.",
            "目标端已有不同对象，按批次说明予以保留",
            "如符合预期则无需处理；两端摘要均已记录。",
        ),
        Code::HeldBack => (
            Transfer,
            false,
            "its document fails and so it was held back; as far as it was looked at, nothing is wrong with the file itself",
            "Mend what its document fails for; this file moves with it.",
            "所属单据失败，本文件随之未迁移；就已检查的内容而言，文件本身未发现问题",
            "请处理所属单据的失败原因，本文件将随之迁移。",
        ),
        Code::SourceMissing => (
            Completeness,
            false,
            "an object that should be at the source is not there",
            "Find out who removed it and restore it, or mend the row of the index that names it; then run `batchferry resync NAME`.",
            "源端应有的对象不存在",
            "请查明删除原因并恢复对象，或修正索引中引用它的行；然后执行 `batchferry resync NAME`。",
        ),
        Code::ChangedDuringRun => (
            Authenticity,
            true,
            "the object changed after it was listed",
            "Wait until no one writes to the source, then run `batchferry resync NAME`.",
            "对象在列举之后被修改",
            "请待源端停止写入后执行 `batchferry resync NAME`。",
        ),
        Code::ChangedAfterMigration => (
            Authenticity,
            false,
            "the source changed after the document was migrated",
            "Compare both sides. To take the new content, commit a new spec with onConflict: Overwrite.",
            "迁移完成后源端发生变化",
            "请比对两端；如需采用新内容，请提交 onConflict: Overwrite 的新批次说明。",
        ),
        Code::ChecksumMismatch => (
            Authenticity,
            true,
            "what arrived is not what was sent",
            "Run `batchferry resync NAME`; if it comes again, check the target store and the network.",
            "到达目标端的内容与源端不一致",
            "请执行 `batchferry resync NAME`；若再次出现，请检查目标存储与网络。",
        ),
        Code::Unproven => (
            Authenticity,
            true,
            "an object at the target may be what an unfinished attempt left there, and is not proven to be",
            "Run `batchferry resync NAME`, which compares it; if it stays so, compare it with the source yourself, and remove it if it is not wanted.",
            "目标端的对象可能由未完成的尝试写入，尚未得到验证",
            "请执行 `batchferry resync NAME` 重新比对；若仍如此，请自行与源端比对，不需要时将其移除。",
        ),
        Code::HeaderLost => (
            Usability,
            false,
            "a header of the object is not ASCII and did not travel along",
            "Set it at the target by hand if anyone needs it; the content is not touched by this.",
            "对象的一个标头不是 ASCII 字符，未随之迁移",
            "如有需要，请在目标端手动设置；文件内容不受影响。",
        ),
        Code::AccessDenied => (
            Security,
            false,
            "the store refuses access to this object",
            "Let the credentials of the store read (source) or write (target) this key, then run `batchferry resync NAME`.",
            "存储拒绝访问该对象",
            "请为该存储的凭据授予此键的读取（源端）或写入（目标端）权限，然后执行 `batchferry resync NAME`。",
        ),
        Code::Throttled => (
            Store,
            true,
            "the store kept asking to slow down",
            "Set a lower transfer.concurrency or run at a quieter time, then run `batchferry resync NAME`.",
            "存储持续要求降低请求速率",
            "请设置较低的 transfer.concurrency，或在空闲时段执行 `batchferry resync NAME`。",
        ),
        Code::Timeout => (
            Store,
            true,
            "the store did not answer in time",
            "Check the store and the network, or raise transfer.timeout; then run `batchferry resync NAME`.",
            "存储未在规定时间内响应",
            "请检查存储与网络，或调大 transfer.timeout；然后执行 `batchferry resync NAME`。",
        ),
        Code::UnlistableKeys => (
            Completeness,
            false,
            "keys or prefixes cannot be listed or addressed",
            "See the list in the report. Give leave to read what may not be read; rename what has no usable name, or exclude it with filters.files.exclude in a new spec, then run `batchferry resync NAME --all`.",
            "存在无法列举或无法寻址的键或前缀",
            "请查看报告中的列表；对无权读取者授予读取权限，重命名无法寻址的对象，或在新的批次说明中用 filters.files.exclude 排除，然后执行 `batchferry resync NAME --all`。",
        ),
        _ => return None,
    })
}
