//! Values of a JSON object by their paths, as texts.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::csv_rows::too_long;
use super::row::MAX_CELL;
use super::words::shown;

/// Paths to values, taken apart. Of a name that an object has twice the last value counts, as for most readers.
pub(in crate::catalogs) struct JsonPaths {
    root: Step,
    paths: Vec<String>,
}

/// A name on a path.
#[derive(Default)]
struct Step {
    name: String,
    /// The path that ends here.
    path: Option<usize>,
    next: Vec<Self>,
}

impl JsonPaths {
    /// Paths whose names are parted by one of `separators`; a name of the outermost object may have them, too.
    pub(in crate::catalogs) fn new(paths: &[String], separators: &[char]) -> Self {
        let mut root = Step::default();
        for (index, path) in paths.iter().enumerate() {
            let mut step = &mut root;
            for name in path.split(separators) {
                step = step.to(name);
            }
            step.path = Some(index);
            root.to(path).path = Some(index);
        }
        Self { root, paths: paths.to_vec() }
    }

    /// The values of an object; `None`: it has none there, or null.
    ///
    /// # Errors
    /// What is no JSON object, and a list or an object where a value should be.
    pub(in crate::catalogs) fn read<'t>(&self, text: &'t str) -> Result<Vec<Option<Cow<'t, str>>>, String> {
        self.read_noting(text, |_| ())
    }

    /// The same; `there` is told of each path that leads somewhere, also to a null.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub(in crate::catalogs) fn read_noting<'t>(
        &self,
        text: &'t str,
        mut there: impl FnMut(usize),
    ) -> Result<Vec<Option<Cow<'t, str>>>, String> {
        let found = match text.trim_start().as_bytes().first() {
            Some(b'{') => None,
            Some(b'[') => Some("a list"),
            Some(b'"') => Some("a text"),
            Some(_) => Some("something else"),
            None => Some("nothing"),
        };
        if let Some(found) = found {
            return Err(format!("a JSON object is expected; found {found}"));
        }
        let mut raw = vec![None; self.paths.len()];
        collect(&self.root, text, &mut raw).map_err(|error| format!("it is not JSON: {error}"))?;
        raw.iter().enumerate().filter(|(_, raw)| raw.is_some()).for_each(|(index, _)| there(index));
        raw.into_iter().zip(&self.paths).map(|(raw, path)| value(raw.unwrap_or("null"), path)).collect()
    }
}

impl Step {
    fn to(&mut self, name: &str) -> &mut Self {
        let at = self.next.iter().position(|step| step.name == name).unwrap_or_else(|| {
            self.next.push(Self { name: name.to_owned(), ..Self::default() });
            self.next.len() - 1
        });
        &mut self.next[at]
    }
}

/// A value as a text: numbers and booleans as they are written.
fn value<'t>(raw: &'t str, path: &str) -> Result<Option<Cow<'t, str>>, String> {
    let text = match raw.as_bytes() {
        [b'n', ..] => return Ok(None),
        [b'{' | b'[', ..] => {
            return Err(format!(
                "`{}` holds an object or a list; a text, a number or a boolean is expected (an object's values have paths, such as `{}.name`)",
                shown(path),
                shown(path)
            ));
        }
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => Cow::Borrowed(&raw[1..raw.len() - 1]),
        [b'"', ..] => Cow::Owned(
            serde_json::from_str(raw).map_err(|error| format!("`{}` is not a text of JSON: {error}", shown(path)))?,
        ),
        _ => Cow::Borrowed(raw),
    };
    if text.len() > MAX_CELL { Err(too_long(path, text.len())) } else { Ok(Some(text)) }
}

fn collect<'t>(step: &Step, text: &'t str, raw: &mut [Option<&'t str>]) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(Collect { step, raw })?;
    deserializer.end()
}

struct Collect<'s, 'r, 't> {
    step: &'s Step,
    raw: &'r mut [Option<&'t str>],
}

impl<'t> Visitor<'t> for Collect<'_, '_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(known) = map.next_key_seed(Known(self.step))? {
            let Some(step) = known else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let text = map.next_value::<&'t RawValue>()?.get();
            if let Some(path) = step.path {
                self.raw[path] = Some(text);
            }
            if !step.next.is_empty() && text.starts_with('{') {
                // It has been found to be JSON, so that this cannot fail; nor is a path deep.
                collect(step, text, self.raw).map_err(serde::de::Error::custom)?;
            }
        }
        Ok(())
    }
}

/// The step to a name, if any path takes it.
struct Known<'s>(&'s Step);

impl<'s, 't> DeserializeSeed<'t> for Known<'s> {
    type Value = Option<&'s Step>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'s> Visitor<'_> for Known<'s> {
    type Value = Option<&'s Step>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.next.iter().find(|step| step.name == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(paths: &[&str], text: &str) -> Result<Vec<Option<String>>, String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let values = JsonPaths::new(&paths, &['.', '/']).read(text)?;
        Ok(values.into_iter().map(|value| value.map(Cow::into_owned)).collect())
    }

    fn some(texts: &[&str]) -> Result<Vec<Option<String>>, String> {
        Ok(texts.iter().map(|text| Some((*text).to_owned())).collect())
    }

    #[test]
    fn values_are_texts_as_they_are_written() {
        let text = r#"{"x":[1,{"y":2}],"a":"单\u636e\"","b":1.0,"c":123456789012345678901234567890,"d":true,"e":{"f":{"g":"in"}}}"#;
        let expected = some(&["单据\"", "1.0", "123456789012345678901234567890", "true", "in"]);
        assert_eq!(read(&["a", "b", "c", "d", "e.f/g"], text), expected);
    }

    #[test]
    fn nulls_and_what_is_not_there_are_absent() {
        assert_eq!(read(&["a", "b", "c.d", "e.f"], r#"{"a":null,"c":"x","e":{}}"#), Ok(vec![None; 4]));
    }

    #[test]
    fn of_a_doubled_name_the_last_counts_and_names_may_have_dots() {
        assert_eq!(read(&["a"], r#"{"a":1,"a":2}"#), some(&["2"]));
        assert_eq!(read(&["a.b"], r#"{"a.b":"dotted"}"#), some(&["dotted"]));
        assert_eq!(read(&["a", "b"], r#"{"\u0061":"x","b":"y"}"#), some(&["x", "y"]));
    }

    #[test]
    fn what_is_no_object_and_no_value_says_so() {
        for (text, about) in [
            ("[1]", "found a list"),
            ("\"a\"", "found a text"),
            ("1", "found something else"),
            ("", "found nothing"),
            ("{\"a\":1", "not JSON"),
            ("{\"a\":1} x", "not JSON"),
            ("{\"a\":{}}", "`a` holds an object"),
            ("{\"a\":[1]}", "`a` holds an object or a list"),
            ("{\"a\":\"\\ud800\"}", "`a` is not a text"),
        ] {
            let message = read(&["a"], text).unwrap_err();
            assert!(message.contains(about), "{text}: {message}");
        }
        let message = read(&["a"], &format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_CELL + 1))).unwrap_err();
        assert!(message.contains("65537 bytes"), "{message}");
        assert!(read(&["a"], &format!("{{\"b\":{}", "[".repeat(500_000))).is_err());
    }
}
