//! `patrol completions`: what a shell needs to complete verbs and flags.

use clap_complete::Shell;

use super::Context;
use crate::error::{CliError, Exit, Kind};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol completions bash > ~/.local/share/bash-completion/completions/patrol
  patrol completions zsh > ~/.zfunc/_patrol
  patrol completions fish > ~/.config/fish/completions/patrol.fish")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::args::command(), "patrol", &mut script);
    let script = String::from_utf8(script).map_err(|error| {
        CliError::new(Kind::Bug, format!("the completions are no text: {error}"))
    })?;
    if cx.ui.is_json() {
        let shell = args.shell.to_string();
        cx.ui.json(&serde_json::json!({ "shell": shell, "script": script }))?;
    } else {
        cx.ui.print(&script)?;
    }
    Ok(Exit::Yes)
}
