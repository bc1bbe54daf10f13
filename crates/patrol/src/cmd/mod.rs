//! The verbs. One file each, all of one shape: `Args` with the help text, and `run`, which calls a
//! use case and says what came of it.

mod audit;
mod backup;
mod check;
mod completions;
mod demo;
mod expire;
mod forget;
mod format;
mod history;
mod hook;
mod import;
mod init;
mod issue;
mod list;
mod man;
mod policy;
mod prefix;
mod rebuild;
mod rename;
mod restore;
mod resume;
mod revoke;
mod rotate;
mod scan;
mod scope;
mod show;
mod suspend;
mod sweep;
mod token;
mod verify;
mod watch;

use patrol_app::{App, Caller};
use patrol_ledger::{StoreError, Via};

use crate::error::{CliError, Exit};
use crate::settings::repository::Additions;
use crate::settings::{Format, Settings};
use crate::ui::Ui;

/// What a verb works with.
pub(crate) struct Context {
    /// What this run goes by.
    pub(crate) settings: Settings,
    /// What `patrol.toml` in the current directory adds.
    pub(crate) additions: Additions,
    /// How this run speaks.
    pub(crate) ui: Ui,
}

impl Context {
    /// Opens the ledger, and warns if others than its owner may read it.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub(crate) fn open(&self) -> Result<App, CliError> {
        let app = App::open(self.settings.ledger.path()?)?;
        for file in app.ledger().loose_files() {
            let path = file.path.display();
            self.ui.warn(&format!(
                "others may read or write {path} (mode {:03o}); take that away with: chmod 600 {path}",
                file.mode
            ));
        }
        Ok(app)
    }

    /// As [`Context::open`], to tell what the ledger says: a word before, if it may be an older copy.
    ///
    /// # Errors
    /// As [`Context::open`].
    pub(crate) fn open_to_tell(&self) -> Result<App, CliError> {
        let app = self.open()?;
        if let Err(StoreError::RolledBack(why)) = app.ledger().reader()?.assure_not_rolled_back() {
            self.ui.warn(&why);
        }
        Ok(app)
    }

    /// Who acts, for the record.
    pub(crate) fn caller(&self, via: Via) -> Caller {
        Caller { actor: self.settings.actor.clone(), via, uid: self.settings.uid }
    }

    /// The caller of a verb that a person or a script gives.
    pub(crate) fn cli(&self) -> Caller {
        self.caller(Via::Cli)
    }
}

/// Declares the verbs: the enum for the argument parser, and the way from each to its file.
macro_rules! verbs {
    ($($(#[$meta:meta])* $name:ident => $module:ident,)+) => {
        /// A verb with its arguments.
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Verb {
            $($(#[$meta])* $name($module::Args),)+
        }

        impl Verb {
            /// Does what the verb says.
            ///
            /// # Errors
            /// Whatever keeps it from being done.
            pub(crate) fn run(self, cx: &Context) -> Result<Exit, CliError> {
                self.check_format(cx.ui.format())?;
                match self { $(Self::$name(args) => $module::run(args, cx),)+ }
            }

            fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($module),)+ }
            }
        }
    };
}

verbs! {
    Init => init,
    Issue => issue,
    List => list,
    Show => show,
    History => history,
    Rename => rename,
    Scope => scope,
    Expire => expire,
    Rotate => rotate,
    Suspend => suspend,
    Resume => resume,
    Policy => policy,
    Prefix => prefix,
    Revoke => revoke,
    Verify => verify,
    Sweep => sweep,
    Import => import,
    Check => check,
    Rebuild => rebuild,
    Backup => backup,
    Restore => restore,
    Audit => audit,
    Forget => forget,
    Format => format,
    Scan => scan,
    Watch => watch,
    Hook => hook,
    Demo => demo,
    Completions => completions,
    Man => man,
}

impl Verb {
    /// Whether the verb minds settings; what only describes the program does not.
    pub(crate) fn reads_settings(&self) -> bool {
        !matches!(self, Self::Completions(_) | Self::Man(_) | Self::Demo(_))
    }

    /// An error that came before the verb began, as its caller has to read it.
    pub(crate) fn not_begun(&self, error: CliError) -> CliError {
        match self {
            Self::Hook(args) => args.not_begun(error),
            _ => error,
        }
    }

    fn check_format(&self, format: Format) -> Result<(), CliError> {
        let has = match (format, self) {
            (Format::Human | Format::Json, _) => true,
            (Format::Jsonl, Self::Scan(_) | Self::Watch(_)) => true,
            (format, Self::Scan(_)) => format.is_of_scans(),
            (_, Self::Audit(audit)) => audit.writes(format),
            _ => false,
        };
        if has {
            return Ok(());
        }
        let below = if let Self::Audit(audit) = self { audit.name() } else { "" };
        Err(no_format(self.name(), below, format.as_str()))
    }
}

/// A format that a verb does not have, or that is none at all. `below` is the verb's own verb.
pub(crate) fn no_format(verb: &str, below: &str, format: &str) -> CliError {
    let formats = match (verb, below) {
        ("scan", _) => "human, json, jsonl, sarif, junit, gitlab, github or csv",
        ("watch", _) => "human, json or jsonl",
        ("audit", "report" | "exposure" | "leaver" | "review") => "human, json, csv or html",
        ("audit", "export") => "jsonl, csv, ocsf, cloudevents or cef",
        _ => "human or json",
    };
    let name = [verb, below].join(" ");
    CliError::usage(format!("`{}` has no format {format}", name.trim()))
        .hint(format!("choose {formats}"))
}
