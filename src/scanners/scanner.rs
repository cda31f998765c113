//! A scanner of the config, ready to be asked.

use bytes::Bytes;
use futures::Stream;
use tokio::time::timeout;

use super::verdict::Verdict;
use super::{clamd, command};
use crate::model::config::ScannerConfig;
use crate::model::units::Span;
use crate::rules::clamd::ClamdAddress;

/// Why a scanner cannot be used: the operator's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScannerError(String);

/// A scanner.
#[derive(Debug, Clone)]
pub struct Scanner {
    way: Way,
    timeout: Span,
}

#[derive(Debug, Clone)]
enum Way {
    Command(Vec<String>),
    Clamd(ClamdAddress),
}

impl Scanner {
    /// The scanner that the config describes; nothing is started or asked yet.
    ///
    /// # Errors
    /// It names no way of asking it, or two, or an address that is none.
    pub fn new(config: &ScannerConfig) -> Result<Self, ScannerError> {
        let way = match (&config.command, &config.clamd) {
            (Some(words), None) if !words.is_empty() => Way::Command(words.clone()),
            (None, Some(address)) => Way::Clamd(ClamdAddress::parse(address).map_err(ScannerError)?),
            _ => {
                return Err(ScannerError(
                    "a scanner has either `command: [program, …]` or `clamd: ADDRESS`".to_owned(),
                ));
            }
        };
        Ok(Self { way, timeout: config.timeout })
    }

    /// Shows a file to the scanner, piece by piece, and gives what it says. An error while the file is read is the answer, since
    /// nothing can be said of it then.
    ///
    /// # Errors
    /// Those of `pieces`.
    pub async fn scan<E>(&self, pieces: impl Stream<Item = Result<Bytes, E>> + Send) -> Result<Verdict, E> {
        let asked = async {
            match &self.way {
                Way::Command(words) => command::scan(words, pieces).await,
                Way::Clamd(address) => clamd::scan(address, pieces).await,
            }
        };
        match timeout(self.timeout.0, asked).await {
            Ok(answer) => answer,
            Err(_) => Ok(Verdict::Unscannable(format!("the scanner took longer than {}", self.timeout))),
        }
    }
}
