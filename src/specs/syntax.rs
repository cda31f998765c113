//! What the parser of YAML says, in words of ours: what is wrong, and what to do.

/// What a message of the parser means. Both are short: a person reads them beside the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) rule: &'static str,
    pub(super) message: &'static str,
    pub(super) advice: &'static str,
}

const QUOTES: &str = "put the whole text in quotes";

/// Parts of the parser's messages, with what is wrong and what to do. The first that fits is taken.
const MEANINGS: [(&str, &str, &str); 29] = [
    ("character: `%", "a text cannot begin with `%`", QUOTES),
    ("unprintable", "a character stands here that no text may have", "remove it"),
    ("tab", "a tab stands where YAML takes spaces alone", "write spaces instead of the tab"),
    ("unexpected end of stream", "a quoted text is never closed", "close it with the quote that it begins with"),
    ("unexpected document indicator", "a quoted text is never closed", "close it with the quote that it begins with"),
    (
        "a flow sequence",
        "a list that begins with `[` is not closed before here, or lacks a comma",
        "write `]` behind the last item, and `,` between items",
    ),
    (
        "a flow mapping",
        "fields that begin with `{` are not closed before here, or lack a comma",
        "write `}` behind the last field, and `,` between fields",
    ),
    ("flow construct", "a line within `[` or `{` is not indented, or the bracket is never closed", "close the bracket"),
    (
        "misplaced bracket",
        "a bracket is closed here that was never opened",
        "remove it, or put the whole text in quotes",
    ),
    (
        "quoted scalar, found",
        "`\\` stands before something that has no meaning there",
        "write `\\\\`, or use single quotes",
    ),
    ("hexadecimal", "`\\x`, `\\u` and `\\U` need hexadecimal digits behind them", "write `\\\\`, or use single quotes"),
    ("double-quoted", "something stands behind the closing quote", "remove it, or put it within the quotes"),
    (
        "quoted scalar",
        "a quoted text is never closed, or its next line is not indented",
        "close it with the quote that it begins with",
    ),
    (
        "mapping values",
        "a field cannot begin here",
        "put the field into a line of its own, or a text that has `: ` in quotes",
    ),
    ("mapping keys", "a field cannot begin here", "put it into a line of its own"),
    (
        "':' indicator",
        "a field cannot begin here",
        "put the field into a line of its own, or a text that has `:` in quotes",
    ),
    ("simple key", "this is no field: it has no `: ` behind its name", "write it as `name: value`, in one line"),
    ("a block mapping", "the line is indented otherwise than the fields above it", "indent it as they are"),
    ("a block collection", "the line is indented otherwise than the items above it", "indent it as they are"),
    (
        "block sequence",
        "an item of a list cannot begin here",
        "put the list into lines of its own, or the whole text in quotes",
    ),
    (
        "block scalar",
        "the text behind `|` or `>` is not written as YAML wants it",
        "begin it in the next line, indented further",
    ),
    ("indent", "the line is not indented as what it belongs to", "indent it as its neighbours are"),
    ("unknown anchor", "the alias (`*name`) stands for no value above it", "write the value out"),
    ("anchor", "the name behind `&` or `*` is not one, or is there twice", QUOTES),
    ("comment", "a comment needs a space before its `#`", "write a space before `#`, or put the whole text in quotes"),
    ("tag", "a text cannot begin with `!`", QUOTES),
    ("TAG", "a line cannot begin with `%`", QUOTES),
    ("directive", "a line cannot begin with `%`", QUOTES),
    ("document", "something stands behind the end of the document", "write one document into a file, without `...`"),
];

/// The meaning of a message of the parser. `unclosed`: a bracket is open since a line above, that of a list or of fields.
pub(super) fn meaning(parsers: &str, unclosed: Option<bool>) -> Meaning {
    if parsers.contains("recursion limit") {
        return TOO_DEEP;
    }
    let parsers = match unclosed {
        Some(true) => "a flow sequence",
        Some(false) => "a flow mapping",
        None => parsers,
    };
    let known = MEANINGS.iter().find(|(part, ..)| parsers.contains(part));
    let unknown = &("", "this is not valid YAML", "put a text with special characters in quotes");
    let (_, message, advice) = known.unwrap_or(unknown);
    Meaning { rule: "syntax", message, advice }
}

/// Said of values within values within values.
pub(super) const TOO_DEEP: Meaning = Meaning {
    rule: "nesting",
    message: "values are nested more than 64 deep",
    advice: "remove brackets: no file needs so many levels",
};

#[cfg(test)]
mod tests {
    use super::super::marked;

    #[track_caller]
    fn said(text: &str) -> (String, String) {
        let broken = marked::parse(text).unwrap_err();
        (broken.message.clone(), broken.advice.unwrap_or_default().to_owned())
    }

    #[test]
    fn what_the_parser_says_is_said_in_plain_words() {
        for (text, message, advice) in [
            ("a:\n\tb: 1", "a tab", "spaces"),
            ("a: 'x\nb: 1\n", "quoted text is never closed", "close it"),
            ("a: \"x\nb: 1\n", "quoted text is never closed", "close it"),
            ("a: [x, y\nb: 1\n", "`[` is not closed", "`]`"),
            ("a: {x: y\nb: 1\n", "`{` are not closed", "`}`"),
            ("a: x]\nb: ]\n", "never opened", "remove it"),
            ("a: \"\\q\"", "`\\`", "single quotes"),
            ("a: \"x\" y", "closing quote", "remove it"),
            ("a: b: c", "a field cannot begin here", "quotes"),
            ("a: 1\nb\nc: 2", "no `: ` behind its name", "name: value"),
            ("a: 1\n  b: 2", "field", "line"),
            ("a: - b", "item of a list", "lines of its own"),
            ("a: *b", "stands for no value", "write the value out"),
            ("a: @b", "not valid YAML", "quotes"),
            ("a: %b\n%c", "begin with `%`", "quotes"),
        ] {
            let (what, instead) = said(text);
            assert!(what.contains(message) && instead.contains(advice), "{text:?}: {what} / {instead}");
        }
    }

    #[test]
    fn deep_nesting_is_one_problem_whoever_sees_it_first() {
        for text in
            ["[".repeat(65), "[".repeat(1000), "{a: ".repeat(100), format!("{}{}", "[".repeat(80), "]".repeat(80))]
        {
            assert_eq!(said(&text).0, super::TOO_DEEP.message, "{text}");
        }
    }
}
