//! The command line as a whole: the global flags, the verbs, and the help around them. Each verb's
//! own arguments stand in its file under `cmd`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use crate::cmd::Verb;
use crate::settings::{Color, Format};
use crate::ui::{HELP, Look, paint};

/// Keep the roll of your access tokens, and patrol repositories for the ones that leak
///
/// patrol issues access tokens and records everything that happens to them in an append-only,
/// tamper-evident ledger. It knows each token it ever issued, by its digest. So a token found in a
/// repository is a fact and not a guess: whose it is, what it may do, and whether it still works.
#[derive(Debug, Parser)]
#[command(
    name = "patrol",
    version,
    styles = HELP,
    arg_required_else_help = true,
    subcommand_required = true,
    subcommand_value_name = "VERB",
    max_term_width = 100,
    after_help = "Run `patrol help VERB` for what a verb does, with an example.",
    after_long_help = EPILOGUE,
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Flags that every verb takes, before or after its name.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The ledger's file; `patrol/ledger.db` in the XDG data directory unless said otherwise
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) ledger: Option<PathBuf>,
    /// Write for people or for programs: human or json (some verbs have more)
    #[arg(long, global = true, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) format: Option<Format>,
    /// Who acts, for the record; your login name at this host unless said otherwise
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// When to use colour: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true)]
    pub(crate) color: Option<Color>,
    /// Say nothing but errors on standard error
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Show exact times and more detail; twice logs what the program does
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// What `patrol --help` ends with.
const EPILOGUE: &str = "\
Exit codes:
  0   yes, clean, done
  1   the negative answer: an inactive token, findings, an unknown id, a command
      that the state or the policy refuses, a conflict
  2   usage
  3   configuration
  4   I/O or store
  5   incomplete: nothing was found, and something was not read
  70  a bug in patrol

Tokens on the command line:
  A token is named by its id, which is public. A whole token is a secret: write
  - in its place and send it to standard input. patrol refuses whole tokens
  among its arguments.

Times:
  Durations are written 90s 15m 24h 7d 4w 1y, instants 2026-03-03 (00:00 UTC) or
  2026-03-03T12:00:00Z (RFC 3339).

Settings, later ones win:
  /etc/patrol/config.toml       TOML: ledger, actor, color, prefixes, excludes
  ~/.config/patrol/config.toml  the same; in $XDG_CONFIG_HOME if that is set
  variables                     PATROL_LEDGER, PATROL_ACTOR, PATROL_FORMAT,
                                PATROL_COLOR, PATROL_PREFIXES, PATROL_EXCLUDES
  flags
  A patrol.toml in the current directory or in a scanned repository may add
  prefixes, excludes, rules and a baseline, and nothing else. PATROL_TOKEN gives
  `verify` its token; PATROL_LOG filters what -vv logs.

Start here:
  patrol init --prefix acme_pat
  patrol issue --owner alice@example.com --name laptop --scope repo:read
  patrol scan";

/// Verbs by concern, for the list in `--help`.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Tokens",
        &[
            "issue", "list", "show", "history", "rename", "scope", "expire", "rotate", "suspend",
            "resume", "revoke", "verify", "import",
        ],
    ),
    ("Ledger", &["init", "policy", "prefix", "sweep", "check", "rebuild", "backup", "restore"]),
    ("Leaks", &["scan", "watch", "hook", "format"]),
    ("Audits", &["audit", "forget"]),
    ("Everything else", &["demo", "completions", "man", "help"]),
];

/// Reads the command line.
///
/// # Errors
/// The argument parser's: a usage error, or the help or version that was asked for.
pub(crate) fn parse(args: Vec<OsString>, color: clap::ColorChoice) -> Result<Cli, clap::Error> {
    let mut command = command().color(color);
    let matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The command with its verbs listed by concern.
pub(crate) fn command() -> clap::Command {
    let command = Cli::command();
    let mut verbs = String::new();
    for (heading, names) in GROUPS {
        verbs.push_str(&paint(Look::Strong, &format!("{heading}:")));
        for name in names {
            let about = match command.find_subcommand(name).and_then(clap::Command::get_about) {
                Some(about) => about.to_string(),
                None if *name == "help" => "Explain a verb, or all of them".into(),
                None => continue,
            };
            let name = paint(Look::Hint, &format!("{name:<11}"));
            verbs.extend(["\n  ", &name, "  ", &about]);
        }
        verbs.push_str("\n\n");
    }
    let verbs = verbs.trim_end();
    let options = paint(Look::Strong, "Options:");
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{verbs}\n\n{options}\n{{options}}{{after-help}}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn every_verb_stands_in_one_group() {
        let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| names.iter()).collect();
        for verb in Cli::command().get_subcommands() {
            let name = verb.get_name();
            assert_eq!(grouped.iter().filter(|known| **known == &name).count(), 1, "{name}");
        }
    }

    #[test]
    fn every_verb_has_an_example_at_every_level() {
        fn check(above: &str, command: &clap::Command) {
            for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
                let name = format!("{above} {}", verb.get_name());
                let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("Example"), "{name} has no example");
                assert!(help.contains(name.split_at(1).1), "the example of {name} is another's");
                check(&name, verb);
            }
        }
        check(" patrol", &Cli::command());
    }

    #[test]
    fn the_help_around_the_verbs_is_not_wrapped_on_a_usual_terminal() {
        for line in EPILOGUE.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
