//! What a spec says of catalogs besides keys: tables, sidecars, inventories.

use std::path::{Component, Path};

use jiff::tz::TimeZone;

use super::check::Check;
use super::locate::{echoed, nearest, write_instead};
use crate::catalogs::table::{Mapping, MappingError, layout};
use crate::catalogs::{PLACES, Zones};
use crate::model::catalog::{Catalog, Index, Sidecar};
use crate::model::config::Config;
use crate::model::ids::StoreName;
use crate::model::spec::Source;
use crate::rules::names::NameGlobs;

/// Where a catalog stands.
const CATALOG: [&str; 3] = ["spec", "source", "catalog"];
impl Check<'_> {
    /// Whether there is one catalog, and what is wrong with it, but for its template.
    pub(super) fn catalog(&mut self, catalog: &Catalog) {
        match (&catalog.index, &catalog.sidecar) {
            (Some(_), Some(_)) => {
                let message = "an index and sidecars stand side by side, and both tell the same fields";
                self.say("catalog", &at(&["sidecar"]), message, Some("remove one of them".to_owned()));
            }
            (None, None) if catalog.keys.is_none() => {
                let message = "nothing tells which document an object belongs to";
                self.say("catalog", &CATALOG, message, Some("add `keys`, `index` or `sidecar`".to_owned()));
            }
            (None, None) => {}
            (Some(index), None) => self.index(index, catalog.keys.is_some()),
            (None, Some(sidecar)) => self.sidecar(sidecar, catalog.keys.is_some()),
        }
    }

    fn index(&mut self, index: &Index, has_keys: bool) {
        self.place_of_index(index);
        let named: Vec<&str> = PLACES.into_iter().filter(|name| index.columns.contains_key(*name)).collect();
        match (named.as_slice(), has_keys) {
            ([], false) => {
                let message = "nothing tells which objects a row belongs to";
                let advice = "name the column of the object's `key` or of the document's `directory`, or add `keys` with `{imageNumber}` to the catalog";
                self.say("index-join", &at(&["index", "columns"]), message, Some(advice.to_owned()));
            }
            ([place], true) => {
                let message = format!("`{place}` says which objects a row belongs to, and so does `keys`");
                self.say("index-join", &at(&["keys"]), message, Some("remove one of them".to_owned()));
            }
            _ => {}
        }
        if let Err(errors) = Mapping::new(&index.columns, utc()) {
            self.mapping(&["index", "columns"], errors);
        }
        let name = index.object.as_deref().or(index.file.as_deref());
        if let Some(Err(message)) = name.map(|name| layout(name, index)) {
            self.say("index-format", &at(&["index"]), message, None);
        }
    }

    fn place_of_index(&mut self, index: &Index) {
        match (&index.object, &index.file) {
            (None, None) => {
                let message = "the index has no place";
                let advice = "name its key in a store as `object`, or its path beside the spec as `file`";
                self.say("index-place", &at(&["index"]), message, Some(advice.to_owned()));
            }
            (Some(_), Some(_)) => {
                let message = "the index stands in a store and beside the spec";
                self.say("index-place", &at(&["index", "file"]), message, Some("remove one of them".to_owned()));
            }
            (None, Some(file)) if !stays_below(file) => {
                let message = format!("{:?} leads out of the spec's directory", echoed("", file));
                let advice = "put the file into the spec's directory or below it";
                self.say("index-place", &at(&["index", "file"]), message, Some(advice.to_owned()));
            }
            (None, Some(_)) if index.store.is_some() => {
                let message = "a file beside the spec is in no store";
                self.say("index-place", &at(&["index", "store"]), message, Some("remove it".to_owned()));
            }
            _ => {}
        }
    }

    fn sidecar(&mut self, sidecar: &Sidecar, has_keys: bool) {
        if sidecar.files.is_empty() {
            let message = "no object is a sidecar";
            self.say(
                "sidecar",
                &at(&["sidecar", "files"]),
                message,
                Some("name them, such as `[\"*.xml\"]`".to_owned()),
            );
        }
        for (number, glob) in sidecar.files.iter().enumerate() {
            if let Err(error) = NameGlobs::new(std::slice::from_ref(glob)) {
                self.say("glob", &at(&["sidecar", "files", &number.to_string()]), error.to_string(), None);
            }
        }
        if !has_keys && !sidecar.fields.contains_key("imageNumber") {
            let message = "nothing tells the image number of a sidecar's document";
            let advice = "add `imageNumber` to `fields`, or `keys` with `{imageNumber}` to the catalog";
            self.say("sidecar", &at(&["sidecar", "fields"]), message, Some(advice.to_owned()));
        }
        if let Err(errors) = Mapping::of_sidecar(&sidecar.fields, utc()) {
            self.mapping(&["sidecar", "fields"], errors);
        }
    }

    fn mapping(&mut self, path: &[&str], errors: Vec<MappingError>) {
        for MappingError { field, message, suggestion } in errors {
            // A field that is missing altogether has no place of its own.
            let own = at(&[path, &[field.as_str()]].concat());
            let path = if self.tree.at(&own).is_some() { own } else { at(path) };
            let advice = Some(suggestion).filter(|advice| !advice.is_empty());
            self.say("column", &path, format!("`{field}`: {message}"), advice);
        }
    }

    /// Stores of tables that the config does not have.
    pub(super) fn stores_of_tables(&mut self, source: &Source, config: &Config) {
        let index = source.catalog.index.as_ref().and_then(|index| index.store.as_ref());
        let inventory = source.inventory.as_ref().and_then(|inventory| inventory.store.as_ref());
        let named: [(&[&str], Option<&StoreName>); 2] = [
            (&["spec", "source", "catalog", "index", "store"], index),
            (&["spec", "source", "inventory", "store"], inventory),
        ];
        for (path, name) in named.into_iter().filter_map(|(path, name)| Some((path, name?))) {
            if !config.stores.contains_key(name) {
                let known: Vec<&str> = config.stores.keys().map(StoreName::as_str).collect();
                let message = format!(
                    "store {:?} is not in the config, which names: {}",
                    echoed("", name.as_str()),
                    known.join(", ")
                );
                self.say("unknown-store", path, message, write_instead(nearest(name.as_str(), known)));
            }
        }
    }
}

fn at<'p>(below: &[&'p str]) -> Vec<&'p str> {
    [&CATALOG[..], below].concat()
}

fn stays_below(file: &str) -> bool {
    Path::new(file).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Zones matter to what dates say, and not to whether their forms are sound.
fn utc() -> Zones {
    Zones { catalog: TimeZone::UTC, range: TimeZone::UTC }
}
