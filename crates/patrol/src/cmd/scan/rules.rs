//! Which rules a scan goes by beside the prefixes of our own tokens.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use patrol_app::App;
use patrol_scan::rules::Rules;
use patrol_scan::{Detector, Finding, Options, Secret, SourceKind};

use crate::cmd::Context;
use crate::error::CliError;

/// The largest file of rules that is read, in bytes. The largest known ones have 200 KiB.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// What `--rules` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cmd) enum Choice {
    /// The pack that comes with the program.
    Builtin,
    /// None: tokens of our own only.
    None,
    /// Those of a file, and no others.
    File(PathBuf),
}

impl FromStr for Choice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" => Err("name builtin, none or a file"),
            "builtin" => Ok(Self::Builtin),
            "none" => Ok(Self::None),
            path => Ok(Self::File(path.into())),
        }
    }
}

/// How deep archives are opened unless something else is said.
pub(super) fn archive_depth() -> u8 {
    u8::try_from(Options::default().max_archive_depth).unwrap_or(u8::MAX)
}

/// The rules that were chosen, and those that repositories add. Nobody adds to none.
///
/// # Errors
/// A file that is not there, or holds no rules.
pub(in crate::cmd) fn read(
    choice: &Choice,
    added: &[&Vec<PathBuf>],
    cx: &Context,
) -> Result<Rules, CliError> {
    let mut rules = match choice {
        Choice::None => return Ok(Rules::none()),
        Choice::Builtin => Rules::builtin(),
        Choice::File(path) => {
            let hint = "--rules takes builtin, none or a file";
            load(path, hint, &|named| text(Path::new(named)), cx)?
        }
    };
    for path in added.iter().copied().flatten() {
        // Whoever writes a repository does not choose what else is read on this machine.
        let nothing = |_: &str| Err("rules of a repository extend no other file".to_owned());
        // Nor does it change what the rules of the scan find: of two with one name, theirs stays.
        rules = load(path, "`rules` in patrol.toml names it", &nothing, cx)?.and(&rules);
        if rules.is_too_large() {
            return Err(CliError::config(format!(
                "the rules of {} and of the files before it would take more than 64 MiB together",
                path.display()
            ))
            .hint("leave some of them out of `rules` in patrol.toml"));
        }
    }
    Ok(rules)
}

/// Whether a rule still holds for what it has found, now that path and commit are known. Paths are
/// what `relative` makes of them.
pub(in crate::cmd) fn settles(
    finding: &Finding,
    detector: &Detector,
    relative: impl for<'p> Fn(&'p [u8]) -> &'p [u8],
) -> bool {
    let Secret::Foreign(foreign) = &finding.secret else { return true };
    let at = &finding.location;
    let path = at.path.as_ref().map(|path| {
        let mut path = relative(path).to_vec();
        if let Some(member) = &at.archive {
            path.push(b'!');
            path.extend_from_slice(member);
        }
        path
    });
    // What is no file has no path, and rules for paths are not for it.
    let path = match at.source {
        SourceKind::Blob => path,
        _ => Some(path.unwrap_or_default()),
    };
    detector.rules().settle(foreign, path.as_deref(), at.commit.as_deref())
}

/// The shapes of tokens that the ledger took over from other services.
///
/// # Errors
/// When the ledger cannot be read.
pub(in crate::cmd) fn imported(app: Option<&App>, cx: &Context) -> Result<Rules, CliError> {
    let Some(app) = app else { return Ok(Rules::none()) };
    let (rules, left) = app.imported_rules()?;
    for prefix in left {
        cx.ui.warn(&format!(
            "imported tokens that begin with {prefix:?} are not looked for: their pattern is too \
             large to search with"
        ));
    }
    Ok(rules)
}

fn load(
    path: &Path,
    hint: &str,
    extend: &dyn Fn(&str) -> Result<String, String>,
    cx: &Context,
) -> Result<Rules, CliError> {
    let name = path.display().to_string();
    let bytes = bytes(path).map_err(|why| {
        CliError::config(format!("the rules {name} cannot be read: {why}")).hint(hint)
    })?;
    let rules = Rules::load_bytes(&bytes, &name, extend)
        .map_err(|error| CliError::config(error.to_string()))?;
    for note in rules.notes() {
        cx.ui.warn(note);
    }
    Ok(rules)
}

fn text(path: &Path) -> Result<String, String> {
    String::from_utf8(bytes(path)?).map_err(|_| "it is not UTF-8".to_owned())
}

/// A regular file's bytes, up to a bound. A pipe would be waited for.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| error.to_string();
    if !std::fs::metadata(path).map_err(told)?.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(told)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("it has more than 8 MiB".to_owned());
    }
    Ok(bytes)
}
