//! `patrol man`: the manual, made of the same texts as `--help`.

use std::io;
use std::path::PathBuf;

use clap_mangen::Man;

use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::shown;

/// Print the manual page, or write all of them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol man | man -l -
  patrol man revoke | man -l -
  patrol man --directory ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// The page of this verb
    #[arg(value_name = "VERB")]
    verb: Option<String>,
    /// Write the pages of patrol and of every verb into this directory
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "verb")]
    directory: Option<PathBuf>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    // The pages list verbs by themselves; the template is for terminals.
    let command = crate::args::command().help_template("{all-args}").disable_help_subcommand(true);
    if let Some(directory) = args.directory {
        let names = write_all(&command, &directory)
            .map_err(|error| CliError::io(directory.display().to_string(), &error))?;
        if cx.ui.is_json() {
            cx.ui.json(&serde_json::json!({ "pages": names }))?;
        } else {
            let count = names.len();
            let place = directory.to_string_lossy();
            cx.ui.print(&format!("wrote {count} pages to {}\n", shown(&place)))?;
        }
        return Ok(Exit::Yes);
    }
    let page = match &args.verb {
        None => page(command),
        Some(verb) => match verb_command(&command, verb) {
            Some(found) => page(found),
            None => {
                return Err(CliError::usage("patrol has no such verb")
                    .hint("`patrol --help` lists the verbs"));
            }
        },
    };
    let page = page.map_err(|why| CliError::new(Kind::Bug, format!("no page: {why}")))?;
    if cx.ui.is_json() {
        cx.ui.json(&serde_json::json!({ "page": page }))?;
    } else {
        cx.ui.print(&page)?;
    }
    Ok(Exit::Yes)
}

fn page(command: clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    String::from_utf8(page).map_err(io::Error::other)
}

/// A verb as a command of its own, `patrol-revoke`, as git names its pages.
fn verb_command(command: &clap::Command, verb: &str) -> Option<clap::Command> {
    let mut built = command.clone();
    built.build();
    let found = built.find_subcommand(verb)?.clone();
    let name = format!("patrol-{verb}");
    Some(found.name(name.clone()).display_name(name).version(env!("CARGO_PKG_VERSION")))
}

fn write_all(command: &clap::Command, directory: &std::path::Path) -> io::Result<Vec<String>> {
    std::fs::create_dir_all(directory)?;
    let mut names = vec!["patrol.1".to_owned()];
    std::fs::write(directory.join("patrol.1"), page(command.clone())?)?;
    for verb in command.get_subcommands().map(|verb| verb.get_name().to_owned()) {
        let Some(found) = verb_command(command, &verb) else { continue };
        let name = format!("patrol-{verb}.1");
        std::fs::write(directory.join(&name), page(found)?)?;
        names.push(name);
    }
    Ok(names)
}
