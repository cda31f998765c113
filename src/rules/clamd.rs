//! Where ClamAV's daemon listens, as operators write it.

use std::path::PathBuf;

/// Where the daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClamdAddress {
    /// A socket in the file system.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

impl ClamdAddress {
    /// `unix:/path` or `host:port`.
    ///
    /// # Errors
    /// Why it is no address, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| path.starts_with('/')) {
            return Ok(Self::Unix(path.into()));
        }
        let port =
            text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse::<u16>().ok());
        match port {
            Some(_) if !text.starts_with("unix:") => Ok(Self::Tcp(text.to_owned())),
            _ => Err(format!("{text:?} is no address of clamd")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_paths_or_hosts_with_ports() {
        assert_eq!(ClamdAddress::parse("unix:/run/clamd"), Ok(ClamdAddress::Unix("/run/clamd".into())));
        assert_eq!(ClamdAddress::parse("[::1]:3310"), Ok(ClamdAddress::Tcp("[::1]:3310".to_owned())));
        for wrong in ["", "unix:run/clamd", "unix:3310", "clamd", ":3310", "host:port"] {
            assert!(ClamdAddress::parse(wrong).is_err(), "{wrong}");
        }
    }
}
