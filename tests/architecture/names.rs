//! What a file names: every path of its imports, types, expressions and macros, made absolute.

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemExternCrate, ItemMod, ItemUse, Macro, Meta, UseTree};

/// A path that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Absolute: it starts with `crate`, or with what is an outside crate unless it is a local name.
    pub path: Vec<String>,
    /// It stands in an import, so its first name is no local one.
    pub imported: bool,
    /// It stands in code that only tests see.
    pub in_test: bool,
}

/// Everything that `source`, the file of `module`, names.
///
/// # Panics
/// If it is no Rust.
pub fn names(source: &str, module: &[String], in_test: bool) -> Vec<Named> {
    let file = syn::parse_file(source).expect("a source file is Rust");
    let mut collector = Collector { module: module.to_vec(), names: Vec::new(), in_test };
    collector.visit_file(&file);
    collector.names
}

struct Collector {
    module: Vec<String>,
    names: Vec<Named>,
    in_test: bool,
}

impl Collector {
    fn add(&mut self, path: &[String], imported: bool) {
        let path = self.absolute(path);
        self.names.push(Named { path, imported, in_test: self.in_test });
    }

    fn absolute(&self, path: &[String]) -> Vec<String> {
        let mut base = self.module.clone();
        let mut rest = path;
        let mut is_relative = false;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "self" => {}
                "super" => drop(base.pop()),
                "crate" | "$crate" | "batchferry" if !is_relative => base.clear(),
                _ => break,
            }
            (is_relative, rest) = (true, after);
        }
        if !is_relative {
            return path.to_vec();
        }
        ["crate".to_owned()].into_iter().chain(base).chain(rest.iter().cloned()).collect()
    }

    fn add_tree(&mut self, tree: &UseTree, prefix: &[String]) {
        let joined = |name: &str| [prefix, &[name.to_owned()]].concat();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &joined(&path.ident.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, prefix)),
            UseTree::Glob(_) => self.add(&joined("*"), true),
            UseTree::Name(name) => self.add_leaf(prefix, &name.ident.to_string()),
            UseTree::Rename(rename) => self.add_leaf(prefix, &rename.ident.to_string()),
        }
    }

    fn add_tokens(&mut self, tokens: &str) {
        for path in paths_in_tokens(tokens) {
            self.add(&path, false);
        }
    }

    /// `a::{self}` names `a`. A root that is imported whole could name anything below it.
    fn add_leaf(&mut self, prefix: &[String], name: &str) {
        let mut path = prefix.to_vec();
        if name != "self" || prefix.is_empty() {
            path.push(name.to_owned());
        }
        if self.absolute(&path) == ["crate"] {
            path.push("*".to_owned());
        }
        self.add(&path, true);
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        let outer = self.in_test;
        self.in_test |= attributes(item).iter().any(is_test_only);
        visit::visit_item(self, item);
        self.in_test = outer;
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_tree(&item.tree, &[]);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        self.add_leaf(&[], &item.ident.to_string());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names, false);
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.add_tokens(&list.tokens.to_string());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.add_tokens(&item.tokens.to_string());
        visit::visit_macro(self, item);
    }
}

/// The tokens of a macro or an attribute need not be Rust, but a path in them looks like one.
fn paths_in_tokens(tokens: &str) -> Vec<Vec<String>> {
    let close: String =
        tokens.split_whitespace().collect::<Vec<_>>().join(" ").replace(" :: ", "::").replace(":: ", "::");
    let words = close.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let paths = words.filter(|word| word.contains("::")).map(|word| word.trim_start_matches("::"));
    paths.map(|path| path.split("::").map(str::to_owned).collect()).collect()
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test_only(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
}
