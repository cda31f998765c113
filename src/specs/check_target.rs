//! What may be asked of the objects at a target: names of metadata, storage classes.

use super::check::Check;
use crate::model::config::{ChecksumAbility, Config, StoreConfig};
use crate::model::spec::{Source, Tags, Target, Verify};
use crate::model::store_kind::StoreKind;

impl Check<'_> {
    /// Metadata and storage class. Without a config, what depends on the kind of store is not looked at.
    pub(super) fn objects(&mut self, target: &Target, config: Option<&Config>, verify: Option<Verify>) {
        let store = config.and_then(|config| config.stores.get(&target.store));
        let kind = store.and_then(|store| StoreKind::of(&store.url));
        for name in target.metadata.keys() {
            if let Some(reason) = bad_name(name, kind) {
                self.say("metadata", &["spec", "target", "metadata", name], format!("{name:?}: {reason}"), None);
            }
        }
        if matches!(kind, Some(StoreKind::File)) && !target.metadata.is_empty() {
            let message = "a folder has no metadata of files".to_owned();
            self.say("metadata", &["spec", "target", "metadata"], message, Some("remove it".to_owned()));
        }
        let Some(class) = &target.storage_class else { return };
        if let Some(reason) = bad_class(class, store, kind, verify) {
            self.say("storage-class", &["spec", "target", "storageClass"], reason, None);
        }
    }
}

impl Check<'_> {
    /// Tags go from S3 to S3.
    pub(super) fn tags(&mut self, source: Option<&Source>, target: Option<&Target>, config: &Config) {
        let asked = target.filter(|target| target.tags == Tags::Carry);
        let names = [source.map(|source| &source.store), asked.map(|target| &target.store)];
        let stores = names.map(|name| config.stores.get(name.filter(|_| asked.is_some())?));
        let other = |store: &StoreConfig| StoreKind::of(&store.url).filter(|kind| *kind != StoreKind::S3);
        if let Some(kind) = stores.into_iter().flatten().find_map(other) {
            let message = format!("tags are carried from S3 to S3, and one of the two is {}", kind.name());
            self.say("tags", &["spec", "target", "tags"], message, Some("remove it".to_owned()));
        }
    }
}

/// Why a name is none for metadata. It stands in a header, and Azure wants identifiers.
fn bad_name(name: &str, kind: Option<StoreKind>) -> Option<&'static str> {
    let plain = |also: &[u8]| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte));
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if kind == Some(StoreKind::Azure) {
        let sound = begins && plain(b"_");
        return (!sound).then_some("names of metadata at Azure have letters, digits and '_', a letter first");
    }
    (!begins || !plain(b"-_")).then_some("names of metadata have letters, digits, '-' and '_', a letter first")
}

/// Classes that cannot be read at once.
const ASLEEP: [&str; 3] = ["ARCHIVE", "DEEP_ARCHIVE", "GLACIER"];

fn bad_class(
    class: &str,
    store: Option<&StoreConfig>,
    kind: Option<StoreKind>,
    verify: Option<Verify>,
) -> Option<String> {
    if class.is_empty() || !class.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Some(format!("{class:?} is no storage class; one is a word such as STANDARD_IA or Cool"));
    }
    let kind = kind?;
    if matches!(kind, StoreKind::File | StoreKind::Memory) {
        return Some(format!("{} has no storage classes; remove it", kind.name()));
    }
    let asleep = ASLEEP.iter().any(|name| name.eq_ignore_ascii_case(class)) && kind != StoreKind::Gcs;
    let proven_at_once = verify != Some(Verify::ReadBack) && kind == StoreKind::S3 && store.is_some_and(verifies);
    (asleep && !proven_at_once && verify != Some(Verify::Size)).then(|| {
        format!("what is written to {class} cannot be read back for proof; move it there later, by a rule of the store")
    })
}

/// Whether an S3 store is relied on for checksums.
fn verifies(store: &StoreConfig) -> bool {
    match store.checksum {
        Some(checksum) => checksum == ChecksumAbility::Sha256,
        None => store.endpoint.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_store_takes() {
        for (name, kind, sound) in [
            ("image-number", None, true),
            ("image-number", Some(StoreKind::S3), true),
            ("image-number", Some(StoreKind::Azure), false),
            ("image_number", Some(StoreKind::Azure), true),
            ("影像", None, false),
            ("a b", None, false),
            ("", None, false),
            ("7", None, false),
        ] {
            assert_eq!(bad_name(name, kind).is_none(), sound, "{name} {kind:?}");
        }
    }

    #[test]
    fn classes_that_cannot_be_read_back_need_a_store_that_verifies() {
        let amazon = StoreConfig::at("s3://b");
        let other = StoreConfig { endpoint: Some("https://h".to_owned()), ..StoreConfig::at("s3://b") };
        let azure = StoreConfig::at("az://c");
        for (class, store, verify, sound) in [
            ("STANDARD_IA", &other, Verify::Checksum, true),
            ("DEEP_ARCHIVE", &amazon, Verify::Checksum, true),
            ("DEEP_ARCHIVE", &amazon, Verify::ReadBack, false),
            ("GLACIER", &other, Verify::Checksum, false),
            ("Archive", &azure, Verify::Checksum, false),
            ("Archive", &azure, Verify::Size, true),
            ("Cool", &azure, Verify::ReadBack, true),
            ("two words", &amazon, Verify::Checksum, false),
        ] {
            let reason = bad_class(class, Some(store), StoreKind::of(&store.url), Some(verify));
            assert_eq!(reason.is_none(), sound, "{class} {verify:?}: {reason:?}");
        }
        assert!(bad_class("Cool", None, Some(StoreKind::File), None).is_some());
        assert!(bad_class("Cool", None, None, None).is_none());
    }
}
