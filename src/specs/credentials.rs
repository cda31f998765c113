//! Credentials, from where the config says that they are. Errors name the variable or file, never what it holds.

use std::fs;

use super::config::ConfigError;
use super::keys;
use crate::model::config::{CredentialsFrom, SecretFrom};
use crate::model::credentials::Credentials;
use crate::model::store_kind::StoreKind;

/// Reads the credentials of a store of this kind. `environment` looks a variable up.
///
/// # Errors
/// What is missing, and where.
pub fn credentials(
    kind: StoreKind,
    from: &CredentialsFrom,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Credentials, ConfigError> {
    match (&from.env, &from.file) {
        (Some(prefix), None) => keys::from_environment(kind, prefix, environment),
        (None, Some(file)) => keys::from_file(kind, file),
        _ => Err(ConfigError::Credentials("credentials: name either `env: PREFIX_` or `file: PATH`".to_owned())),
    }
}

/// Reads the secret of `notify`. `environment` looks a variable up. White space at the end of a file does not count.
///
/// # Errors
/// What is missing, and where.
pub fn secret(from: &SecretFrom, environment: &dyn Fn(&str) -> Option<String>) -> Result<Vec<u8>, ConfigError> {
    let wrong = |what: String| ConfigError::Credentials(format!("notify.secret: {what}"));
    match (&from.env, &from.file) {
        (Some(variable), None) => match environment(variable) {
            Some(value) if !value.is_empty() => Ok(value.into_bytes()),
            _ => Err(wrong(format!("the environment variable {variable} is not set"))),
        },
        (None, Some(file)) => {
            let name = file.display();
            let bytes = fs::read(file).map_err(|error| wrong(format!("file {name} cannot be read: {error}")))?;
            let value = bytes.trim_ascii_end();
            if value.is_empty() { Err(wrong(format!("file {name} is empty"))) } else { Ok(value.to_owned()) }
        }
        _ => Err(wrong("name either `env: VARIABLE` or `file: PATH`".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_a_variable_or_a_file_and_never_empty() {
        let from = |env: Option<&str>, file: Option<&std::path::Path>| SecretFrom {
            env: env.map(str::to_owned),
            file: file.map(std::path::Path::to_owned),
        };
        let all = |name: &str| Some(if name == "EMPTY" { String::new() } else { format!("value of {name}") });
        assert_eq!(secret(&from(Some("KEY"), None), &all).unwrap(), b"value of KEY");
        let error = secret(&from(Some("EMPTY"), None), &all).unwrap_err().to_string();
        assert!(error.contains("EMPTY"), "{error}");
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b" key\xff \n\n").unwrap();
        assert_eq!(secret(&from(None, Some(file.path())), &all).unwrap(), b" key\xff");
        fs::write(file.path(), "\n").unwrap();
        assert!(secret(&from(None, Some(file.path())), &all).unwrap_err().to_string().contains("is empty"));
        let gone = secret(&from(None, Some("/no/such/file".as_ref())), &all).unwrap_err().to_string();
        assert!(gone.contains("/no/such/file"), "{gone}");
        assert!(secret(&from(None, None), &all).is_err());
        assert!(secret(&from(Some("KEY"), Some(file.path())), &all).is_err());
    }
}
