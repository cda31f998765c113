//! The command from its words to its bag.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cli::access::{Access, named, refused};
use crate::cli::exit::Exit;
use crate::cli::meter::{Figures, Meter};
use crate::cli::output::{out, tell};
use crate::cli::run::stop_on_signals;
use crate::cli::session::{self, fail};
use crate::engine::download::{
    About, Choice, Done, DownloadError, Downloader, Evidence, EvidenceError, Side, Walk, ready,
};
use crate::engine::limits::GlobalLimits;
use crate::engine::stop::Stop;
use crate::model::control::Request;
use crate::model::document::Role;
use crate::model::text::one_line;
use crate::model::units::Size;
use crate::model::view::BatchView;
use crate::reports::bag::Bag;
use crate::rules::reporting::count;

/// Download files of a batch with their proof, as a BagIt 1.0 bag
///
/// Every file is compared with its receipt on the way; one that differs is not put into the bag, which then is not finished. A
/// folder can be gone on with: what is there and right is kept. The evidence stands below `evidence/`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  batchferry download acme-expenses-2025-q1 --to /srv/handover/acme-q1
  batchferry download acme-expenses-2025-q1 --document IMG-000123 --role invoice --to invoice.zip

Exit codes: 0 the bag is whole, 1 a file is not in it, 3 could not tell, 130 interrupted.")]
pub struct DownloadArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// Only the document with this image number; may be given again
    #[arg(long = "document", value_name = "IMAGE")]
    documents: Vec<String>,
    /// Only files of this role
    #[arg(long, value_enum)]
    role: Option<RoleArg>,
    /// From where: what is at the target and proven, or every file as the source listed it
    #[arg(long, value_enum, default_value = "target")]
    from: SideArg,
    /// A new folder, or one in which the same download was begun, or a new file that ends in .zip
    #[arg(long, value_name = "DIR|FILE.zip")]
    to: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RoleArg {
    Cover,
    Invoice,
    Attachment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SideArg {
    Target,
    Source,
}

impl DownloadArgs {
    fn choice(&self) -> Choice {
        let side = match self.from {
            SideArg::Target => Side::Target,
            SideArg::Source => Side::Source,
        };
        let role = self.role.map(|role| match role {
            RoleArg::Cover => Role::Cover,
            RoleArg::Invoice => Role::Invoice,
            RoleArg::Attachment => Role::Attachment,
        });
        Choice { side, role }
    }

    /// Bytes of the files that are chosen, where the batch counts them.
    fn total(&self, batch: &BatchView) -> Option<u64> {
        let bytes = &batch.bytes;
        let all = match self.from {
            SideArg::Target => bytes.migrated + bytes.already_at_target,
            SideArg::Source => bytes.in_scope,
        };
        (self.documents.is_empty() && self.role.is_none()).then_some(all)
    }
}

/// Runs the command.
pub fn run(args: &DownloadArgs, config: Option<&Path>) -> Exit {
    download(args, config).unwrap_or_else(|exit| exit)
}

fn download(args: &DownloadArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let access = Access::open(&config)?;
    let batch = named(&args.name);
    let ask = |request: Request| access.try_ask(request);
    let about = About::new(&ask, &batch);
    let view = about.view().map_err(refused)?;
    let spec = about.spec().map_err(refused)?;
    let setup = ready(&config.config, &spec).map_err(refused)?;
    let mut documents = args.documents.clone();
    documents.sort();
    documents.dedup();
    let selection = args.choice().selection(view.batch_number.as_str(), &documents);
    let walk = Walk::new(about, documents).map_err(refused)?;
    let bag = Bag::open(&args.to, &selection).map_err(|error| fail(Exit::No, error))?;
    let limits = GlobalLimits::new(&config.config.limits);
    let stop = Stop::default();
    let filled = Downloader::new(setup, limits, args.choice(), bag, stop.clone());
    let total = args.total(&view);
    let filled = filled.map_err(failed).and_then(|downloader| fill(downloader, walk, &stop, total));
    let (mut bag, done) = filled?;
    if done.lacking_total > 0 {
        return Ok(lacking(bag, &done));
    }
    let evidence = Evidence { about, config: &config, spec: &spec, selection: &selection, made: Timestamp::now() };
    let info = evidence.write(&mut bag, &done).map_err(unproven)?;
    let (octets, files) = bag.oxum();
    bag.finish(info).map_err(|error| fail(Exit::CouldNotTell, error))?;
    let [documents, files] =
        [(done.documents, "document"), (files, "file")].map(|(n, one)| count(n, one, &format!("{one}s")));
    let kept = if done.kept > 0 { format!(", {} of them kept from before", done.kept) } else { String::new() };
    Ok(out(format_args!("{}: {documents}, {files}{kept}, {}\n", args.to.display(), Size(octets))))
}

/// Fills the bag, page by page, and shows how far it is; `total`: bytes in all, if that is known.
fn fill(mut downloader: Downloader, mut walk: Walk<'_>, stop: &Stop, total: Option<u64>) -> Result<(Bag, Done), Exit> {
    let runtime = session::runtime()?;
    let mut meter = runtime.block_on(async {
        stop_on_signals(stop.clone());
        Meter::new("downloaded", total)
    });
    let filled = downloader.filled();
    let figures = || {
        let (files, kept, read) = filled.figures();
        Figures { files, bytes: kept + read, read }
    };
    loop {
        let page = walk.page().map_err(refused)?;
        if page.is_empty() {
            return downloader.end().map_err(failed);
        }
        runtime.block_on(meter.during(figures, downloader.add(&page))).map_err(failed)?;
    }
}

fn failed(error: DownloadError) -> Exit {
    match error {
        DownloadError::Stopped => fail(Exit::Interrupted, error),
        error => fail(Exit::CouldNotTell, error),
    }
}

fn unproven(error: EvidenceError) -> Exit {
    match error {
        EvidenceError::Unanswered(refusal) => refused(refusal),
        error => fail(Exit::CouldNotTell, error),
    }
}

/// Names what the bag lacks, and leaves it unfinished.
fn lacking(bag: Bag, done: &Done) -> Exit {
    let files = count(done.lacking_total, "file is not", "files are not");
    let mut told = String::new();
    for lacking in &done.lacking {
        let (key, image) = (one_line(&lacking.key), one_line(lacking.image.as_str()));
        told.push_str(&format!("not in the bag: {key} ({image}): {}\n", one_line(&lacking.why)));
    }
    tell(&told);
    if let Err(error) = bag.abandon(&format!("{files} in it:\n{told}")) {
        tell(format_args!("error: {error}\n"));
    }
    fail(
        Exit::No,
        format_args!("the bag is not finished: {files} in it; `batchferry verify` looks at the whole target"),
    )
}
