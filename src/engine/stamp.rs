//! What the spec adds to every file at the target: metadata from the document's fields, and the storage class.

use crate::catalogs::{KeyParts, TargetTemplate, TemplateError};
use crate::model::failure::Failure;
use crate::model::spec::Target;
use crate::stores::Carried;

/// `target.metadata` and `target.storageClass`.
pub struct Stamp {
    metadata: Vec<(String, TargetTemplate)>,
    storage_class: Option<String>,
}

impl Stamp {
    /// Prepares it; `known` are the fields that the catalog tells.
    ///
    /// # Errors
    /// The first template that is wrong.
    pub fn new(target: &Target, known: &[&str]) -> Result<Self, TemplateError> {
        let template = |(name, text): (&String, &String)| {
            TargetTemplate::parse(text, known).map(|template| (name.to_ascii_lowercase(), template))
        };
        let metadata = target.metadata.iter().map(template).collect::<Result<_, _>>()?;
        Ok(Self { metadata, storage_class: target.storage_class.clone() })
    }

    /// The metadata of one file.
    ///
    /// # Errors
    /// The file's failure: a field that a template needs is missing.
    pub fn metadata(&self, parts: &KeyParts<'_>) -> Result<Vec<(String, String)>, Failure> {
        self.metadata.iter().map(|(name, template)| Ok((name.clone(), template.render_text(parts)?))).collect()
    }

    /// Adds to what travels along with a file. A document whose metadata cannot be told was refused before.
    pub fn add(&self, carried: &mut Carried, parts: &KeyParts<'_>) {
        carried.metadata.extend(self.metadata(parts).unwrap_or_default());
        carried.storage_class.clone_from(&self.storage_class);
    }
}
