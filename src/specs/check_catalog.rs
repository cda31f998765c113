//! What a spec says of keys: templates, globs, and checks that no document could ever pass.

use super::check::Check;
use super::check_checks::everywhere;
use super::locate::{nearest, suggest, write_instead};
use super::marked::Place;
use crate::catalogs::{self, TargetTemplate, TemplateError, is_field_of_file};
use crate::model::catalog::RoleGlobs;
use crate::model::checks::Checks;
use crate::model::spec::{CollectedRange, Filters, Source, Target};
use crate::rules::roles::RoleRules;
use crate::rules::selection::{Selector, check_glob};

/// Fields of documents that say nothing of their invoices.
const OF_MANY: [&str; 4] = ["organization", "documentType", "imageNumber", "collected"];

impl Check<'_> {
    /// The templates, and what the checks ask of their fields.
    pub(super) fn templates(&mut self, source: &Source, target: Option<&Target>, checks: Option<&Checks>) {
        let catalog = &source.catalog;
        match (catalogs::template(catalog), catalogs::fields(catalog)) {
            (Some(Err(error)), _) => {
                self.template(&["spec", "source", "catalog", "keys"], &error);
                self.target_templates(target, &mentioned(catalog.keys.as_deref().unwrap_or_default()));
            }
            (_, Some(fields)) => {
                let known: Vec<&str> = fields.iter().map(String::as_str).collect();
                self.target_templates(target, &known);
                for (path, checks) in checks.into_iter().flat_map(everywhere) {
                    self.required_fields(&path, checks, &known);
                    self.required_roles(&path, checks, &catalog.roles, &known);
                    self.invoice_field(&path, checks, &known);
                }
            }
            (_, None) => {}
        }
    }

    fn target_templates(&mut self, target: Option<&Target>, known: &[&str]) {
        let Some(target) = target else { return };
        if let Some(Err(error)) = target.key.as_deref().map(|text| TargetTemplate::parse(text, known)) {
            self.template(&["spec", "target", "key"], &error);
        }
        if let Some(Err(error)) = target.manifest.as_deref().map(|text| TargetTemplate::parse_manifest(text, known)) {
            self.template(&["spec", "target", "manifest"], &error);
        }
        for (name, text) in &target.metadata {
            if let Err(error) = TargetTemplate::parse(text, known) {
                self.template(&["spec", "target", "metadata", name], &error);
            }
        }
    }

    /// Marks the part of the template that is wrong; a quoted text starts one character later.
    fn template(&mut self, path: &[&str], error: &TemplateError) {
        let Some(node) = self.tree.at(path) else {
            return self.say("template", path, error.message.clone(), error.suggestion.clone());
        };
        let text = node.text().unwrap_or_default();
        let chars = |from: usize, to: usize| text.get(from..to).map_or(0, |part| part.chars().count());
        let quote = usize::from(node.place.length > text.chars().count());
        let column = node.place.column + quote + chars(0, error.offset);
        let length = chars(error.offset, error.offset + error.length).max(1);
        let place = Place { line: node.place.line, column, length };
        let problem = self.locator.problem("template", &path.join("."), place, error.message.clone());
        self.found.push(suggest(problem, error.suggestion.clone()));
    }

    fn required_fields(&mut self, at: &[&str], checks: &Checks, known: &[&str]) {
        let Some(required) = &checks.required_fields else { return };
        for (index, field) in required.fields.iter().enumerate() {
            let index = index.to_string();
            let path = [at, &["requiredFields", "fields", &index]].concat();
            if is_field_of_file(field) {
                let message = format!("{field:?} differs from file to file, so no document could have it");
                let advice = if field == "role" { "use `requiredRoles`" } else { "remove it" };
                self.say("required-field", &path, message, Some(advice.to_owned()));
            } else if !known.contains(&field.as_str()) {
                let message = format!("{field:?} is no field of the catalog, so no document could have it");
                self.say("required-field", &path, message, write_instead(nearest(field, known.iter().copied())));
            }
        }
    }

    /// A file without a word or a glob for its role is an attachment.
    fn required_roles(&mut self, at: &[&str], checks: &Checks, globs: &RoleGlobs, known: &[&str]) {
        let Some(required) = &checks.required_roles else { return };
        for (role, least, globs) in
            [("cover", required.cover, &globs.cover), ("invoice", required.invoice, &globs.invoice)]
        {
            if least > 0 && globs.is_empty() && !known.contains(&"role") {
                let message =
                    format!("`keys` has no `{{role}}` and `roles.{role}` no glob, so no document could have this role");
                let advice = format!("say in `source.catalog.roles.{role}` what these files are called");
                self.say("required-role", &[at, &["requiredRoles", role]].concat(), message, Some(advice));
            }
        }
    }

    /// Nothing is said of a field that the spec does not name: XML says its number itself.
    fn invoice_field(&mut self, at: &[&str], checks: &Checks, known: &[&str]) {
        let Some(field) = checks.duplicate_invoice.as_ref().and_then(|asked| asked.field.as_deref()) else { return };
        let path = [at, &["duplicateInvoice", "field"]].concat();
        if is_field_of_file(field) || OF_MANY.contains(&field) {
            let message = format!("{field:?} is not the number of an invoice");
            let advice = "name a field of your own, or remove it for `invoiceNumber`";
            self.say("invoice-field", &path, message, Some(advice.to_owned()));
        } else if !known.contains(&field) {
            let message = format!("{field:?} is no field of the catalog, so no document could have it");
            self.say("invoice-field", &path, message, write_instead(nearest(field, known.iter().copied())));
        }
    }

    pub(super) fn filters(&mut self, filters: &Filters, range: Option<&CollectedRange>) {
        let lists = [
            (&["organizations"][..], &filters.organizations),
            (&["documentTypes"], &filters.document_types),
            (&["files", "include"], &filters.files.include),
            (&["files", "exclude"], &filters.files.exclude),
        ];
        let wrong = lists.map(|(path, globs)| self.globs(&[&["spec", "filters"], path].concat(), globs));
        if wrong.contains(&true) {
            return;
        }
        // Globs that are sound one by one may still be too many.
        if let Some(Err(error)) = range.map(|range| Selector::new(filters, range)) {
            self.say("glob", &["spec", "filters"], error.to_string(), None);
        }
    }

    pub(super) fn roles(&mut self, roles: &RoleGlobs) {
        let lists = [("cover", &roles.cover), ("invoice", &roles.invoice), ("attachment", &roles.attachment)];
        let wrong = lists.map(|(role, globs)| self.globs(&["spec", "source", "catalog", "roles", role], globs));
        if wrong.contains(&true) {
            return;
        }
        if let Err(error) = RoleRules::new(roles) {
            self.say("glob", &["spec", "source", "catalog", "roles"], error.to_string(), None);
        }
    }

    /// Names each wrong glob of a list; `true`: there is one.
    fn globs(&mut self, path: &[&str], globs: &[String]) -> bool {
        let mut wrong = false;
        for (index, glob) in globs.iter().enumerate() {
            if let Err(error) = check_glob(glob) {
                self.say("glob", &[path, &[&index.to_string()]].concat(), error.to_string(), None);
                wrong = true;
            }
        }
        wrong
    }
}

/// Fields that a template seems to have which cannot be read, and those that it may have meant.
fn mentioned(keys: &str) -> Vec<&str> {
    let written = keys.split('{').skip(1).filter_map(|rest| rest.split(['}', ':', '/']).next());
    ["organization", "documentType", "documentNumber", "sequence"].into_iter().chain(written).collect()
}
