//! Paths into an XML document: names of elements, and an attribute at the end.

/// A path, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct XmlPath<'p> {
    elements: Vec<&'p str>,
    attribute: Option<&'p str>,
}

impl<'p> XmlPath<'p> {
    /// A path such as `Invoice/Header/Company`, `invoice.number` or `invoice.@number`.
    pub(super) fn new(path: &'p str) -> Self {
        let mut elements: Vec<&str> = path.split(['.', '/']).collect();
        let attribute = elements.last().and_then(|last| last.strip_prefix('@'));
        if attribute.is_some() {
            elements.pop();
        }
        Self { elements, attribute }
    }

    /// Whether it leads to an element that lies within these, the outermost first; that one may be left out of a path.
    pub(super) fn leads_to(&self, open: &[&str]) -> bool {
        let is_it = |open: &[&str]| open == self.elements.as_slice();
        is_it(open) || open.split_first().is_some_and(|(_, inner)| is_it(inner))
    }

    /// The attribute at its end.
    pub(super) fn attribute(&self) -> Option<&'p str> {
        self.attribute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_at_the_outermost_element_or_below_it() {
        let path = XmlPath::new("header.company");
        assert!(path.leads_to(&["header", "company"]));
        assert!(path.leads_to(&["invoice", "header", "company"]));
        assert!(!path.leads_to(&["a", "invoice", "header", "company"]));
        assert!(!path.leads_to(&["company"]));
        assert!(!path.leads_to(&[]));
    }

    #[test]
    fn an_attribute_stands_at_the_end() {
        let path = XmlPath::new("invoice/@number");
        assert_eq!(path.attribute(), Some("number"));
        assert!(path.leads_to(&["invoice"]) && path.leads_to(&["doc", "invoice"]));
        assert!(XmlPath::new("@number").leads_to(&["invoice"]), "of the outermost element");
    }
}
