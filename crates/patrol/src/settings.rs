//! Settings, and the one place that reads the environment. Later layers win: defaults, the system
//! file, the user file, `PATROL_*`, flags. Lists (prefixes, excludes) add up.
//!
//! A repository's `patrol.toml` is no layer of this: what a repository may say stands in
//! [`repository`].

mod actor;
mod env;
mod file;
mod push;
pub(crate) mod repository;
mod suggest;

use std::path::{Path, PathBuf};

use patrol_scan::source::git::GitEnvironment;
use patrol_token::{PlainToken, Prefix};

pub(crate) use env::Environment;
pub(crate) use push::PushEnvironment;

use crate::args::Global;
use crate::error::CliError;

/// The system's settings.
pub(crate) const SYSTEM_FILE: &str = "/etc/patrol/config.toml";

/// What this run goes by.
pub(crate) struct Settings {
    /// Where the ledger is.
    pub(crate) ledger: Ledger,
    /// Who acts, for the record.
    pub(crate) actor: String,
    /// The operating system's user id, for the record, whatever the actor says.
    pub(crate) uid: Option<u32>,
    /// Prefixes to look for beside the ledger's, in scans.
    pub(crate) prefixes: Vec<Prefix>,
    /// Paths that scans leave out, as this machine's owner or user decided.
    pub(crate) excludes: Vec<String>,
    /// Where to remember what can be found out again.
    pub(crate) cache: Option<PathBuf>,
    /// Where git hooks for all of the user's repositories are kept.
    pub(crate) hooks: Option<PathBuf>,
    /// What git tells its hooks.
    pub(crate) git: GitEnvironment,
    /// What a server's hook is told of the push.
    pub(crate) push: PushEnvironment,
    /// The token in `PATROL_TOKEN`, for `verify`.
    pub(crate) token: Option<PlainToken>,
    /// What decides how this run speaks.
    pub(crate) manner: crate::ui::Manner,
}

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// The file; `None` if neither a name nor a data directory is known.
    path: Option<PathBuf>,
    /// Whether somebody named it: it is then an error if it is absent.
    pub(crate) is_named: bool,
    /// Whether it was named on the command line, which no hook remembers.
    pub(crate) is_flag: bool,
}

impl Ledger {
    /// The ledger's file.
    ///
    /// # Errors
    /// When nobody named one and there is no home directory to have a default in.
    pub(crate) fn path(&self) -> Result<&Path, CliError> {
        self.path.as_deref().ok_or_else(|| {
            CliError::config("no ledger is named, and there is no home directory for a default")
                .hint("name one with --ledger PATH or PATROL_LEDGER")
        })
    }
}

/// For people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Words and tables.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// JSON lines.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// `JUnit` XML, for test reports.
    Junit,
    /// GitLab's secret detection report.
    Gitlab,
    /// Workflow commands of GitHub Actions.
    Github,
    /// CSV, for spreadsheets.
    Csv,
    /// One self-contained page.
    Html,
    /// OCSF events, one a line.
    Ocsf,
    /// `CloudEvents`, one a line.
    Cloudevents,
    /// `ArcSight` Common Event Format, one event a line.
    Cef,
}

impl Format {
    /// The name that chooses it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Gitlab => "gitlab",
            Self::Github => "github",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Ocsf => "ocsf",
            Self::Cloudevents => "cloudevents",
            Self::Cef => "cef",
        }
    }

    /// Whether scans report in it.
    pub(crate) fn is_of_scans(self) -> bool {
        !matches!(self, Self::Html | Self::Ocsf | Self::Cloudevents | Self::Cef)
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Settings {
    /// Puts the layers together.
    ///
    /// # Errors
    /// A file that cannot be read or says something unknown, or a value that does not fit.
    pub(crate) fn resolve(flags: &Global, env: &mut Environment) -> Result<Self, CliError> {
        let mut layer = file::Layer::default();
        layer.read(Path::new(SYSTEM_FILE), env)?;
        if let Some(user) = env.user_file() {
            layer.read(&user, env)?;
        }
        let from_env = env.layer()?;
        let file::Layer { ledger, actor, color, mut prefixes, mut excludes } = layer;
        prefixes.extend(from_env.prefixes);
        excludes.extend(from_env.excludes);
        let named = flags.ledger.clone().or(from_env.ledger).or(ledger);
        let uid = actor::uid();
        Ok(Self {
            ledger: Ledger {
                is_named: named.is_some(),
                is_flag: flags.ledger.is_some(),
                path: named.or_else(|| env.default_ledger()).map(file_path).transpose()?,
            },
            actor: flags
                .actor
                .clone()
                .or(from_env.actor)
                .or(actor)
                .unwrap_or_else(|| actor::default(uid, env)),
            uid,
            prefixes,
            excludes,
            cache: env.cache(),
            hooks: env.hooks(),
            git: env.git().clone(),
            push: env.push().clone(),
            token: env.take_token(),
            manner: crate::ui::Manner {
                format: flags.format.or(env.format()?).unwrap_or_default(),
                color: flags.color.or(from_env.color).or(color).unwrap_or_default(),
                plain: env.is_plain(),
                quiet: flags.quiet,
                verbose: flags.verbose > 0,
            },
        })
    }
}

/// A ledger's name as a file. Addresses of servers are for a later version to know.
fn file_path(name: PathBuf) -> Result<PathBuf, CliError> {
    if name.as_os_str().is_empty() {
        return Err(CliError::config("the ledger's name is empty")
            .hint("give --ledger or PATROL_LEDGER the path of a file, or leave it out"));
    }
    match name.to_str().and_then(|text| text.split_once("://")) {
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            Err(CliError::config(format!("patrol knows no ledgers at {scheme}:// addresses"))
                .hint("this version keeps its ledger in a file: give --ledger a path"))
        }
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledgers_are_files() {
        assert!(file_path("postgres://host/db".into()).is_err() && file_path("".into()).is_err());
        assert!(file_path("a b://c".into()).is_ok() && file_path("/tmp/ledger.db".into()).is_ok());
    }
}
