//! `patrol init`: a new ledger.

use std::path::Path;

use patrol_app::{App, AppError};
use patrol_ledger::StoreError;
use patrol_token::{Prefix, PrefixError};
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint, shown};

/// How tokens begin where nobody chose anything else.
const DEFAULT_PREFIX: &str = "acme_pat";

/// Create a ledger
///
/// Makes the database file and, beside it, the key that signs the log's checkpoints. Nothing is
/// ever written over: if either file exists, nothing happens and the exit code is 4. Only `init`
/// creates a ledger, `demo` in a directory of its own, and `restore` from a backup.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  patrol init --prefix acme_pat --origin log.acme.example/tokens")]
pub(crate) struct Args {
    /// How every token begins: a-z, 0-9 and _, 3 to 32 characters
    ///
    /// Choose one that nobody else has, such as your company and the kind of token: scanners
    /// everywhere find your tokens by it. More can be added later; none can be taken back.
    /// `acme_pat` unless said otherwise.
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<Prefix>,
    /// The log's name, unique to this ledger: a schema-less URL
    ///
    /// It stands in checkpoints and proofs. Without it the ledger gets a random one under
    /// patrol.invalid.
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    ledger: &'a str,
    prefix: &'a str,
    origin: &'a str,
    position: u64,
    verifier_key: &'a str,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let path = cx.settings.ledger.path()?;
    make_directory(path)?;
    let prefix = args.prefix.clone().map_or_else(|| DEFAULT_PREFIX.parse(), Ok);
    let prefix = prefix.map_err(|why: PrefixError| CliError::usage(why.to_string()))?;
    let app = App::init(path, &prefix, args.origin.as_deref(), &cx.cli());
    let app = app.map_err(|error| match CliError::from(error.clone()) {
        refused if matches!(error, AppError::Store(StoreError::Exists(_))) => {
            refused.hint("go on with this ledger, or name another place with --ledger PATH")
        }
        refused => refused,
    })?;
    let row = app.info()?;
    let (origin, verifier_key) = (row.origin, row.verifier_key.as_str());
    let ledger = path.to_string_lossy();
    if cx.ui.is_json() {
        let prefix = prefix.as_str();
        let origin = &origin;
        cx.ui.json(&Answer { ledger: &ledger, prefix, origin, position: 0, verifier_key })?;
        return Ok(Exit::Yes);
    }
    cx.ui.print(&format!(
        "{} the ledger {}\n  prefix  {}\n  origin  {}\n  key     {}.key (keep it, apart from the ledger: the log is signed with it)\n  public  {} (the log's verifier key, for auditors; `patrol audit key` prints it)\n",
        paint(Look::Good, "created"),
        shown(&ledger),
        prefix,
        shown(&origin),
        shown(&ledger),
        shown(verifier_key),
    ))?;
    if let Some(folder) =
        path.parent().map(|folder| if folder == Path::new("") { Path::new(".") } else { folder })
        && patrol_scan::source::git::discover(folder).is_ok_and(|found| !found.is_bare)
    {
        cx.ui.warn(
            "the ledger and its key lie in a git work tree: keep them out of commits (.gitignore), \
             or put them elsewhere",
        );
    }
    if args.prefix.is_none() {
        cx.ui.note(&format!(
            "tokens begin with {prefix}, as no --prefix was given; to give new ones a prefix of your \
             own: patrol prefix add PREFIX"
        ));
    }
    cx.ui.note("next: patrol issue --owner you@example.com --name laptop --scope repo:read");
    Ok(Exit::Yes)
}

/// The default ledger's directory may not be there yet; it is made for its owner only.
fn make_directory(path: &Path) -> Result<(), CliError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) else {
        return Ok(());
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(|error| {
        CliError::io(format!("the directory {} cannot be made", directory.display()), &error)
            .hint("name another place with --ledger")
    })
}
