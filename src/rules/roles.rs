//! What a file is to its document.

use globset::GlobSet;

use crate::model::catalog::RoleGlobs;
use crate::model::document::Role;

use super::globs::{Against, GlobError, set};

/// A glob of `catalog.roles` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("roles.{role}: {error}")]
pub struct RoleError {
    /// The role that it stands under.
    pub role: Role,
    /// Which glob, and why.
    pub error: GlobError,
}

/// Globs on file names, by role.
#[derive(Debug, Clone)]
pub struct RoleRules {
    globs: Vec<(Role, GlobSet)>,
}

impl RoleRules {
    /// Compiles the globs.
    ///
    /// # Errors
    /// The first glob that cannot be read.
    pub fn new(globs: &RoleGlobs) -> Result<Self, RoleError> {
        let compile = |role: Role| {
            let globs = match role {
                Role::Cover => &globs.cover,
                Role::Invoice => &globs.invoice,
                Role::Attachment => &globs.attachment,
            };
            // Lower case on both sides: globset's own disregard of case knows ASCII alone.
            let lower: Vec<String> = globs.iter().map(|glob| glob.to_lowercase()).collect();
            set(&lower, Against::Text).map(|set| (role, set)).map_err(|error| RoleError { role, error })
        };
        Ok(Self { globs: Role::ALL.into_iter().map(compile).collect::<Result<_, _>>()? })
    }

    /// The role of a file, and the archive's own word for it where that is none of ours. Globs come before the word; what
    /// neither tells is an attachment.
    pub fn role(&self, file_name: &str, role_word: Option<&str>) -> (Role, Option<String>) {
        let lower = file_name.to_lowercase();
        if let Some((role, _)) = self.globs.iter().find(|(_, globs)| globs.is_match(&lower)) {
            return (*role, None);
        }
        let Some(word) = role_word else { return (Role::Attachment, None) };
        match word.to_lowercase().as_str() {
            "cover" | "封面" => (Role::Cover, None),
            "invoice" | "发票" => (Role::Invoice, None),
            "attachment" | "attach" | "附件" => (Role::Attachment, None),
            _ => (Role::Attachment, Some(word.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(cover: &[&str], invoice: &[&str], attachment: &[&str]) -> RoleRules {
        let texts = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        RoleRules::new(&RoleGlobs { cover: texts(cover), invoice: texts(invoice), attachment: texts(attachment) })
            .unwrap()
    }

    #[test]
    fn globs_come_before_the_word_and_disregard_case() {
        let rules = rules(&["COVER*", "封面*", "титул*"], &["inv*"], &["*"]);
        assert_eq!(rules.role("Cover-1.pdf", Some("invoice")), (Role::Cover, None));
        assert_eq!(rules.role("封面01.jpg", None), (Role::Cover, None));
        assert_eq!(rules.role("ТИТУЛ.jpg", None), (Role::Cover, None));
        assert_eq!(rules.role("INVOICE.pdf", None), (Role::Invoice, None));
        assert_eq!(rules.role("other.pdf", Some("cover")), (Role::Attachment, None));
    }

    #[test]
    fn the_first_role_whose_globs_match_is_taken() {
        assert_eq!(rules(&["*1*"], &["inv*"], &[]).role("inv-1.pdf", None), (Role::Cover, None));
    }

    #[test]
    fn the_word_decides_where_no_glob_does() {
        let rules = rules(&[], &[], &[]);
        for (word, role) in [
            ("cover", Role::Cover),
            ("Cover", Role::Cover),
            ("封面", Role::Cover),
            ("invoice", Role::Invoice),
            ("发票", Role::Invoice),
            ("attachment", Role::Attachment),
            ("attach", Role::Attachment),
            ("附件", Role::Attachment),
        ] {
            assert_eq!(rules.role("x.pdf", Some(word)), (role, None), "{word}");
        }
        assert_eq!(rules.role("x.pdf", Some("Photo")), (Role::Attachment, Some("Photo".to_owned())));
        assert_eq!(rules.role("x.pdf", None), (Role::Attachment, None));
    }

    #[test]
    fn a_wrong_glob_is_named_with_its_role() {
        let globs = RoleGlobs { invoice: vec!["[".to_owned()], ..RoleGlobs::default() };
        let error = RoleRules::new(&globs).unwrap_err();
        assert!(error.to_string().starts_with("roles.invoice: the glob \"[\""), "{error}");
    }
}
