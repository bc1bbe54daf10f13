//! `patrol scope`: what a token may do.

use patrol_ledger::{Command, Scope};

use super::Context;
use crate::error::{CliError, Exit};

/// Change what a token may do
///
/// --set counts first, if it is given, then --add, then --remove. A scope is written resource:action,
/// resource:* or *.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol scope 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --add repo:write
  patrol scope 01JD3KQ8Z5V7W2N9X4C6B8M0T1 --set repo:read --set 'issues:*'")]
pub(crate) struct Args {
    /// A token id, or - to read the id or the whole token from standard input
    #[arg(value_name = "TOKEN")]
    token: String,
    /// The scopes to have in place of all others; may be given more than once
    #[arg(long, value_name = "SCOPE", required_unless_present_any = ["add", "remove"])]
    set: Vec<Scope>,
    /// A scope to have as well; may be given more than once
    #[arg(long, value_name = "SCOPE")]
    add: Vec<Scope>,
    /// A scope to have no longer; may be given more than once
    #[arg(long, value_name = "SCOPE")]
    remove: Vec<Scope>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let set = (!args.set.is_empty()).then(|| args.set.into_iter().collect());
    let (add, remove) = (args.add.into_iter().collect(), args.remove.into_iter().collect());
    super::token::change(cx, &args.token, "scopes changed", |token| Command::Scope {
        token,
        set,
        add,
        remove,
    })
}
