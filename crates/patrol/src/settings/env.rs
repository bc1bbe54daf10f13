//! The environment, read once at the start. Nothing else in the program looks at it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use patrol_scan::source::git::GitEnvironment;
use patrol_token::{PlainToken, Prefix};

use super::{Color, Format, PushEnvironment, suggest};
use crate::error::CliError;

/// Variables that patrol knows.
const KNOWN: [&str; 8] = [
    "PATROL_LEDGER",
    "PATROL_ACTOR",
    "PATROL_FORMAT",
    "PATROL_COLOR",
    "PATROL_PREFIXES",
    "PATROL_EXCLUDES",
    "PATROL_TOKEN",
    "PATROL_LOG",
];

/// The variables that matter, as they were at the start.
pub(crate) struct Environment {
    variables: BTreeMap<String, OsString>,
    home: Option<PathBuf>,
    git: GitEnvironment,
    push: PushEnvironment,
}

/// What the environment says as a layer of settings.
#[derive(Default)]
pub(super) struct EnvLayer {
    pub(super) ledger: Option<PathBuf>,
    pub(super) actor: Option<String>,
    pub(super) color: Option<Color>,
    pub(super) prefixes: Vec<Prefix>,
    pub(super) excludes: Vec<String>,
}

impl Environment {
    /// Reads the process's environment. Variables that are empty count as not set.
    pub(crate) fn read() -> Self {
        let others = [
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "NO_COLOR",
            "TERM",
            "USER",
            "LOGNAME",
        ];
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let matters = name.starts_with("PATROL_") || others.contains(&name.as_str());
            (matters && !value.is_empty()).then_some((name, value))
        });
        Self {
            variables: variables.collect(),
            home: std::env::home_dir(),
            git: GitEnvironment::from_vars(std::env::vars_os()),
            push: PushEnvironment::from_vars(std::env::vars_os()),
        }
    }

    /// What git tells its hooks: where the index and the objects of this moment are.
    pub(super) fn git(&self) -> &GitEnvironment {
        &self.git
    }

    /// What a server's hook is told of the push.
    pub(super) fn push(&self) -> &PushEnvironment {
        &self.push
    }

    /// The user's settings file: `patrol/config.toml` in the XDG configuration directory.
    pub(super) fn user_file(&self) -> Option<PathBuf> {
        Some(self.xdg("XDG_CONFIG_HOME", ".config")?.join("patrol/config.toml"))
    }

    /// The ledger that is meant when none is named: `patrol/ledger.db` in the XDG data directory.
    pub(super) fn default_ledger(&self) -> Option<PathBuf> {
        Some(self.xdg("XDG_DATA_HOME", ".local/share")?.join("patrol/ledger.db"))
    }

    /// Where to remember what can be found out again: `patrol` in the XDG cache directory.
    pub(super) fn cache(&self) -> Option<PathBuf> {
        Some(self.xdg("XDG_CACHE_HOME", ".cache")?.join("patrol"))
    }

    /// Where git hooks for all of a user's repositories are kept: `patrol/hooks` in the XDG
    /// configuration directory.
    pub(super) fn hooks(&self) -> Option<PathBuf> {
        Some(self.xdg("XDG_CONFIG_HOME", ".config")?.join("patrol/hooks"))
    }

    /// `~/` at the beginning of a path in a settings file.
    pub(super) fn expand_home(&self, path: &str) -> Option<PathBuf> {
        match path.strip_prefix("~/") {
            Some(rest) => Some(self.home.as_ref()?.join(rest)),
            None => Some(path.into()),
        }
    }

    /// What to log, beyond what `-v` says.
    pub(crate) fn log(&self) -> Option<String> {
        self.text("PATROL_LOG").ok().flatten()
    }

    /// The login name as the environment has it: somebody's word only.
    pub(super) fn login(&self) -> Option<String> {
        ["LOGNAME", "USER"].iter().find_map(|name| self.text(name).ok().flatten())
    }

    /// For people or for programs, as the environment has it.
    ///
    /// # Errors
    /// A word that is no format.
    pub(crate) fn format(&self) -> Result<Option<Format>, CliError> {
        let Some(text) = self.text("PATROL_FORMAT")? else { return Ok(None) };
        <Format as clap::ValueEnum>::from_str(&text, false).map(Some).map_err(|_| {
            CliError::config(format!("PATROL_FORMAT is {text:?}, which is no format"))
                .hint("choose human or json, or unset it")
        })
    }

    /// Whether colour is unwanted, whatever the terminal can do.
    pub(crate) fn is_plain(&self) -> bool {
        self.variables.contains_key("NO_COLOR")
            || self.variables.get("TERM").is_some_and(|term| term == "dumb")
    }

    /// The token to verify; it is wiped after use.
    pub(super) fn take_token(&mut self) -> Option<PlainToken> {
        let token = self.variables.remove("PATROL_TOKEN")?;
        // Text that is not UTF-8 is no token; what is left of it is refused as malformed.
        Some(PlainToken::from_outside(token.to_string_lossy().trim().to_owned()))
    }

    /// What the environment says as a layer of settings.
    ///
    /// # Errors
    /// A value that does not fit, or a name that looks like a mistyped one.
    pub(super) fn layer(&self) -> Result<EnvLayer, CliError> {
        self.check_names()?;
        let color = self.text("PATROL_COLOR")?.map(|text| color("PATROL_COLOR", &text));
        let prefixes = self.list("PATROL_PREFIXES")?;
        Ok(EnvLayer {
            ledger: self.variables.get("PATROL_LEDGER").map(PathBuf::from),
            actor: self.text("PATROL_ACTOR")?,
            color: color.transpose()?,
            prefixes: prefixes
                .iter()
                .map(|text| prefix("PATROL_PREFIXES", text))
                .collect::<Result<_, _>>()?,
            excludes: self.list("PATROL_EXCLUDES")?,
        })
    }

    /// A name that is nearly one of ours is a typing error, and a setting that silently does not
    /// hold is worse than an error. A name that is far from all of ours is somebody else's.
    fn check_names(&self) -> Result<(), CliError> {
        for name in self.variables.keys().filter(|name| name.starts_with("PATROL_")) {
            if KNOWN.contains(&name.as_str()) {
                continue;
            }
            if let Some(known) = suggest::nearest(&name["PATROL_".len()..], &KNOWN.map(bare)) {
                return Err(CliError::config(format!("patrol knows no variable {name}"))
                    .hint(format!("did you mean PATROL_{known}?")));
            }
            tracing::info!("the variable {name} is not one of patrol's; it does nothing here");
        }
        Ok(())
    }

    fn xdg(&self, variable: &str, fallback: &str) -> Option<PathBuf> {
        let given = self.variables.get(variable).map(PathBuf::from);
        // The XDG specification: a relative path is to be ignored.
        given.filter(|path| path.is_absolute()).or_else(|| Some(self.home.as_ref()?.join(fallback)))
    }

    fn text(&self, name: &str) -> Result<Option<String>, CliError> {
        let value = self.variables.get(name).cloned().map(OsString::into_string).transpose();
        value.map_err(|_| {
            CliError::config(format!("{name} is not UTF-8 text")).hint("set it anew, or unset it")
        })
    }

    fn list(&self, name: &str) -> Result<Vec<String>, CliError> {
        let text = self.text(name)?.unwrap_or_default();
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        Ok(parts.map(str::to_owned).collect())
    }
}

fn bare(name: &'static str) -> &'static str {
    &name["PATROL_".len()..]
}

/// A colour setting, from wherever it stands.
pub(super) fn color(place: &str, text: &str) -> Result<Color, CliError> {
    <Color as clap::ValueEnum>::from_str(text, false).map_err(|_| {
        CliError::config(format!("{place} is {text:?}, which is no colour setting"))
            .hint("choose auto, always or never")
    })
}

/// A prefix, from wherever it stands.
pub(super) fn prefix(place: &str, text: &str) -> Result<Prefix, CliError> {
    text.parse().map_err(|why| {
        CliError::config(format!("{place} has {text:?}, which is no token prefix: {why}"))
            .hint("a prefix looks like acme_pat")
    })
}
