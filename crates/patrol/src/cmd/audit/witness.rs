//! `patrol audit witness`: others who vouch that they were shown the same log.

mod sync;

use patrol_ledger::tlog::note::{Algorithm, VerifierKey};
use patrol_ledger::{KnownWitness, counted};
use serde::Serialize;

use super::log::key;
use crate::cmd::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::shown;

/// Have outside witnesses cosign checkpoints
///
/// A witness cosigns a checkpoint only if it continues the last one it saw: with enough of them,
/// nobody can be shown another log unnoticed. The exchange is that of c2sp.org/tlog-witness.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  patrol audit witness add https://witness.example --key witness.example/w1+ddcdb559+BByV…
  patrol audit witness sync
  patrol audit witness policy > acme.policy"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Ask a witness from now on
    #[command(after_help = "\
Example:
  patrol audit witness add https://witness.example --key witness.example/w1+ddcdb559+BByV…")]
    Add {
        /// Where it takes checkpoints: its submission prefix
        #[arg(value_name = "URL")]
        url: String,
        /// Its verifier key, or a file that holds it
        #[arg(long, value_name = "KEY")]
        key: String,
    },
    /// Ask a witness no more; what it cosigned is kept
    #[command(after_help = "\
Example:
  patrol audit witness remove witness.example")]
    Remove {
        /// Its name, or its verifier key
        #[arg(value_name = "NAME|KEY")]
        which: String,
    },
    /// Show the witnesses, and what they cosigned
    #[command(after_help = "\
Example:
  patrol audit witness list")]
    List,
    /// Ask every witness to cosign the newest checkpoint
    #[command(after_help = "\
Example, in a crontab:
  7 * * * *  patrol audit witness sync --quiet")]
    Sync,
    /// Print a tlog-policy file: this log, its witnesses, and a majority of them
    #[command(after_help = "\
Example:
  patrol audit witness policy > acme.policy")]
    Policy,
}

#[derive(Serialize)]
struct Witnesses {
    witnesses: Vec<WitnessView>,
}

#[derive(Serialize)]
struct WitnessView {
    name: String,
    key: String,
    url: String,
    size: u64,
}

impl WitnessView {
    fn new(known: KnownWitness) -> Self {
        let name = known.key.split('+').next().unwrap_or_default().to_owned();
        Self { name, key: known.key, url: known.url, size: known.seen }
    }
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    match args.what {
        What::Add { url, key: text } => add(&url, &key(&text)?, cx),
        What::Remove { which } => remove(&which, cx),
        What::List => list(cx),
        What::Sync => sync::run(cx),
        What::Policy => policy(cx),
    }
}

/// Whether nobody on the way can read or change what is asked at this address.
fn is_private(url: &str) -> bool {
    let rest = url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or(rest));
    match rest {
        // Exactly these hosts: `localhost.example.com` is elsewhere, and so is `localhost@example.com`.
        Some(host) => ["127.0.0.1", "[::1]", "localhost"].iter().any(|local| {
            let port = host.strip_prefix(local).and_then(|end| match end {
                "" => Some("0"),
                end => end.strip_prefix(':'),
            });
            port.is_some_and(|port| port.parse::<u16>().is_ok())
        }),
        None => url.starts_with("https://"),
    }
}

fn add(url: &str, key: &VerifierKey, cx: &Context) -> Result<Exit, CliError> {
    if key.algorithm() != Algorithm::Cosignature {
        return Err(CliError::usage(
            "this key is a log's: a witness signs with a time (algorithm 0x04)",
        )
        .hint("ask the witness for its cosigning key"));
    }
    if !is_private(url) || url.contains(char::is_whitespace) || url.len() > 2048 {
        return Err(CliError::usage(
            "a witness is reached by https:// (or http:// on this machine)",
        ));
    }
    cx.open()?.ledger().put_witness(&key.to_string(), url.trim_end_matches('/'))?;
    list(cx)
}

fn remove(which: &str, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let known = app.ledger().reader()?.witnesses()?;
    let is_meant = |it: &&KnownWitness| it.key == which || it.key.split('+').next() == Some(which);
    let mut meant = known.iter().filter(is_meant);
    let hint = "`patrol audit witness list --format json` shows names and keys";
    let Some(one) = meant.next() else {
        return Err(CliError::new(Kind::Unknown, "no witness of this name or key").hint(hint));
    };
    if meant.next().is_some() {
        let message = "several witnesses have this name: give the key";
        return Err(CliError::new(Kind::Refused, message).hint(hint));
    }
    app.ledger().remove_witness(&one.key)?;
    list(cx)
}

fn list(cx: &Context) -> Result<Exit, CliError> {
    let known = cx.open()?.ledger().reader()?.witnesses()?;
    let witnesses: Vec<_> = known.into_iter().map(WitnessView::new).collect();
    if cx.ui.is_json() {
        cx.ui.json(&Witnesses { witnesses })?;
        return Ok(Exit::Yes);
    }
    for it in &witnesses {
        let size = match it.size {
            0 => "nothing cosigned yet".to_owned(),
            size => format!("cosigned up to {}", counted(size, "event")),
        };
        cx.ui.print(&format!("{}  {}  {size}\n", shown(&it.name), shown(&it.url)))?;
    }
    Ok(Exit::Yes)
}

/// The policy by which an outsider can go; how many witnesses to ask for is theirs to change.
fn policy(cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let reader = app.ledger().reader()?;
    let log = reader.ledger()?.verifier_key;
    let witnesses = reader.witnesses()?;
    let line = |(number, witness): (usize, &KnownWitness)| {
        format!("witness w{} {} {}\n", number + 1, witness.key, witness.url)
    };
    let lines: String = witnesses.iter().enumerate().map(line).collect();
    let names: Vec<_> = (1..=witnesses.len()).map(|number| format!("w{number}")).collect();
    let quorum = match names.len() {
        0 => "quorum none\n".to_owned(),
        n => format!("group witnesses {} {}\nquorum witnesses\n", n / 2 + 1, names.join(" ")),
    };
    let text = format!("log {log}\n{lines}{quorum}");
    match cx.ui.is_json() {
        true => cx.ui.json(&serde_json::json!({ "policy": text }))?,
        false => cx.ui.print(&text)?,
    }
    Ok(Exit::Yes)
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn only_this_machine_is_asked_in_plain() {
        for url in
            ["https://w.example", "http://127.0.0.1:80/x", "http://localhost", "http://[::1]:1/"]
        {
            assert!(is_private(url), "{url}");
        }
        for url in [
            "http://w.example",
            "http://localhost.evil.example",
            "http://127.0.0.1@evil.example",
            "http://127.0.0.1:80@evil.example/",
            "http://localhostevil.example",
            "ftp://localhost",
            "http://",
        ] {
            assert!(!is_private(url), "{url}");
        }
    }
}
