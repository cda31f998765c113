//! How long files are, and what a `mod.rs` holds.

use syn::{Item, Visibility};

/// Longest file, its tests at the end not counted.
const MOST_LINES: usize = 400;

/// Says so if a file is too long.
pub fn length_complaints(text: &str) -> Vec<String> {
    let lines = lines_without_tests(text);
    if lines > MOST_LINES { vec![format!("{lines} lines without tests, more than {MOST_LINES}")] } else { Vec::new() }
}

/// A file's lines up to the tests at its end.
pub fn lines_without_tests(text: &str) -> usize {
    let code = text.split_once("\n#[cfg(test)]\nmod tests {\n").map_or(text, |(code, _)| code);
    code.lines().count()
}

/// What a `mod.rs` holds besides declarations, re-exports and its opening words.
pub fn mod_file_complaints(text: &str) -> Vec<String> {
    let file = syn::parse_file(text).expect("a source file is Rust");
    let mut complaints: Vec<String> = file.items.iter().filter_map(complaint).collect();
    if !text.starts_with("//!") {
        complaints.push("does not open with the module's job (`//!`)".to_owned());
    }
    complaints
}

fn complaint(item: &Item) -> Option<String> {
    match item {
        Item::Mod(module) if module.content.is_none() => None,
        Item::Mod(module) => Some(format!("holds the module `{}`; give it a file", module.ident)),
        Item::Use(import) if !matches!(import.vis, Visibility::Inherited) => None,
        Item::Use(_) => Some("imports for itself; a `mod.rs` only declares and re-exports".to_owned()),
        _ => Some("holds code; a `mod.rs` only declares and re-exports".to_owned()),
    }
}
