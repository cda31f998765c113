//! Where a command's answers come from: the daemon that holds the ledger, or the ledger itself where there is none.

use std::path::Path;

use super::exit::Exit;
use super::output::out;
use super::session::{self, fail};
use crate::engine::answer::Answers;
use crate::engine::commands;
use crate::ledger::Ledger;
use crate::model::batch::BatchRecord;
use crate::model::control::{Refusal, RefusalKind, Reply, Request};
use crate::model::view::BatchView;
use crate::specs::{self, LoadedConfig};
use crate::web::{Client, ConnectError};

/// Whoever answers.
pub enum Access {
    /// A daemon, over its socket.
    Daemon(Client, tokio::runtime::Runtime),
    /// The ledger, opened by this process.
    Ledger(Box<Direct>),
}

/// The ledger, and what answers need besides.
pub struct Direct {
    ledger: Ledger,
    answers: Answers,
    config: LoadedConfig,
    runtime: tokio::runtime::Runtime,
}

impl Access {
    /// The daemon if one runs, else the ledger.
    ///
    /// # Errors
    /// How the command ends.
    pub fn open(config: &LoadedConfig) -> Result<Self, Exit> {
        if let Some(daemon) = Self::daemon(config)? {
            return Ok(daemon);
        }
        let ledger = session::ledger(config)?;
        let answers = Answers {
            reader: ledger.reader(),
            jobs: config.config.jobs.clone(),
            reports: config.config.reports.clone(),
        };
        let direct = Direct { ledger, answers, config: config.clone(), runtime: session::runtime()? };
        Ok(Self::Ledger(Box::new(direct)))
    }

    /// The daemon; `None`: none runs.
    ///
    /// # Errors
    /// How the command ends: one runs, and does not let us in.
    pub fn daemon(config: &LoadedConfig) -> Result<Option<Self>, Exit> {
        let runtime = session::runtime()?;
        match runtime.block_on(Client::connect(&config.config.state)) {
            Ok(client) => Ok(Some(Self::Daemon(client, runtime))),
            Err(ConnectError::NoDaemon(_)) => Ok(None),
            Err(error) => Err(fail(Exit::CouldNotTell, error)),
        }
    }

    /// Asks, and gives the answer or how the command ends after saying why there is none.
    ///
    /// # Errors
    /// How the command ends.
    pub fn ask(&self, request: Request) -> Result<Reply, Exit> {
        self.try_ask(request).map_err(refused)
    }

    /// Asks.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn try_ask(&self, request: Request) -> Result<Reply, Refusal> {
        match self {
            Self::Daemon(client, runtime) => runtime.block_on(client.ask(request)),
            Self::Ledger(direct) => match direct.answers.answer(&request) {
                Some(answer) => answer,
                None => direct.act(&request).map(|view| Reply::Batch(Box::new(view))),
            },
        }
    }

    /// One batch.
    ///
    /// # Errors
    /// How the command ends.
    pub fn batch(&self, name: &str) -> Result<BatchView, Exit> {
        match self.ask(Request::Batch { batch: name.to_owned() })? {
            Reply::Batch(view) => Ok(*view),
            _ => Err(unexpected()),
        }
    }
}

impl Direct {
    fn act(&self, request: &Request) -> Result<BatchView, Refusal> {
        let (operator, jobs) = (session::operator(), &self.answers.jobs);
        let acting = commands::obey(&self.ledger, jobs, request, operator, |batch| self.is_gone(batch));
        self.answers.view(&self.runtime.block_on(acting)?)
    }

    /// Whether no file of the jobs directory is the batch's spec, or claims its name.
    fn is_gone(&self, batch: &BatchRecord) -> Result<bool, Refusal> {
        let scan = specs::scan_jobs(&self.config.config.jobs, Some(&self.config.config))
            .map_err(|error| Refusal::new(RefusalKind::Unavailable, error))?;
        let is_there = scan.specs.iter().any(|spec| spec.file.metadata.name == batch.name)
            || scan.invalid.iter().any(|invalid| invalid.file == batch.spec.path);
        Ok(!is_there)
    }
}

/// Asks for something about one batch and says what came of it, in which `NAME` stands for the batch's.
pub fn command(config: Option<&Path>, request: Request, done: &str) -> Exit {
    let asked = session::config(config).and_then(|config| Access::open(&config)).and_then(|access| access.ask(request));
    match asked {
        Ok(Reply::Batch(view)) => {
            let done = done.replace("NAME", view.name.as_str());
            out(format_args!("{} ({}): {done}\n", view.name, view.batch_number))
        }
        Ok(_) => unexpected(),
        Err(exit) => exit,
    }
}

/// How a user's word for a batch is sent: a path that stands from here as a whole one, because others stand elsewhere.
pub fn named(wanted: &str) -> String {
    let path = Path::new(wanted);
    // The file of a batch may be gone; then its folder tells.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let is_from_here = path.is_file() || folder.is_some_and(Path::is_dir);
    match std::path::absolute(path) {
        Ok(whole) if is_from_here => specs::real_path(&whole).to_string_lossy().into_owned(),
        _ => wanted.to_owned(),
    }
}

/// The same as [`unexpected`], where the answer is one of many.
pub fn strange() -> Refusal {
    Refusal::new(RefusalKind::Unavailable, STRANGE)
}

const STRANGE: &str = "the daemon's answer is not understood; is it of another version than this command?";

/// An answer to another question than the one asked: the daemon is of another version.
pub fn unexpected() -> Exit {
    fail(Exit::CouldNotTell, STRANGE)
}

/// Says why there is no answer, and how the command ends.
pub fn refused(refusal: Refusal) -> Exit {
    fail(exit(refusal.kind), refusal)
}

fn exit(kind: RefusalKind) -> Exit {
    match kind {
        RefusalKind::NotFound | RefusalKind::Refused | RefusalKind::TooLarge => Exit::No,
        RefusalKind::Invalid => Exit::Usage,
        RefusalKind::Busy | RefusalKind::Unavailable => Exit::CouldNotTell,
    }
}
