//! What is wrong with a spec, in Chinese, by the rule that it breaks. The daemon's own words, which name the values, follow.

/// The rule in a sentence; `None`: the daemon's words alone say it.
pub(super) fn in_chinese(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "required-field" | "missing-field" => "缺少必填项。",
        "date" => "请填写日期，如 2025-01-31。",
        "range" | "range-order" => "采集范围无效：结束日期不得早于开始日期。",
        "range-far" => "采集范围过大。",
        "zone" => "未知时区，请使用 IANA 名称，如 Asia/Shanghai。",
        "unknown-store" => "请选择配置中的存储。",
        "store" => "该存储不能用于此处。",
        "prefix" => "前缀无效。",
        "template" => "键模板无效。",
        "overlap" => "数据源与目标端互相包含，请使用互不包含的前缀。",
        "glob" => "通配符无效。",
        "image-number" => "键模板须包含 {imageNumber}。",
        "policy" => "运维策略不允许此操作。",
        "file-name" => "文件名无效。",
        "value" | "type" => "填写的内容无效。",
        _ => return None,
    })
}
