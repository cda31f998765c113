//! What is wrong with a template, and where in it.

/// One problem of a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// Where it starts: bytes from the start of the template.
    pub offset: usize,
    /// How many bytes of the template it is about; 0 in an empty one.
    pub length: usize,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to write instead.
    pub suggestion: Option<String>,
}

impl TemplateError {
    pub(super) fn new(offset: usize, length: usize, message: impl Into<String>) -> Self {
        Self { offset, length, message: message.into(), suggestion: None }
    }

    pub(super) fn suggest(self, suggestion: impl Into<String>) -> Self {
        Self { suggestion: Some(suggestion.into()), ..self }
    }
}
