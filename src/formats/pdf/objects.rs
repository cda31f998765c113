//! What a PDF is made of.

/// One object, owned: text is left out, since nothing is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    /// `null`, `true`, `false`, text.
    Other,
    /// A whole number or one with a fraction.
    Number(f64),
    /// `/Name`, without the slash.
    Name(Vec<u8>),
    /// `[…]`
    Array(Vec<Object>),
    /// `<<…>>`
    Dictionary(Dictionary),
    /// `12 0 R`, by its number.
    Reference(u32),
}

/// Names and their objects, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Dictionary(pub(super) Vec<(Vec<u8>, Object)>);

impl Dictionary {
    /// What stands under a name; of two the first.
    pub(super) fn get(&self, name: &[u8]) -> Option<&Object> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, object)| object)
    }

    /// Whether that is a name, and this one.
    pub(super) fn says(&self, name: &[u8], value: &[u8]) -> bool {
        matches!(self.get(name), Some(Object::Name(found)) if found == value)
    }
}

impl Object {
    pub(super) fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        if let Self::Dictionary(dictionary) = self { Some(dictionary) } else { None }
    }

    /// A whole number that is not negative.
    pub(super) fn whole(&self) -> Option<u32> {
        whole(self.number()?)
    }
}

/// A whole number that is not negative and fits.
pub(super) fn whole(number: f64) -> Option<u32> {
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and fits")]
    fits.then_some(number as u32)
}
