//! What a repository may say: `patrol.toml` in the current directory or in a scanned repository.
//! It may add prefixes, excludes, rules and a baseline, and nothing else: whoever writes the repository's
//! files must not choose where tokens are recorded, who acted, or what is done about a leak.

use std::path::{Path, PathBuf};

use patrol_token::Prefix;

use super::file::{Entry, table};
use crate::error::CliError;

/// The file's name.
pub(crate) const FILE: &str = "patrol.toml";

/// The keys it may have.
const KEYS: [&str; 4] = ["prefixes", "excludes", "rules", "baseline"];

/// Keys that have a meaning elsewhere and never here.
const FORBIDDEN: [&str; 8] =
    ["ledger", "policy", "actor", "report", "reports", "cache", "hooks", "color"];

/// The most entries that the lists of all repositories together may have: far more than anybody
/// writes, and few enough that a stranger's repository is not what a scan spends its time on.
const MAX_PREFIXES: usize = 1_000;
const MAX_EXCLUDES: usize = 1_000;
const MAX_FILES: usize = 32;

/// What the repositories' files add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Additions {
    /// Prefixes to look for.
    pub(crate) prefixes: Vec<Prefix>,
    /// Paths to leave out. They never hide a live token of the ledger's own.
    pub(crate) excludes: Vec<String>,
    /// Files with rules to search by, too.
    pub(crate) rules: Vec<PathBuf>,
    /// Files of accepted findings. They accept no live token of the ledger's own.
    pub(crate) baselines: Vec<PathBuf>,
}

impl Additions {
    /// Reads the files of these directories; absent ones say nothing, and one directory named
    /// twice is read once.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown or forbidden key, or a value that does not fit.
    pub(crate) fn read<'d>(
        directories: impl IntoIterator<Item = &'d Path>,
    ) -> Result<Self, CliError> {
        let mut seen = std::collections::BTreeSet::<PathBuf>::new();
        let mut additions = Self::default();
        for directory in directories {
            let path = directory.join(FILE);
            // Two names of one file are one; where the name leads nowhere, `add` says why.
            let identity = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if seen.insert(identity) {
                additions.add(&path)?;
                additions.check(&path)?;
            }
        }
        Ok(additions)
    }

    /// Adds what another reading has found. One directory may be in both.
    pub(crate) fn extend(&mut self, other: Self) {
        self.prefixes.extend(other.prefixes);
        self.excludes.extend(other.excludes);
        self.rules.extend(other.rules);
        self.baselines.extend(other.baselines);
    }

    /// What a repository says is bounded, whoever wrote it.
    fn check(&self, path: &Path) -> Result<(), CliError> {
        let lists = [
            ("prefixes", self.prefixes.len(), MAX_PREFIXES),
            ("excludes", self.excludes.len(), MAX_EXCLUDES),
            ("rules", self.rules.len(), MAX_FILES),
            ("baseline", self.baselines.len(), MAX_FILES),
        ];
        let Some((key, count, most)) = lists.into_iter().find(|(_, count, most)| count > most)
        else {
            return Ok(());
        };
        let message = format!(
            "`{key}` in {} brings what repositories add to {count}; at most {most} are taken",
            path.display()
        );
        Err(CliError::config(message).hint("shorten the list, or scan fewer repositories at once"))
    }

    fn add(&mut self, path: &Path) -> Result<(), CliError> {
        let Some(table) = table(path)? else { return Ok(()) };
        for (key, value) in &table {
            let entry = Entry { path, key, value };
            match key.as_str() {
                "prefixes" => self.prefixes.extend(entry.prefixes()?),
                "excludes" => self.excludes.extend(entry.texts()?),
                "rules" => {
                    for name in entry.texts()? {
                        self.rules.push(beside(path, &entry, &name)?);
                    }
                }
                "baseline" => self.baselines.push(beside(path, &entry, entry.text()?)?),
                forbidden if FORBIDDEN.contains(&forbidden) => {
                    return Err(CliError::config(format!("{} is not allowed", entry.place()))
                        .hint(
                            "a repository's patrol.toml may only add prefixes, excludes, rules \
                             and a baseline; set this in your own settings, in PATROL_* or by a flag",
                        ));
                }
                _ => return Err(entry.unknown(&KEYS)),
            }
        }
        Ok(())
    }
}

/// A file named in a `patrol.toml`: below the directory that this one is in.
fn beside(file: &Path, entry: &Entry<'_>, name: &str) -> Result<PathBuf, CliError> {
    let path = Path::new(name);
    let is_below = path
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
    if path.as_os_str().is_empty() || !is_below {
        return Err(CliError::config(format!("{} leads out of the repository", entry.place()))
            .hint("name a file below the directory of patrol.toml"));
    }
    Ok(file.parent().unwrap_or(Path::new("")).join(path))
}

/// The directory whose `patrol.toml` speaks for `path`: the work tree it lies in, or else itself.
pub(crate) fn directory_of(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let work_tree = whole.ancestors().find(|directory| directory.join(".git").exists());
    work_tree.map_or_else(|| whole.clone(), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn check(text: &str) -> Result<Additions, CliError> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(FILE), text).unwrap();
        Additions::read([directory.path(), directory.path()])
    }

    #[test]
    fn lists_and_a_baseline_are_all_it_may_add() {
        let text = "prefixes = [\"acme_pat\"]\nexcludes = [\"vendor\"]\nbaseline = \"a/b\"";
        let added = check(text).unwrap();
        assert!(added.baselines[0].is_absolute() && added.baselines[0].ends_with("a/b"));
        for outside in ["/etc/x", "../x", "a/../../x", ""] {
            assert_eq!(check(&format!("baseline = \"{outside}\"")).unwrap_err().kind, Kind::Config);
        }
        assert_eq!(added.prefixes, ["acme_pat".parse().unwrap()]);
        assert_eq!(added.excludes, ["vendor"]);
        for forbidden in FORBIDDEN {
            let error = check(&format!("{forbidden} = \"x\"")).unwrap_err();
            assert_eq!(error.kind, Kind::Config);
            assert!(error.message.starts_with(&format!("`{forbidden}` in ")), "{error:?}");
        }
        let error = check("prefix = []").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean prefixes?"));
    }

    #[test]
    fn a_repository_does_not_fill_the_memory() {
        let list = |key: &str, count: usize| {
            let all: Vec<_> = (0..count).map(|at| format!("\"pat_n{at}\"")).collect();
            format!("{key} = [{}]", all.join(","))
        };
        for (key, most) in [("prefixes", 1_000), ("excludes", 1_000), ("rules", 32)] {
            assert!(check(&list(key, most)).is_ok(), "{key}");
            let error = check(&list(key, most + 1)).unwrap_err();
            assert_eq!(error.kind, Kind::Config);
            let told = format!("to {}; at most {most} are taken", most + 1);
            assert!(error.message.contains(key) && error.message.contains(&told), "{error:?}");
        }
    }

    #[test]
    fn a_broken_file_is_named_by_line_and_not_quoted() {
        let error = check("prefixes = []\nsecret hunter2\n").unwrap_err();
        assert!(error.message.contains("line 2 is not TOML"), "{error:?}");
        assert!(!error.message.contains("hunter2"), "{error:?}");
    }
}
