//! The invoices that a file stands for: what its content says, and what its document's fields say.

use crate::model::checks::DuplicateInvoice;
use crate::model::document::{CatalogRecord, Fields};
use crate::model::facts::InvoiceId;

/// The field with the code of an invoice (发票代码) whose number a field has.
const CODE: &str = "invoiceCode";

/// The invoices of one file, each once. `read`: what its content says.
pub fn invoices(asked: &DuplicateInvoice, record: &CatalogRecord, read: Option<&InvoiceId>) -> Vec<InvoiceId> {
    let mut found: Vec<InvoiceId> = read.cloned().into_iter().collect();
    let told = field(&record.fields, asked.field())
        .map(|number| InvoiceId { code: field(&record.fields, CODE).map(str::to_owned), number: number.to_owned() });
    found.extend(told.filter(|told| read != Some(told)));
    found
}

fn field<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    let value = match name {
        "documentNumber" => fields.document_number.as_deref(),
        own => fields.extra.get(own).map(String::as_str),
    };
    value.map(str::trim).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{FieldOrigin, Role};
    use crate::model::ids::ImageNumber;

    fn record(fields: &[(&str, &str)]) -> CatalogRecord {
        let own = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        CatalogRecord {
            image_number: ImageNumber::new("IMG-1"),
            fields: Fields { document_number: Some("D-7".to_owned()), extra: own.collect(), ..Fields::default() },
            unreadable: Vec::new(),
            role: Role::Invoice,
            role_label: None,
            sequence: None,
            recognised: true,
            origin: FieldOrigin::default(),
            absent: false,
        }
    }

    fn id(code: Option<&str>, number: &str) -> InvoiceId {
        InvoiceId { code: code.map(str::to_owned), number: number.to_owned() }
    }

    #[test]
    fn an_invoice_is_told_by_its_content_and_by_a_field_with_its_code() {
        let asked = DuplicateInvoice::default();
        let digital = id(None, "25117000000012345678");
        assert_eq!(invoices(&asked, &record(&[]), Some(&digital)), std::slice::from_ref(&digital));
        let paper = record(&[("invoiceNumber", " 12345678 "), ("invoiceCode", "044")]);
        assert_eq!(invoices(&asked, &paper, None), [id(Some("044"), "12345678")]);
        assert_eq!(invoices(&asked, &paper, Some(&digital)), [digital.clone(), id(Some("044"), "12345678")]);
        let same = record(&[("invoiceNumber", "25117000000012345678")]);
        assert_eq!(invoices(&asked, &same, Some(&digital)), [digital], "said twice");
        assert_eq!(invoices(&asked, &record(&[("invoiceNumber", " ")]), None), []);
    }

    #[test]
    fn the_field_is_the_one_that_the_spec_names() {
        let asked = |field: &str| DuplicateInvoice { field: Some(field.to_owned()), ..DuplicateInvoice::default() };
        let record = record(&[("fp", "1"), ("invoiceNumber", "2")]);
        assert_eq!(invoices(&asked("fp"), &record, None), [id(None, "1")]);
        assert_eq!(invoices(&asked("documentNumber"), &record, None), [id(None, "D-7")]);
        assert_eq!(invoices(&asked("other"), &record, None), []);
    }

    #[test]
    fn numbers_of_different_codes_are_different_invoices() {
        let digests =
            [id(None, "12"), id(Some("1"), "2"), id(Some("2"), "2"), id(Some("12"), "")].map(|id| id.digest());
        let different: std::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(different.len(), 4);
    }
}
