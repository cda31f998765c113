//! How to check a bag without batchferry, and what its evidence is.

use crate::model::config::Language;

/// Checks exported audit logs; needs Python 3 alone.
pub const CHAIN_SCRIPT: &str = include_str!("../../../tests/chain.py");

/// The guide as Markdown.
pub fn guide(language: Language) -> &'static str {
    match language {
        Language::English => ENGLISH,
        Language::Chinese => CHINESE,
    }
}

const ENGLISH: &str = "\
# How to check this bag

Nothing of this needs batchferry. In the folder that holds `bagit.txt`:

```sh
sha256sum -c --quiet manifest-sha256.txt        # every file of the payload is as it was
sha256sum -c --quiet tagmanifest-sha256.txt     # so is the evidence
pip install bagit && bagit.py --validate .      # complete, and nothing beside it
python3 evidence/chain.py evidence/events.jsonl evidence/report/report.json   # the audit log is whole
```

Compare the head that the last command prints with a report.json that was kept elsewhere (in git): a log that was written anew, or cut off
at its end, shows only so.

| file | what it is |
|---|---|
| `evidence/spec.json` | the spec as it was accepted; its digest is in `settings.json` |
| `evidence/settings.json` | version, host clock and zone, stores without secrets, limits, commit and operator of the spec |
| `evidence/source-manifest.jsonl` | every file of the documents as the source listed it |
| `evidence/target-manifest.jsonl` | every file at the target: key, size, ETag, version, SHA-256, who computed it, how it was proven, its path in this bag |
| `evidence/reconciliation.json` | totals: in scope = migrated + already at target + failed + pending |
| `evidence/exceptions.csv` | every document and file that is not at the target, with its reason |
| `evidence/checks.csv` | what came of each check of each file: Pass, Warn, Fail, Unknown (the file does not say), NotApplicable, NotRun; by the groups of DA/T 70 |
| `evidence/events.jsonl` | the audit log of the batch |
| `evidence/report/` | the batch's report |
| `evidence/HANDOVER.md`, `HANDOVER.zh-CN.md` | the form to sign |
";

const CHINESE: &str = "\
# 如何离线核验本包

核验不需要 batchferry。在 `bagit.txt` 所在目录执行：

```sh
sha256sum -c --quiet manifest-sha256.txt        # 每个数据文件均未改变
sha256sum -c --quiet tagmanifest-sha256.txt     # 证据文件均未改变
pip install bagit && bagit.py --validate .      # 文件齐全，且没有多余文件
python3 evidence/chain.py evidence/events.jsonl evidence/report/report.json   # 审计日志完整
```

请将最后一条命令输出的链头 (head) 与另行保存（如 git 中）的 report.json 比对：日志被整体重写或末尾被截断，只有这样才能发现。

| 文件 | 内容 |
|---|---|
| `evidence/spec.json` | 接收时的任务内容，其摘要见 `settings.json` |
| `evidence/settings.json` | 版本、主机时间与时区、存储（不含密钥）、限额、任务的提交与操作人 |
| `evidence/source-manifest.jsonl` | 单据的全部源文件清单 |
| `evidence/target-manifest.jsonl` | 目标文件清单：键、大小、ETag、版本、SHA-256、摘要计算方、证明方式、在本包中的路径 |
| `evidence/reconciliation.json` | 对账：范围内 = 已迁移 + 目标已存在 + 失败 + 待处理 |
| `evidence/exceptions.csv` | 未到达目标的单据和文件及原因 |
| `evidence/checks.csv` | 每个文件各项检测的结果（DA/T 70 四性分组）：Pass 通过、Warn 警告、Fail 不通过、Unknown 无法确定、NotApplicable 不适用、NotRun 未执行 |
| `evidence/events.jsonl` | 批次审计日志 |
| `evidence/report/` | 批次报告 |
| `evidence/HANDOVER.md`、`HANDOVER.zh-CN.md` | 待签字的移交与接收登记表 |
";
