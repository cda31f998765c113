//! What was expected and what was found, in Chinese. Ledgers keep these words in English; what is not known here, such
//! as a key or the answer of a store, stays as it is.

use std::borrow::Cow;

use crate::model::config::Language;

/// Words of ours that stand alone.
const PHRASES: &[(&str, &str)] = &[
    ("0 bytes", "0 字节"),
    ("a clean file", "未感染的文件"),
    ("a date of the calendar", "有效的日历日期"),
    ("a day alone", "仅有日期"),
    ("a key that differs from others in more than case", "与其他键不只是大小写或字符组合不同的键"),
    ("a key that every system takes", "各类系统均可使用的键"),
    ("a key that is safe everywhere", "各类存储均可安全使用的键"),
    ("a key that matches catalog.keys", "与 catalog.keys 匹配的键"),
    ("a key that the target can hold", "目标存储可容纳的键"),
    ("a key that the template describes", "与 catalog.keys 匹配的键"),
    ("a part of them", "其中一部分"),
    ("a readable file", "可读取的文件"),
    ("a safe target key", "安全的目标键"),
    ("a time for the target key", "目标键所需的时间"),
    ("a value", "有值"),
    ("a value that can be read", "可读取的值"),
    ("a value for the target key", "目标键所需的值"),
    ("an object that someone else wrote", "他人写入的对象"),
    ("another object", "其他对象"),
    ("another object each time", "每次都是不同的对象"),
    ("content that can be decoded to the end", "可完整解码的内容"),
    ("content that grows no more than documents do", "解压后大小合理的内容"),
    ("content that the reader of its format fails on", "其格式的解析程序无法处理的内容"),
    ("content that no other document has", "其他单据中没有的内容"),
    ("content that opens without a password", "无需密码即可打开的内容"),
    ("encrypted", "已加密"),
    ("every file of the document", "单据的全部文件"),
    ("files at the source", "源端存在文件"),
    ("is gone from the source", "已从源端消失"),
    ("its content was written anew", "内容被重新写入"),
    ("no match", "不匹配"),
    ("no other writer", "没有其他写入者"),
    ("none", "无"),
    ("none of the known types", "未知类型"),
    ("one document for this target key", "该目标键仅对应一份单据"),
    ("one object for this target key", "该目标键仅对应一个对象"),
    ("one row for one file or document", "每个文件或单据仅一行"),
    ("one organization, document type and day", "唯一的组织、单据类型和日期"),
    ("several files of this document, or a file and its manifest", "同一单据的多个文件，或文件与其清单"),
    ("the file does not say", "文件未说明"),
    ("the file ends before it", "文件在此之前结束"),
    ("the manifest of this document", "本单据的清单"),
    ("the source as it was migrated", "与迁移时一致的源端"),
];

/// Words of ours before and after a figure or a name.
const AROUND: &[(&str, &str, &str, &str)] = &[
    ("at least ", " bytes", "至少 ", " 字节"),
    ("at least ", " byte", "至少 ", " 字节"),
    ("at least ", " pixels across", "宽度至少 ", " 像素"),
    ("at least ", " pixels down", "高度至少 ", " 像素"),
    ("at least ", " pixels", "至少 ", " 像素"),
    ("at least ", "", "至少 ", ""),
    ("at least ", " pages", "至少 ", " 页"),
    ("at least ", " page", "至少 ", " 页"),
    ("at most ", " files", "至多 ", " 个文件"),
    ("at most ", " pages", "至多 ", " 页"),
    ("at most ", " page", "至多 ", " 页"),
    ("at most ", "", "至多 ", ""),
    ("an object, as row ", " of the index says", "索引第 ", " 行所述的对象"),
    ("an object, as the sidecar ", " says", "伴随文件 ", " 所述的对象"),
    ("also wanted by ", "", "同时对应 ", ""),
    ("a member cannot be unpacked: ", "", "其中的成员无法解压：", ""),
    ("a readable ", "", "可读取的 ", ""),
    ("decoding fails: ", "", "解码失败：", ""),
    ("decoding takes too long", "", "解码耗时过长", ""),
    ("it names a part that is not there: ", "", "所引用的部件不存在：", ""),
    ("every number from ", "", "连续序号 ", ""),
    ("missing ", "", "缺少 ", ""),
    ("the same as in ", "", "与此单据相同：", ""),
    ("the scanner cannot be started: ", "", "无法启动扫描程序：", ""),
    ("the scanner ended with ", "", "扫描程序退出码 ", ""),
    ("the scanner took longer than ", "", "扫描耗时超过 ", ""),
    ("there is no decoder for it: ", "", "没有相应的解码程序：", ""),
    ("the end of the ", "", "完整的文件结尾：", ""),
    ("what was migrated there (", ")", "此前迁移到此处的内容（", "）"),
    ("", " bytes", "", " 字节"),
    ("", " files", "", " 个文件"),
    ("", " pages", "", " 页"),
    ("", " page", "", " 页"),
    ("", " pixels", "", " 像素"),
];

/// What was expected or found, in the reader's language as far as the words are ours.
pub(super) fn in_language(text: &str, language: Language) -> Cow<'_, str> {
    if language == Language::English {
        return Cow::Borrowed(text);
    }
    if let Some((_, chinese)) = PHRASES.iter().find(|(english, _)| *english == text) {
        return Cow::Borrowed(chinese);
    }
    if let Some((size, digest)) = text.split_once(" bytes, SHA-256 ") {
        return Cow::Owned(format!("{size} 字节，SHA-256 {digest}"));
    }
    let around = |(before, after, before_zh, after_zh): &(&str, &str, &str, &str)| {
        let inner = text.strip_prefix(before)?.strip_suffix(after)?;
        Some(format!("{before_zh}{inner}{after_zh}"))
    };
    AROUND.iter().find_map(around).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_words_are_told_in_chinese_and_names_stay() {
        for (english, chinese) in [
            ("none", "无"),
            ("at least 200 dpi", "至少 200 dpi"),
            ("at least 1 byte", "至少 1 字节"),
            ("at least 600 × 800 pixels", "至少 600 × 800 像素"),
            ("4096 bytes, SHA-256 ab", "4096 字节，SHA-256 ab"),
            ("also wanted by IMG-1", "同时对应 IMG-1"),
            ("HTTP 403 (store scans)", "HTTP 403 (store scans)"),
        ] {
            assert_eq!(in_language(english, Language::Chinese), chinese);
            assert_eq!(in_language(english, Language::English), english);
        }
    }
}
