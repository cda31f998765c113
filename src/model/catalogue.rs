//! What every code means and what to do about it, in two languages. Written once; shown by `explain`, in reports and
//! wherever a failure is told.

use Group::{Authenticity, Batch, Completeness, Security, Store, Transfer, Usability};

use super::config::Language;
use super::failure::{Code, Failure, Group};

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// What it is about.
    pub group: Group,
    /// Trying again may help by itself.
    pub transient: bool,
    message: [&'static str; 2],
    remedy: [&'static str; 2],
}

impl Entry {
    /// What it means: a fragment without the item and without a full stop.
    pub fn message(&self, language: Language) -> &'static str {
        pick(self.message, language)
    }

    /// What to do: whole sentences.
    pub fn remedy(&self, language: Language) -> &'static str {
        pick(self.remedy, language)
    }
}

fn pick(texts: [&'static str; 2], language: Language) -> &'static str {
    match language {
        Language::English => texts[0],
        Language::Chinese => texts[1],
    }
}

/// A code's row: group, transient, message and remedy in English, message and remedy in Chinese.
type Row = (Group, bool, &'static str, &'static str, &'static str, &'static str);

/// The entry of a code.
pub fn entry(code: Code) -> Entry {
    let (group, transient, message, remedy, message_zh, remedy_zh) = row(code);
    Entry { code, group, transient, message: [message, message_zh], remedy: [remedy, remedy_zh] }
}

fn row(code: Code) -> Row {
    if let Some(row) = document_row(code) {
        return row;
    }
    transfer_row(code).unwrap_or_else(|| batch_row(code))
}

/// What is wrong with a document before it moves.
#[expect(clippy::too_many_lines, reason = "one row for each code; cutting the table would only hide it")]
fn document_row(code: Code) -> Option<Row> {
    Some(match code {
        Code::MissingField => (
            Completeness,
            false,
            "a required business field is missing, or a date cannot be read",
            "Put the object under a key that tells the field, or take the field out of checks.requiredFields; then run `batchferry resync NAME`.",
            "缺少必填业务字段，或日期无法识别",
            "请将文件放到能体现该字段的键下，或从 checks.requiredFields 中去掉该字段；然后执行 `batchferry resync NAME`。",
        ),
        Code::MissingRole => (
            Completeness,
            false,
            "the document has too few files of a required role",
            "Add the missing file to the document's folder at the source, then run `batchferry resync NAME`.",
            "影像单据缺少必需角色的文件",
            "请在源端将缺少的文件补充到该单据目录，然后执行 `batchferry resync NAME`。",
        ),
        Code::SequenceGap => (
            Completeness,
            false,
            "a number is missing in the sequence of files",
            "Look for the missing page at the source and add it, then run `batchferry resync NAME`.",
            "文件序号不连续",
            "请在源端查找缺页并补充，然后执行 `batchferry resync NAME`。",
        ),
        Code::UnrecognisedFile => (
            Completeness,
            false,
            "an object matches no key template",
            "Rename it so that it matches, remove it, exclude it with filters.files.exclude in a new spec, or set checks.unrecognisedFiles.severity to Warn; then run `batchferry resync NAME`.",
            "对象与键模板不匹配",
            "请重命名使其匹配、将其移除、在新的批次说明中用 filters.files.exclude 排除，或将 checks.unrecognisedFiles.severity 设为 Warn；然后执行 `batchferry resync NAME`。",
        ),
        Code::TypeMismatch => (
            Authenticity,
            false,
            "the content is not of the type that the file name says",
            "Open the file: rename it to what it is, or replace it by the right one; then run `batchferry resync NAME`.",
            "文件内容与扩展名不符",
            "请打开文件核对：按真实类型改名，或替换为正确的文件；然后执行 `batchferry resync NAME`。",
        ),
        Code::TypeNotAllowed => (
            Usability,
            false,
            "the file's type is not allowed in this batch",
            "Convert the file at the source, or add the type to checks.fileType.allow; then run `batchferry resync NAME`.",
            "本批次不允许该文件类型",
            "请在源端转换文件格式，或将该类型加入 checks.fileType.allow；然后执行 `batchferry resync NAME`。",
        ),
        Code::EmptyFile => (
            Usability,
            false,
            "the file has no bytes",
            "Scan or upload the file again at the source, then run `batchferry resync NAME`.",
            "文件为空（零字节）",
            "请在源端重新扫描或上传该文件，然后执行 `batchferry resync NAME`。",
        ),
        Code::Truncated => (
            Usability,
            false,
            "the file ends before its format does: a part of it is missing",
            "Scan or upload the file again at the source, then run `batchferry resync NAME`.",
            "文件不完整，末尾部分缺失",
            "请在源端重新扫描或上传该文件，然后执行 `batchferry resync NAME`。",
        ),
        Code::Encrypted => (
            Usability,
            false,
            "the file is protected by a password",
            "Replace it by a copy without a password, then run `batchferry resync NAME`.",
            "文件已加密，需要密码",
            "请替换为未加密的副本，然后执行 `batchferry resync NAME`。",
        ),
        Code::Unreadable => (
            Usability,
            false,
            "the file cannot be read as what it is",
            "Open the file to see what is wrong, replace it at the source, then run `batchferry resync NAME`.",
            "文件已损坏，无法按其格式读取",
            "请打开文件核对，在源端替换后执行 `batchferry resync NAME`。",
        ),
        Code::ResolutionTooLow => (
            Usability,
            false,
            "the image has a lower resolution than required",
            "Scan the page again at the required resolution, or change checks.resolution; then run `batchferry resync NAME`.",
            "影像分辨率低于要求",
            "请按要求的分辨率重新扫描，或调整 checks.resolution；然后执行 `batchferry resync NAME`。",
        ),
        Code::FileTooLarge => (
            Usability,
            false,
            "the file is larger than allowed",
            "Make the file smaller at the source, or raise checks.fileSize.max; then run `batchferry resync NAME`.",
            "文件超过允许的大小",
            "请在源端缩小文件，或调高 checks.fileSize.max；然后执行 `batchferry resync NAME`。",
        ),
        Code::UnsafeKey => (
            Security,
            false,
            "the key cannot be written or read safely",
            "Rename the object without control characters and without empty, '.' or '..' parts; then run `batchferry resync NAME --all`.",
            "对象键不安全，无法可靠读写",
            "请重命名对象，去除控制字符以及空的、'.' 或 '..' 部分；然后执行 `batchferry resync NAME --all`。",
        ),
        Code::DuplicateDocument => (
            Authenticity,
            false,
            "one image number stands for two sets of files: their organization, type or date differ",
            "Find out which set is the document's, move the other away at the source, then run `batchferry resync NAME`.",
            "同一影像编号对应两组文件（组织、单据类型或日期不一致）",
            "请核实哪一组属于该单据，在源端移走另一组，然后执行 `batchferry resync NAME`。",
        ),
        Code::DuplicateContent => (
            Authenticity,
            false,
            "the same content stands in two documents",
            "Compare both documents: a page may have been filed twice.",
            "两份单据中存在内容相同的文件",
            "请比对两份单据：可能有页面重复归档。",
        ),
        Code::TooManyFiles => (
            Completeness,
            false,
            "the document has more files than can be judged as a whole",
            "Check that {imageNumber} in catalog.keys stands where keys have the document's id.",
            "单据文件数量过多，无法整体校验",
            "请检查 catalog.keys 中 {imageNumber} 的位置是否为键中的单据编号。",
        ),
        _ => return None,
    })
}

/// What happens to a document on its way.
#[expect(clippy::too_many_lines, reason = "one row for each code; cutting the table would only hide it")]
fn transfer_row(code: Code) -> Option<Row> {
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
            "the file is sound, but another file of its document is not",
            "Mend the other file; this one moves with it.",
            "文件本身正常，因同一单据的其他文件失败而未迁移",
            "请处理同一单据中失败的文件，本文件将随之迁移。",
        ),
        Code::SourceMissing => (
            Completeness,
            false,
            "the object was listed and is gone",
            "Find out who removed it and restore it, then run `batchferry resync NAME`.",
            "对象在列举之后已不存在",
            "请查明删除原因并恢复对象，然后执行 `batchferry resync NAME`。",
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
            "Lower transfer.concurrency or run at a quieter time, then run `batchferry resync NAME`.",
            "存储持续要求降低请求速率",
            "请调低 transfer.concurrency 或在空闲时段执行 `batchferry resync NAME`。",
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
            "See the list in the report; rename such objects or exclude them with filters.files.exclude in a new spec, then run `batchferry resync NAME --all`.",
            "存在无法列举或无法寻址的键或前缀",
            "请查看报告中的列表；重命名这些对象，或在新的批次说明中用 filters.files.exclude 排除，然后执行 `batchferry resync NAME --all`。",
        ),
        _ => return None,
    })
}

/// What happens to a store or to a batch as such.
#[expect(clippy::too_many_lines, reason = "one row for each code; cutting the table would only hide it")]
fn batch_row(code: Code) -> Row {
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

/// A failure in words, in one line: what it means, which item, what was expected and what was found.
pub fn sentence(failure: &Failure, language: Language) -> String {
    let (expected, found) = match language {
        Language::English => ("expected", "found"),
        Language::Chinese => ("应为", "实际为"),
    };
    let mut text = format!("{}: {}", entry(failure.code).message(language), failure.item);
    if let Some(wanted) = &failure.expected {
        text = format!("{text}; {expected} {wanted}");
    }
    if let Some(actual) = &failure.actual {
        text = format!("{text}; {found} {actual}");
    }
    one_line(&text)
}

/// Text from stores and files, without anything that could break a line or steer a terminal.
fn one_line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut line, c| {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
        line
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn is_chinese(text: &str) -> bool {
        text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count() >= 4
    }

    #[test]
    fn every_code_has_a_text_and_a_remedy_of_its_own_in_both_languages() {
        let mut messages = BTreeSet::new();
        for &code in Code::ALL {
            let entry = entry(code);
            let (english, chinese) = (entry.message(Language::English), entry.message(Language::Chinese));
            assert!(messages.insert(english), "{code} has the text of another code");
            assert!(english.len() > 15 && english.is_ascii() && !english.ends_with('.'), "{code}: {english}");
            assert!(is_chinese(chinese) && !chinese.ends_with('。'), "{code}: {chinese}");
            let (english, chinese) = (entry.remedy(Language::English), entry.remedy(Language::Chinese));
            assert!(english.ends_with('.') && english.is_ascii(), "{code}: {english}");
            assert!(is_chinese(chinese) && chinese.ends_with('。'), "{code}: {chinese}");
        }
    }

    #[test]
    fn a_failure_is_told_in_one_line_with_item_expected_and_actual() {
        let failure = Failure::new(Code::MissingRole, "IMG-1\n\u{1b}[31m").with("1 invoice", "none");
        let english = sentence(&failure, Language::English);
        assert!(english.ends_with("required role: IMG-1\\n\\u{1b}[31m; expected 1 invoice; found none"), "{english}");
        assert!(sentence(&failure, Language::Chinese).contains("应为 1 invoice"));
    }
}
