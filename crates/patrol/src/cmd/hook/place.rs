//! Where hooks are kept, and whether that is this repository's own business. A hooks folder that is
//! committed, or that several repositories use, belongs to others too, and is written only when
//! somebody says so.

use std::fs;
use std::path::{Path, PathBuf};

use patrol_scan::source::git::{RepositoryPaths, discover};

use super::file::{Found, HookFile};
use super::{git, script};
use crate::cmd::Context;
use crate::error::{CliError, Kind};

/// What is the matter where git is told to look for hooks nowhere.
pub(super) const OFF: &str = "core.hooksPath is set to nothing";

/// The hook's name in a folder all of whose files a server runs.
pub(super) const IN_FOLDER: &str = "patrol";

/// A folder of hooks.
#[derive(Debug)]
pub(super) struct Place {
    /// The folder. It need not be there yet.
    pub(super) folder: PathBuf,
    /// For all of the user's repositories; otherwise for one.
    pub(super) is_global: bool,
    /// The user's git settings do not name the folder yet.
    pub(super) to_be_set: bool,
    /// Where `core.hooksPath` is set to nothing, if it is: git then runs no hook at all.
    pub(super) off: Option<git::Scope>,
    /// There is no work tree in which somebody commits.
    pub(super) is_bare: bool,
    /// All files in it are run, so nothing can be kept beside a hook.
    pub(super) runs_all: bool,
    /// Why writing here needs to be asked for.
    caution: Option<(String, &'static str)>,
}

impl Place {
    /// The folder that git uses for the repository in the current directory.
    ///
    /// # Errors
    /// No repository here, or git cannot be asked.
    pub(super) fn of_repository() -> Result<Self, CliError> {
        let repository = discover(Path::new(".")).map_err(|error| {
            CliError::new(Kind::Io, error.to_string())
                .hint("stand in a repository, or use --global for the hooks of all of yours")
        })?;
        let top = repository.work_tree.as_deref().unwrap_or(&repository.git_dir);
        let set = git::hooks_path(top)?;
        let is_off = |(_, path): &&(git::Scope, PathBuf)| path.as_os_str().is_empty();
        let off = set.as_ref().filter(is_off).map(|(scope, _)| scope.clone());
        let set = set.filter(|_| off.is_none());
        let folder = match &set {
            Some((_, path)) => top.join(path),
            None => repository.common_dir.join("hooks"),
        };
        let scope = set.as_ref().map(|(scope, _)| scope.as_str());
        Ok(Self {
            caution: caution(&repository, &folder, scope)?,
            folder,
            is_global: false,
            to_be_set: false,
            off,
            is_bare: repository.is_bare,
            runs_all: false,
        })
    }

    /// The folder that git uses for all of the user's repositories, or a new one of patrol's.
    ///
    /// # Errors
    /// No place for a new one, or git cannot be asked.
    pub(super) fn of_user(cx: &Context) -> Result<Self, CliError> {
        let set = git::user_hooks_path()?;
        let to_be_set = set.is_none();
        let is_off = set.as_ref().is_some_and(|path| path.as_os_str().is_empty());
        let off = is_off.then(|| "global".to_owned());
        let folder =
            set.filter(|_| !is_off).or_else(|| cx.settings.hooks.clone()).ok_or_else(|| {
                CliError::config("there is no home directory to keep hooks in")
                    .hint("set HOME or XDG_CONFIG_HOME, or `git config --global core.hooksPath`")
            })?;
        Ok(Self {
            folder,
            is_global: true,
            to_be_set,
            off,
            is_bare: false,
            runs_all: false,
            caution: None,
        })
    }

    /// A folder that a server runs the files of.
    ///
    /// # Errors
    /// When it is not known where it is.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, CliError> {
        let folder = std::path::absolute(folder)
            .map_err(|error| CliError::io(folder.display().to_string(), &error))?;
        Ok(Self {
            folder,
            is_global: false,
            to_be_set: false,
            off: None,
            is_bare: true,
            runs_all: true,
            caution: None,
        })
    }

    /// Whether hooks may be written here, and would be run.
    ///
    /// # Errors
    /// git is told to run none; or whose the folder is else, and what to do.
    pub(super) fn check(&self, is_forced: bool) -> Result<(), CliError> {
        if let Some(scope) = &self.off {
            let unset = match scope.as_str() {
                "local" | "worktree" | "global" | "system" => {
                    format!("take it out with `git config --{scope} --unset core.hooksPath`")
                }
                _ => "leave it out of the command line and of GIT_CONFIG_*".to_owned(),
            };
            return Err(CliError::config(format!("{OFF} ({scope}), so git would not run a hook"))
                .hint(unset));
        }
        match &self.caution {
            Some((why, hint)) if !is_forced => Err(CliError::new(Kind::Refused, why).hint(hint)),
            _ => Ok(()),
        }
    }

    /// A folder for all repositories takes the place of each repository's own: hooks in those are
    /// called from here, or they would be silent from now on.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn pass_others_on(&self) -> Result<(), CliError> {
        for name in script::PASSED_ON {
            let hook = HookFile::new(&self.folder, name);
            let is_free = match hook.find()? {
                Found::Nothing => true,
                // One of an older patrol's that only passes on, which is renewed.
                Found::Ours(text) => script::program(&text).is_none(),
                Found::Foreign => false,
            };
            if is_free {
                hook.install(&script::pass_on(name))?;
            }
        }
        Ok(())
    }

    /// Whether the folder is the one that patrol made for all repositories.
    pub(super) fn is_own(&self, cx: &Context) -> bool {
        self.is_global && cx.settings.hooks.as_ref() == Some(&self.folder)
    }
}

/// What speaks against writing into `folder`.
fn caution(
    repository: &RepositoryPaths,
    folder: &Path,
    scope: Option<&str>,
) -> Result<Option<(String, &'static str)>, CliError> {
    // A link out of the repository leads out of it; a folder that is not there yet leads nowhere.
    let real = real(folder);
    if real.starts_with(&repository.common_dir) {
        return Ok(None);
    }
    if let Some(work_tree) = &repository.work_tree
        && real.starts_with(work_tree)
    {
        let tracked = git::is_tracked(work_tree, &real)?;
        return Ok(tracked.then(|| {
            let why = format!(
                "{} is part of the work tree: a hook written there would be committed, and name a \
                 program that others do not have at that path",
                folder.display()
            );
            (why, "call `patrol hook run --kind pre-commit` from the hook there, or use --force")
        }));
    }
    let why = match scope {
        Some("global" | "system") => format!(
            "{} is the hooks folder of more than this repository (core.hooksPath, {})",
            folder.display(),
            scope.unwrap_or_default()
        ),
        _ => format!("{} lies outside this repository; others may use it, too", folder.display()),
    };
    Ok(Some((why, "use --global to guard all of your repositories, or --force to write there")))
}

/// The folder with all links followed, as far as it is there.
fn real(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    match there {
        Some((above, real)) => match folder.strip_prefix(above) {
            Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
            _ => real,
        },
        None => folder.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_as_far_as_there_is_something() {
        let directory = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(directory.path()).unwrap();
        fs::create_dir(top.join("a")).unwrap();
        std::os::unix::fs::symlink(top.join("a"), top.join("link")).unwrap();
        assert_eq!(real(&top.join("link/b/c")), top.join("a/b/c"));
        assert_eq!(real(&top.join("link")), top.join("a"));
    }
}
