//! `patrol verify`: is this token good, and good for this?

use patrol_app::Verdict;
use patrol_ledger::{Scope, Timestamp, Token};
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint, shown};
use crate::words;

/// Tell whether a token is active
///
/// The whole token comes from standard input, or from `PATROL_TOKEN` if that is set. Exit code 0:
/// active; 1: not, with the reason: malformed, unknown, revoked, expired, suspended or
/// `insufficient_scope`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol verify < token.txt
  PATROL_TOKEN=$API_TOKEN patrol verify --scope repo:read && echo welcome")]
pub(crate) struct Args {
    /// It must be good for this, too; may be given more than once
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<Scope>,
}

#[derive(Serialize)]
struct Active {
    active: bool,
    id: String,
    owner: Option<String>,
    name: Option<String>,
    scopes: Vec<String>,
    expires_at: Option<String>,
}

#[derive(Serialize)]
struct Inactive {
    active: bool,
    reason: &'static str,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let verdict = match &cx.settings.token {
        Some(token) => app.verify(token, &args.scopes)?,
        None => app.verify(&crate::input::line_or_junk(&cx.ui)?, &args.scopes)?,
    };
    match verdict {
        Verdict::Active(token) => {
            let owner = token.owner.text.clone();
            if cx.ui.is_json() {
                cx.ui.json(&Active {
                    active: true,
                    id: token.id.to_string(),
                    owner,
                    name: token.name.clone(),
                    scopes: token.scopes.iter().map(ToString::to_string).collect(),
                    expires_at: token.expires_at.map(|at| at.to_string()),
                })?;
            } else {
                cx.ui.print(&format!(
                    "{}  {} of {}, {}\n",
                    paint(Look::Good, "active"),
                    shown(token.name.as_deref().unwrap_or("a token")),
                    shown(owner.as_deref().unwrap_or("somebody forgotten")),
                    end(&token, app.now()?, cx.ui.is_verbose()),
                ))?;
            }
            // After the answer, which never waits for a write. What is not noted now is next time.
            if let Err(error) = app.note_use(&token) {
                tracing::debug!(%error, "the use was not noted");
            }
            Ok(Exit::Yes)
        }
        Verdict::Refused(reason) => {
            if cx.ui.is_json() {
                cx.ui.json(&Inactive { active: false, reason: reason.as_str() })?;
            } else {
                let line = format!("{}  {reason}\n", paint(Look::Error, "inactive"));
                cx.ui.print(&line)?;
            }
            Ok(Exit::No)
        }
    }
}

fn end(token: &Token, now: Timestamp, exact: bool) -> String {
    match words::token::end(token, now, exact) {
        never if never == "never" => "never ends".into(),
        at => format!("ends {at}"),
    }
}
