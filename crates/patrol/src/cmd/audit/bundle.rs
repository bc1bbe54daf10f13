//! `patrol audit bundle`: one file that proves what the log says of a token, an owner or a time.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use patrol_ledger::bundle::{Selection, make};
use patrol_ledger::{Timestamp, TokenQuery, counted};
use serde::Serialize;

use super::log::newest;
use super::prove::older;
use crate::cmd::Context;
use crate::error::{CliError, Exit, Kind};
use crate::input::Which;
use crate::ui::shown;

/// Write one file with events, their proofs and the signed checkpoint
///
/// The file is verified offline, by `patrol audit verify` or by other tools (see
/// docs/ledger-format.md). A bundle of a token proves also that nothing of it was left out. What
/// events say of persons is sealed: the bundle tells no names.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true).multiple(true),
    after_help = "\
Examples:
  patrol audit bundle 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --output token.bundle
  patrol audit bundle --owner alice@example.com --output alice.bundle
  patrol audit bundle --from 2026-01-01 --to 2026-04-01 --output q1.bundle"
)]
pub(crate) struct Args {
    /// The token's id, or - to read it from standard input
    #[arg(value_name = "TOKEN", group = "what", conflicts_with_all = ["owner", "from", "to"])]
    token: Option<String>,
    /// All tokens of this owner
    #[arg(long, value_name = "O", group = "what", conflicts_with_all = ["from", "to"])]
    owner: Option<String>,
    /// What was recorded from this instant on
    #[arg(long, value_name = "INSTANT", group = "what", requires = "to")]
    from: Option<Timestamp>,
    /// What was recorded before this instant
    #[arg(long, value_name = "INSTANT", group = "what", requires = "from")]
    to: Option<Timestamp>,
    /// Also prove that the log continues this older checkpoint (a file, or its size)
    #[arg(long, value_name = "OLD")]
    since: Vec<String>,
    /// The new file
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Serialize)]
struct Answer {
    file: String,
    size: u64,
    bytes: u64,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    super::span(args.from, args.to)?;
    let app = cx.open()?;
    let reader = app.ledger().reader()?;
    let selection = if let Some(token) = &args.token {
        let selector = Which::parse(token)?.selector(&app, &cx.ui)?;
        Selection::Token(app.token(&selector, None)?.id)
    } else if let Some(owner) = args.owner {
        let query = TokenQuery { owner: Some(owner), limit: usize::MAX, ..TokenQuery::default() };
        let (tokens, _) = reader.tokens(&query, app.now()?, None)?;
        if tokens.is_empty() {
            let message = "this owner has no tokens in this ledger";
            return Err(CliError::new(Kind::Unknown, message)
                .hint("owners are compared exactly; `patrol list --status all` shows them"));
        }
        Selection::Owner(tokens.iter().map(|token| token.id).collect())
    } else {
        Selection::Time(args.from.unwrap_or(Timestamp::EPOCH), args.to.unwrap_or(Timestamp::MAX))
    };
    if args.output.symlink_metadata().is_ok() {
        return Err(CliError::exists(&args.output));
    }
    let signed = newest(&app, cx)?;
    let since = args.since.iter().map(|old| older(&app, old, &signed.checkpoint));
    let since = since.collect::<Result<Vec<_>, _>>()?;
    let text = make(&reader, &signed, &selection, &since)?;
    write_new(&args.output, text.as_bytes())?;
    let (name, bytes) = (args.output.to_string_lossy().into_owned(), text.len() as u64);
    let size = signed.checkpoint.size;
    match cx.ui.is_json() {
        true => cx.ui.json(&Answer { file: name, size, bytes })?,
        false => cx.ui.print(&format!(
            "wrote {} ({bytes} bytes), proven under the checkpoint of {}; whoever verifies it needs the key that \
             `patrol audit key` prints\n",
            shown(&name),
            counted(size, "event")
        ))?,
    }
    Ok(Exit::Yes)
}

/// Writes a file that is not there, whole or not at all.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let name = path.to_string_lossy().into_owned();
    let io = |error: std::io::Error| CliError::io(shown(&name), &error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(io)?;
    file.persist_noclobber(path).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => CliError::exists(path),
        _ => io(error.error),
    })?;
    Ok(())
}
