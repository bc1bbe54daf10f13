//! `patrol prefix`: how the ledger's tokens begin.

use clap::Subcommand;
use patrol_token::Prefix;
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint};

/// Add a prefix, or list them
///
/// New tokens get the prefix that was added last. Earlier ones are honoured and looked for for
/// ever.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol prefix
  patrol prefix add acme_ci")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add a prefix, which new tokens get from now on
    #[command(after_help = "\
Example:
  patrol prefix add acme_ci")]
    Add {
        /// a-z, 0-9 and _, 3 to 32 characters
        #[arg(value_name = "PREFIX")]
        prefix: Prefix,
    },
    /// List the prefixes, in the order they came
    #[command(after_help = "\
Example:
  patrol prefix list --format json")]
    List,
}

#[derive(Serialize)]
struct Answer {
    prefixes: Vec<String>,
    current: Option<String>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    if let Some(What::Add { prefix }) = args.what {
        app.add_prefix(&cx.cli(), prefix)?;
    }
    let prefixes: Vec<_> = app.prefixes()?.iter().map(ToString::to_string).collect();
    let current = prefixes.last().cloned();
    if cx.ui.is_json() {
        cx.ui.json(&Answer { prefixes, current })?;
        return Ok(Exit::Yes);
    }
    let mut lines = String::new();
    for prefix in &prefixes {
        lines.push_str(prefix);
        if Some(prefix) == current.as_ref() {
            lines.push_str(&paint(Look::Faint, "  (new tokens get this one)"));
        }
        lines.push('\n');
    }
    cx.ui.print(&lines)?;
    Ok(Exit::Yes)
}
