//! Entries: what is wrong with a document before it moves.

use super::entry::Row;
use crate::model::failure::Code;
use crate::model::failure::Group::{Authenticity, Completeness, Security, Usability};

/// What is wrong with a document before it moves.
#[expect(clippy::too_many_lines, reason = "one row for each code; cutting the table would only hide it")]
pub(super) fn document_row(code: Code) -> Option<Row> {
    Some(match code {
        Code::MissingField => (
            Completeness,
            false,
            "a required business field is missing, or a date cannot be read",
            "Put the object under a key that tells the field, or mend the row or sidecar that should, or take the field out of checks.requiredFields; then run `batchferry resync NAME`.",
            "缺少必填业务字段，或日期无法识别",
            "请将文件放到能体现该字段的键下，或修正索引行或伴随文件，或从 checks.requiredFields 中去掉该字段；然后执行 `batchferry resync NAME`。",
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
        Code::AmbiguousKey => (
            Usability,
            false,
            "other systems take the target key for another one, or do not take it",
            "Nothing is wrong on this target; write target.key so that keys differ in more than case before the folder is copied to another system. For a folder that does not tell case, the operator writes caseSensitive: false.",
            "其他系统会将该目标键视为另一个键，或无法使用该键",
            "在当前目标上没有问题；若目录将复制到其他系统，请调整 target.key，使键不仅在大小写上有区别。对于不区分大小写的目录，请管理员在配置中设置 caseSensitive: false。",
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
