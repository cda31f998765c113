//! What every page has: its language, its address, and the words around what it shows.

use std::borrow::Borrow;

use jiff::Timestamp;

use super::{assets, language};
use crate::model::access::AccessRole;
use crate::model::config::Language;
use crate::model::units::Size;
use crate::reports::words::say;
use crate::rules::reporting;
use crate::web::access::Reader;
use crate::web::target::Target;

/// Which part of the pages one belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// Batches and what is in them.
    Batches,
    /// A batch in the making.
    New,
    /// Specs that are not accepted.
    Invalid,
    /// None: something that is not there.
    Nowhere,
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) language: Language,
    pub(super) section: Section,
    /// The address of the page, without its language.
    here: Target,
    /// Whom it is made for, where the config names someone.
    pub(super) reader: Option<Reader>,
    /// Where changes of what it shows are told, if they are.
    pub(super) events: Option<String>,
}

impl Frame {
    pub(super) fn new(language: Language, section: Section, here: Target) -> Self {
        Self { language, section, here, reader: None, events: None }
    }

    /// The frame of a page for someone.
    pub(super) fn made_for(self, reader: Option<Reader>) -> Self {
        Self { reader, ..self }
    }

    /// What a reader may do, in a word.
    pub(super) fn role(&self, reader: &Reader) -> &'static str {
        match reader.role {
            AccessRole::Viewer => self.say("viewer", "查看者"),
            AccessRole::Operator => self.say("operator", "操作人"),
        }
    }

    /// What forms of this page repeat that command something; `None`: its reader has none.
    pub(super) fn commands(&self) -> Option<&str> {
        self.reader.as_ref()?.commands()
    }

    /// Whether it is said that nothing can be done here.
    pub(super) fn is_read_only(&self) -> bool {
        self.section != Section::Nowhere && self.commands().is_none()
    }

    /// The frame of a page whose changes are told there.
    pub(super) fn renewed_from(self, events: Target) -> Self {
        Self { events: Some(events.into_text()), ..self }
    }

    /// The word of the page's language.
    pub(super) fn say(&self, english: &'static str, chinese: &'static str) -> &'static str {
        say(self.language, (english, chinese))
    }

    pub(super) fn tag(&self) -> &'static str {
        language::tag(self.language)
    }

    /// The tag of each language, what it calls itself, whether it is this page's, and the page in it.
    pub(super) fn languages(&self) -> [(&'static str, &'static str, bool, String); 2] {
        [(Language::English, "English"), (Language::Chinese, "中文")].map(|(other, name)| {
            let tag = language::tag(other);
            (tag, name, other == self.language, self.here.clone().with(language::NAME, Some(tag)).into_text())
        })
    }

    pub(super) fn style(&self) -> &'static str {
        assets::style_path()
    }

    pub(super) fn new_script(&self) -> &'static str {
        assets::new_script_path()
    }

    pub(super) fn script(&self) -> &'static str {
        assets::script_path()
    }

    pub(super) fn in_batches(&self) -> bool {
        self.section == Section::Batches
    }

    pub(super) fn in_new(&self) -> bool {
        self.section == Section::New
    }

    pub(super) fn in_invalid(&self) -> bool {
        self.section == Section::Invalid
    }

    /// A number with separators between thousands.
    pub(super) fn number(&self, value: impl Borrow<u64>) -> String {
        reporting::number(*value.borrow())
    }

    /// So many documents.
    pub(super) fn documents(&self, figure: impl Borrow<u64>) -> String {
        match self.language {
            Language::English => reporting::count(*figure.borrow(), "document", "documents"),
            Language::Chinese => format!("{} 份单据", self.number(figure)),
        }
    }

    /// A size for people.
    pub(super) fn size(&self, bytes: impl Borrow<u64>) -> String {
        Size(*bytes.borrow()).to_string()
    }

    /// A time for people, in UTC.
    pub(super) fn time(&self, at: &Timestamp) -> String {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// A time to the minute, in UTC.
    pub(super) fn minute(&self, at: &Timestamp) -> String {
        at.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// A time for machines.
    pub(super) fn instant(&self, at: &Timestamp) -> String {
        at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// The address of a batch's page.
pub(super) fn batch_at(number: &str) -> Target {
    Target::at("/batches").value(number)
}
