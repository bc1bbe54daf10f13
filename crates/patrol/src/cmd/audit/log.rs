//! What the verbs about the log's own proof share: who signs, texts and keys from files, and how a
//! checkpoint is shown.

use std::io::Read as _;
use std::path::Path;

use patrol_app::App;
use patrol_ledger::tlog::checkpoint::{Checkpoint, Signed};
use patrol_ledger::tlog::note::VerifierKey;
use patrol_ledger::{By, SignError, counted, merkle};
use serde::Serialize;

use crate::cmd::Context;
use crate::error::{CliError, Kind};
use crate::ui::shown;

/// Who has something signed.
pub(super) fn by(cx: &Context) -> By {
    let caller = cx.cli();
    By { actor: caller.actor, via: caller.via, uid: caller.uid }
}

/// The log's newest checkpoint: signed now, if the key is at hand. Without the key, the last that
/// was signed, and a word about that. A key that is there and cannot be used is an error.
///
/// # Errors
/// When nothing can be signed and nothing was.
pub(super) fn newest(app: &App, cx: &Context) -> Result<Signed, CliError> {
    let mut newest = signed(app, cx)?;
    let size = newest.checkpoint.size;
    app.ledger().reader()?.add_endorsements(&mut newest.note, size)?;
    Ok(newest)
}

fn signed(app: &App, cx: &Context) -> Result<Signed, CliError> {
    match app.ledger().checkpoint(&by(cx)) {
        Ok(signed) => {
            let kept = app.ledger().latest_checkpoint()?;
            // The same, with the cosignatures it has got.
            Ok(kept.filter(|kept| kept.checkpoint == signed.checkpoint).unwrap_or(signed))
        }
        Err(error @ SignError::NoKey(_)) => {
            let Some(last) = app.ledger().latest_checkpoint()? else { return Err(error.into()) };
            let size = counted(last.checkpoint.size, "event");
            cx.ui.warn(&format!(
                "{error}: nothing is signed; this is the last checkpoint, of {size}"
            ));
            Ok(last)
        }
        Err(error) => Err(error.into()),
    }
}

/// A checkpoint in JSON.
#[derive(Serialize)]
pub(super) struct CheckpointView {
    origin: String,
    size: u64,
    root: String,
    checkpoint: String,
    cosigned_by: Vec<String>,
}

impl CheckpointView {
    pub(super) fn new(signed: &Signed) -> Self {
        let Checkpoint { origin, size, root, .. } = &signed.checkpoint;
        let others = signed.note.signatures().iter().filter(|line| line.name != *origin);
        Self {
            origin: origin.clone(),
            size: *size,
            root: merkle::hex(root),
            checkpoint: signed.note.to_string(),
            cosigned_by: others.map(|line| line.name.clone()).collect(),
        }
    }
}

/// Reads a small file, or standard input for `-`.
///
/// # Errors
/// When it cannot be read, or is longer than `max` bytes.
pub(super) fn read(path: &Path, max: u64) -> Result<Vec<u8>, CliError> {
    let name = path.to_string_lossy();
    let io = |error: std::io::Error| CliError::io(shown(&name), &error);
    let mut bytes = Vec::new();
    match path == Path::new("-") {
        true => std::io::stdin().lock().take(max + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(path).map_err(io)?.take(max + 1).read_to_end(&mut bytes),
    }
    .map_err(io)?;
    if bytes.len() as u64 > max {
        let message = format!("{}: longer than {max} bytes", shown(&name));
        return Err(CliError::new(Kind::Io, message).hint("is it the right file?"));
    }
    Ok(bytes)
}

/// Where a verifier key comes from.
const WHERE: &str = "--key takes the log's verifier key, one line, or a file that holds it; \
                     whoever has the ledger prints it with `patrol audit key`";

/// The longest file of a key, a checkpoint or a policy, in bytes.
pub(super) const SMALL: u64 = 1 << 20;

/// A verifier key, as its text or as a file that holds it.
///
/// # Errors
/// A usage error.
pub(super) fn key(argument: &str) -> Result<VerifierKey, CliError> {
    let text = match argument.matches('+').count() >= 2 {
        true => argument.to_owned(),
        false => {
            let path = Path::new(argument);
            if path != Path::new("-") && !path.exists() {
                let why = format!("{argument} is neither a verifier key nor a file that is there");
                return Err(CliError::new(Kind::Io, why).hint(WHERE));
            }
            let bytes = read(path, SMALL).map_err(|error| error.hint(WHERE))?;
            String::from_utf8_lossy(&bytes).trim().to_owned()
        }
    };
    if text.starts_with("PRIVATE+KEY+") {
        return Err(CliError::usage(
            "this is a signing key, which is a secret; verifying takes the other half",
        )
        .hint(WHERE));
    }
    VerifierKey::parse(&text).map_err(|why| {
        CliError::usage(format!("the key: {why}"))
            .hint("a verifier key is one line, like log.acme.example/tokens+1a2b3c4d+AW4i…")
    })
}
