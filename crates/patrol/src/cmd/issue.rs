//! `patrol issue`: a new token, shown once.

use patrol_app::NewToken;
use patrol_ledger::{Expiry, Scope};

use super::Context;
use super::token::{EXPIRY_HELP, expiry, hand_over};
use crate::error::{CliError, Exit};

/// Mint a token and show it, this once
///
/// The token goes to standard output; the ledger keeps only its digest. If it is lost, rotate or
/// revoke it: nobody can show it again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol issue --owner alice@example.com --name laptop --scope repo:read --scope repo:write
  patrol issue --owner ci --name deploy --scope 'deploy:*' --expires 7d --format json | jq -r .token")]
pub(crate) struct Args {
    /// Whose token it is; owners are compared exactly
    #[arg(long, value_name = "OWNER")]
    owner: String,
    /// What its owner calls it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What it may do: resource:action, resource:* or *; may be given more than once
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<Scope>,
    /// When it ends: a duration from now, an instant, or never; 90 days unless the policy differs
    #[arg(long, value_name = EXPIRY_HELP, value_parser = expiry)]
    expires: Option<Expiry>,
    /// What it is for, in a sentence
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    cx.ui.assure_heard()?;
    let app = cx.open_to_tell()?;
    let new = NewToken {
        owner: args.owner,
        name: args.name,
        description: args.description,
        scopes: args.scopes.into_iter().collect(),
        expires: args.expires.unwrap_or(Expiry::Default),
    };
    let minted = app.issue(&cx.cli(), new)?;
    hand_over(&minted, "issued", &app, cx)
}
