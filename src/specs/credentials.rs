//! Credentials, from where the config says that they are. Errors name the variable or file, never what it holds.

use std::fs;

use super::config::ConfigError;
use crate::model::config::{Credentials, CredentialsFrom, SecretFrom};

/// Reads S3 credentials. `environment` looks a variable up.
///
/// # Errors
/// What is missing, and where.
pub fn credentials(
    from: &CredentialsFrom,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Credentials, ConfigError> {
    match (&from.env, &from.file) {
        (Some(prefix), None) => from_environment(prefix, environment),
        (None, Some(file)) => {
            let wrong = |what: &str| ConfigError::Credentials(format!("credentials file {}: {what}", file.display()));
            let text = fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
            // The parser's own message could repeat a part of the file.
            serde_yaml::from_str(&text).map_err(|_| {
                wrong("expected accessKeyId and secretAccessKey, and sessionToken where there is one, as JSON or YAML")
            })
        }
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

fn from_environment(prefix: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Credentials, ConfigError> {
    let need = |name: &str| {
        let variable = format!("{prefix}{name}");
        let value = environment(&variable).filter(|value| !value.is_empty());
        value.ok_or_else(|| {
            ConfigError::Credentials(format!("credentials: the environment variable {variable} is not set"))
        })
    };
    Ok(Credentials {
        access_key_id: need("ACCESS_KEY_ID")?,
        secret_access_key: need("SECRET_ACCESS_KEY")?,
        session_token: environment(&format!("{prefix}SESSION_TOKEN")).filter(|token| !token.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_env() -> CredentialsFrom {
        CredentialsFrom { env: Some("OLD_".to_owned()), file: None }
    }

    #[test]
    fn variables_are_read_by_prefix_and_a_missing_one_is_named() {
        let all = |name: &str| Some(format!("value of {name}"));
        assert_eq!(credentials(&from_env(), &all).unwrap().access_key_id, "value of OLD_ACCESS_KEY_ID");
        let no_secret = |name: &str| (name == "OLD_ACCESS_KEY_ID").then(|| "id".to_owned());
        let error = credentials(&from_env(), &no_secret).unwrap_err().to_string();
        assert!(error.contains("OLD_SECRET_ACCESS_KEY"), "{error}");
    }

    #[test]
    fn a_broken_file_is_named_and_its_content_is_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "accessKeyId: me\nsecretAccesKey: very-secret\n").unwrap();
        let from = CredentialsFrom { env: None, file: Some(file.path().to_owned()) };
        let error = credentials(&from, &|_| None).unwrap_err().to_string();
        assert!(error.contains(&file.path().display().to_string()) && !error.contains("very-secret"), "{error}");
        fs::write(file.path(), "{\"accessKeyId\": \"me\", \"secretAccessKey\": \"very-secret\"}").unwrap();
        assert!(!format!("{:?}", credentials(&from, &|_| None).unwrap()).contains("very-secret"));
    }

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
