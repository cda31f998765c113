//! The credentials of each cloud, from variables or a file. Errors name the variable or file, never what it holds.

use std::fs;
use std::path::Path;

use serde_yaml::{Mapping, Value};

use super::config::ConfigError;
use crate::model::credentials::{AzureKeys, Credentials, S3Keys, ServiceAccount, WebUser};
use crate::model::store_kind::StoreKind;

/// Which cloud's credentials are told apart by: a field of a file, and what a variable has behind the prefix.
const SIGNS: [(StoreKind, &str, &str); 6] = [
    (StoreKind::S3, "accessKeyId", "ACCESS_KEY_ID"),
    (StoreKind::Azure, "accountKey", "ACCOUNT_KEY"),
    (StoreKind::Azure, "sasToken", "SAS_TOKEN"),
    (StoreKind::Gcs, "serviceAccount", "SERVICE_ACCOUNT"),
    (StoreKind::Gcs, "private_key", "SERVICE_ACCOUNT"),
    (StoreKind::Http, "password", "PASSWORD"),
];

/// Variables that start with `prefix`.
pub(super) fn from_environment(
    kind: StoreKind,
    prefix: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Credentials, ConfigError> {
    let read = |name: &str| environment(&format!("{prefix}{name}")).filter(|value| !value.is_empty());
    let wrong = |said: String| {
        let signs = SIGNS.iter().find(|(other, _, name)| *other != kind && read(name).is_some());
        let other = signs.map(|(other, _, name)| format!("; {prefix}{name} is set, for {}", other.name()));
        ConfigError::Credentials(format!("credentials of {}: {said}{}", kind.name(), other.unwrap_or_default()))
    };
    let need =
        |name: &str| read(name).ok_or_else(|| wrong(format!("the environment variable {prefix}{name} is not set")));
    match kind {
        StoreKind::S3 => Ok(Credentials::S3(S3Keys {
            access_key_id: need("ACCESS_KEY_ID")?,
            secret_access_key: need("SECRET_ACCESS_KEY")?,
            session_token: read("SESSION_TOKEN"),
        })),
        StoreKind::Azure => {
            let (account_key, sas_token) = (read("ACCOUNT_KEY"), read("SAS_TOKEN"));
            one_way_in(&account_key, &sas_token).map_err(|what| {
                wrong(format!("of the environment variables {prefix}ACCOUNT_KEY and {prefix}SAS_TOKEN {what}"))
            })?;
            Ok(Credentials::Azure(AzureKeys { account_name: read("ACCOUNT_NAME"), account_key, sas_token }))
        }
        StoreKind::Gcs => {
            let given = need("SERVICE_ACCOUNT")?;
            let key = key_text(&given, None).map_err(|said| wrong(format!("{prefix}SERVICE_ACCOUNT names {said}")))?;
            Ok(Credentials::Gcs(ServiceAccount { key }))
        }
        StoreKind::Http => Ok(Credentials::Http(WebUser { username: need("USERNAME")?, password: need("PASSWORD")? })),
        StoreKind::File | StoreKind::Memory => Err(wrong("it takes none".to_owned())),
    }
}

/// A file in JSON or YAML.
pub(super) fn from_file(kind: StoreKind, file: &Path) -> Result<Credentials, ConfigError> {
    let wrong = |what: &str| ConfigError::Credentials(format!("credentials file {}: {what}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    // The parser's own messages could repeat a part of the file.
    let fields: Mapping = serde_yaml::from_str(&text).map_err(|_| wrong(expected(kind)))?;
    let has = |name: &str| fields.contains_key(name);
    if let Some((other, name, _)) = SIGNS.iter().find(|(other, name, _)| *other != kind && has(name)) {
        return Err(wrong(&format!("it has {name}, which is for {}; {}", other.name(), expected(kind))));
    }
    let is_key_file = has("private_key");
    match kind {
        StoreKind::S3 => typed(fields).map(Credentials::S3).ok_or_else(|| wrong(expected(kind))),
        StoreKind::Azure => {
            let keys: AzureKeys = typed(fields).ok_or_else(|| wrong(expected(kind)))?;
            one_way_in(&keys.account_key, &keys.sas_token)
                .map_err(|what| wrong(&format!("of accountKey and sasToken {what}")))?;
            Ok(Credentials::Azure(keys))
        }
        StoreKind::Gcs if is_key_file => json(&Value::Mapping(fields)).ok_or_else(|| wrong(expected(kind))),
        StoreKind::Gcs => match fields.get("serviceAccount") {
            Some(Value::String(given)) if fields.len() == 1 => {
                let key =
                    key_text(given, file.parent()).map_err(|said| wrong(&format!("serviceAccount names {said}")))?;
                Ok(Credentials::Gcs(ServiceAccount { key }))
            }
            Some(key @ Value::Mapping(_)) if fields.len() == 1 => json(key).ok_or_else(|| wrong(expected(kind))),
            _ => Err(wrong(expected(kind))),
        },
        StoreKind::Http => typed(fields).map(Credentials::Http).ok_or_else(|| wrong(expected(kind))),
        StoreKind::File | StoreKind::Memory => Err(wrong(&format!("{} takes no credentials", kind.name()))),
    }
}

fn typed<T: serde::de::DeserializeOwned>(fields: Mapping) -> Option<T> {
    serde_yaml::from_value(Value::Mapping(fields)).ok()
}

/// A key as the JSON that Google gives out, which YAML may have been made of.
fn json(key: &Value) -> Option<Credentials> {
    Some(Credentials::Gcs(ServiceAccount { key: serde_json::to_string(key).ok()? }))
}

fn expected(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::S3 => {
            "expected accessKeyId and secretAccessKey, and sessionToken where there is one, as JSON or YAML"
        }
        StoreKind::Azure => "expected accountName, and accountKey or sasToken, as JSON or YAML",
        StoreKind::Gcs => "expected serviceAccount (a key or the path of its file), or the key file itself",
        StoreKind::Http => "expected username and password, as JSON or YAML",
        StoreKind::File | StoreKind::Memory => "no credentials are expected",
    }
}

/// The account's key or a signature, and not both.
fn one_way_in(key: &Option<String>, sas: &Option<String>) -> Result<(), &'static str> {
    match (key, sas) {
        (None, None) => Err("neither is there"),
        (Some(_), Some(_)) => Err("both are there; keep one"),
        _ => Ok(()),
    }
}

/// A service account's key: as it stands, or in the file that is named instead, from `base` on.
fn key_text(given: &str, base: Option<&Path>) -> Result<String, String> {
    if given.trim_start().starts_with('{') {
        return Ok(given.to_owned());
    }
    let path = base.unwrap_or(Path::new("")).join(given.trim());
    fs::read_to_string(&path).map_err(|error| format!("the file {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use StoreKind::{Azure, Gcs, S3};

    use super::*;

    fn variables(kind: StoreKind, set: &[(&str, &str)]) -> Result<Credentials, String> {
        let look = |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        from_environment(kind, "P_", &look).map_err(|error| error.to_string())
    }

    fn file(kind: StoreKind, text: &str) -> Result<Credentials, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        from_file(kind, file.path()).map_err(|error| {
            let said = error.to_string();
            assert!(said.contains(&file.path().display().to_string()) && !said.contains("very-secret"), "{said}");
            said
        })
    }

    #[test]
    fn variables_are_read_by_prefix_and_a_missing_one_is_named() {
        let s3 = variables(S3, &[("P_ACCESS_KEY_ID", "me"), ("P_SECRET_ACCESS_KEY", "s")]).unwrap();
        assert!(matches!(s3, Credentials::S3(keys) if keys.access_key_id == "me"));
        assert!(variables(S3, &[("P_ACCESS_KEY_ID", "me")]).unwrap_err().contains("P_SECRET_ACCESS_KEY"));
        let azure = variables(Azure, &[("P_ACCOUNT_NAME", "scans"), ("P_SAS_TOKEN", "sv=1")]).unwrap();
        assert!(matches!(azure, Credentials::Azure(keys) if keys.sas_token.as_deref() == Some("sv=1")));
        assert!(variables(Azure, &[("P_ACCOUNT_NAME", "scans")]).unwrap_err().contains("P_ACCOUNT_KEY"));
        let both = variables(Azure, &[("P_ACCOUNT_KEY", "k"), ("P_SAS_TOKEN", "t")]).unwrap_err();
        assert!(both.contains("keep one"), "{both}");
        let google = variables(Gcs, &[("P_SERVICE_ACCOUNT", "{\"client_email\": \"a@b\"}")]).unwrap();
        assert!(matches!(google, Credentials::Gcs(account) if account.key.contains("client_email")));
        assert!(variables(Gcs, &[("P_SERVICE_ACCOUNT", "/no/such.json")]).unwrap_err().contains("/no/such.json"));
    }

    #[test]
    fn credentials_of_another_cloud_are_called_so() {
        let error = variables(Azure, &[("P_ACCESS_KEY_ID", "me"), ("P_SECRET_ACCESS_KEY", "s")]).unwrap_err();
        assert!(
            error.contains("an Azure store") && error.contains("P_ACCESS_KEY_ID is set, for an S3 store"),
            "{error}"
        );
        let error = file(Azure, "accessKeyId: me\nsecretAccessKey: very-secret\n").unwrap_err();
        assert!(error.contains("accessKeyId, which is for an S3 store"), "{error}");
        let error = file(S3, "{\"type\": \"service_account\", \"private_key\": \"very-secret\"}").unwrap_err();
        assert!(error.contains("for a Google Cloud store"), "{error}");
        let error = file(Gcs, "accountName: scans\naccountKey: very-secret\n").unwrap_err();
        assert!(error.contains("for an Azure store"), "{error}");
    }

    #[test]
    fn a_broken_file_is_named_and_its_content_is_not() {
        for (kind, text) in [
            (S3, "accessKeyId: me\nsecretAccesKey: very-secret\n"),
            (S3, "very-secret"),
            (Azure, "accountName: scans\naccountKey: very-secret\nsasToken: very-secret\n"),
            (Azure, "accountName: scans\n"),
            (Gcs, "serviceAccount: [very-secret]\n"),
            (Gcs, "very-secret: x"),
        ] {
            assert!(file(kind, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_file_may_be_json_or_yaml_or_the_key_that_google_gives_out() {
        let s3 = file(S3, "{\"accessKeyId\": \"me\", \"secretAccessKey\": \"very-secret\"}").unwrap();
        assert!(!format!("{s3:?}").contains("very-secret"));
        let key = "{\"private_key\": \"very-secret\", \"client_email\": \"a@b\"}";
        for text in [key.to_owned(), format!("serviceAccount: '{key}'"), format!("serviceAccount: {key}")] {
            let Credentials::Gcs(account) = file(Gcs, &text).unwrap() else { panic!("another cloud's") };
            assert!(account.key.contains("client_email"), "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("key.json"), key).unwrap();
        fs::write(folder.path().join("google.yaml"), "serviceAccount: key.json\n").unwrap();
        let Credentials::Gcs(account) = from_file(Gcs, &folder.path().join("google.yaml")).unwrap() else { panic!() };
        assert_eq!(account.key, key);
    }
}
