//! What a scan reads: files, an index, commits, every object, or standard input.

use std::collections::HashSet;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use patrol_scan::cache::make_private;
use patrol_scan::report::Root;
use patrol_scan::source::git::{
    GitEnvironment, Received, Revisions, discover, history, locate, pre_receive, range, staged,
    submodules,
};
use patrol_scan::source::{stdin, tree};
use patrol_scan::{Coverage, Detector, Excludes, Options, Reason, ScanError, Sink};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::Args;
use super::collect::Hidden;
use crate::cmd::Context;
use crate::cmd::hook::received;
use crate::error::CliError;
use crate::settings::repository::directory_of;

/// What is read.
pub(super) enum Source {
    /// Files under these paths.
    Tree(Vec<PathBuf>),
    /// One of the sources of these repositories.
    Git(Git, Vec<PathBuf>),
    /// Standard input.
    Stdin,
}

/// The sources of a repository.
pub(super) enum Git {
    Staged,
    Range(Revisions),
    History,
    PreReceive(Received),
}

impl Source {
    /// What the flags say.
    ///
    /// # Errors
    /// Lines of a push that are not git's.
    pub(super) fn choose(args: &Args, cx: &Context) -> Result<Self, CliError> {
        let paths = match args.paths.is_empty() {
            true => vec![PathBuf::from(".")],
            false => args.paths.clone(),
        };
        Ok(match &args.range {
            Some(spec) => Self::Git(Git::Range(Revisions::Spec(spec.clone())), paths),
            None if args.staged => Self::Git(Git::Staged, paths),
            None if args.history => Self::Git(Git::History, paths),
            None if args.stdin => Self::Stdin,
            None if args.pre_receive => Self::Git(Git::PreReceive(received(cx)?), paths),
            None => Self::Tree(paths),
        })
    }

    /// Directories whose `patrol.toml` has a say. That of the current directory was read already.
    pub(super) fn directories(&self) -> Vec<PathBuf> {
        match self {
            Self::Tree(paths) | Self::Git(_, paths) => {
                let current = std::path::absolute(".").ok();
                let directories = paths.iter().map(|path| directory_of(path));
                directories.filter(|directory| Some(directory) != current.as_ref()).collect()
            }
            Self::Stdin => Vec::new(),
        }
    }

    /// What paths in reports for other programs are relative to: the work tree that all of this
    /// lies in, or else the current directory.
    pub(super) fn root(&self) -> Root {
        let here = std::path::absolute(".").unwrap_or_default();
        let paths = match self {
            Self::Tree(paths) | Self::Git(_, paths) => paths.as_slice(),
            Self::Stdin => &[],
        };
        let top = |path: &PathBuf| {
            let top = directory_of(path);
            top.join(".git").exists().then_some(top)
        };
        let mut tops = paths.iter().map(top);
        let first = tops.next().flatten();
        let top = first.filter(|first| tops.all(|top| top.as_ref() == Some(first)));
        let top = top.unwrap_or_else(|| here.clone());
        let bytes = |path: PathBuf| path.into_os_string().into_vec().into();
        Root { top: bytes(top), here: bytes(here) }
    }

    /// The excludes of repositories, for this source.
    ///
    /// # Errors
    /// A pattern that names no path.
    pub(super) fn hidden(&self, patterns: &[String]) -> Result<Hidden, CliError> {
        let roots = match self {
            Self::Tree(paths) => paths.clone(),
            Self::Git(..) | Self::Stdin => Vec::new(),
        };
        Hidden::new(patterns, roots)
    }

    /// Where to remember what was read of a history. What guards others trusts no such file. Told
    /// when it cannot be used, as a scan then takes longer than it has to.
    fn cache(&self, args: &Args, cx: &Context) -> Option<PathBuf> {
        let may = matches!(self, Self::Git(Git::History, _)) && !args.no_cache;
        let directory = cx.settings.cache.clone().filter(|_| may)?;
        match make_private(&directory) {
            Ok(()) => Some(directory),
            Err(error) => {
                let shown = directory.display();
                cx.ui.warn(&format!(
                    "everything is read, and again next time: {shown} cannot be used: {error}"
                ));
                None
            }
        }
    }

    /// Reads it all, and hands over what is found.
    ///
    /// # Errors
    /// When the reading cannot begin. What is not read in between stands in the coverage.
    pub(super) fn search(
        &self,
        args: &Args,
        cx: &Context,
        detector: &Detector,
        sink: Sink<'_>,
    ) -> Result<Coverage, CliError> {
        let options = Options {
            threads: usize::from(args.threads),
            interrupt: Some(interrupt()),
            excludes: excludes(&cx.settings.excludes)?,
            max_archive_depth: usize::from(args.max_archive_depth),
            cache: self.cache(args, cx),
        };
        match self {
            Self::Tree(paths) => Ok(tree(paths, detector, &options, sink)?),
            Self::Stdin => Ok(stdin(&mut std::io::stdin().lock(), detector, &options, sink)),
            Self::Git(git, paths) => {
                let (repositories, plain) = git.repositories(paths, cx)?;
                let mut coverage = git.search_all(&repositories, detector, &options, sink)?;
                if !plain.is_empty() {
                    coverage.merge(tree(&plain, detector, &options, sink)?);
                }
                Ok(coverage)
            }
        }
    }
}

impl Git {
    /// The repositories that the paths are in. With the whole history, a plain folder among
    /// repositories has no other history than its files.
    ///
    /// # Errors
    /// A path that is in no repository.
    fn repositories(
        &self,
        paths: &[PathBuf],
        cx: &Context,
    ) -> Result<(Vec<Repository>, Vec<PathBuf>), ScanError> {
        let mut repositories = Vec::new();
        let mut plain = Vec::new();
        let mut refused = None;
        let mut seen = HashSet::new();
        for path in paths {
            match Repository::find(path, cx) {
                // Two paths may lie in one repository; it is read once.
                Ok(found) => {
                    if self.store(&found).is_none_or(|store| seen.insert(store)) {
                        repositories.push(found);
                    }
                }
                Err(error @ ScanError::NotARepository { .. })
                    if matches!(self, Self::History) && path.is_dir() =>
                {
                    plain.push(path.clone());
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if repositories.is_empty() => return Err(error),
            _ => {}
        }
        for path in &plain {
            cx.ui.note(&format!("{} is in no repository: its files are searched", path.display()));
        }
        Ok((repositories, plain))
    }

    /// What of a repository is searched: work trees share their objects, and have an index and a
    /// HEAD each.
    fn store(&self, repository: &Repository) -> Option<PathBuf> {
        let paths = locate(&repository.path, &repository.env).ok()?;
        let store = match self {
            Self::History => paths.common_dir,
            Self::Staged | Self::Range(_) | Self::PreReceive(_) => paths.git_dir,
        };
        std::fs::canonicalize(store).ok()
    }

    /// Searches one repository after the other. Once something was found or read, and perhaps acted
    /// on, there is something to report: what fails from then on stands in the coverage.
    fn search_all(
        &self,
        repositories: &[Repository],
        detector: &Detector,
        options: &Options,
        sink: Sink<'_>,
    ) -> Result<Coverage, CliError> {
        let mut coverage = Coverage::default();
        let has_begun = AtomicBool::new(false);
        let noting = |finding| {
            has_begun.store(true, Ordering::Relaxed);
            sink(finding);
        };
        for repository in repositories {
            match self.search(repository, detector, options, &noting) {
                Ok(read) => {
                    has_begun.store(true, Ordering::Relaxed);
                    coverage.merge(read);
                    if matches!(self, Self::History) {
                        submodules_of(repository, detector, options, &noting, &mut coverage);
                    }
                }
                Err(error) if has_begun.load(Ordering::Relaxed) => {
                    let what = repository.given.as_os_str().as_bytes();
                    coverage.skip_because(what, unread(&error), Some(&error.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(coverage)
    }

    fn search(
        &self,
        repository: &Repository,
        detector: &Detector,
        options: &Options,
        sink: Sink<'_>,
    ) -> Result<Coverage, ScanError> {
        let Repository { path: repo, env, .. } = repository;
        match self {
            Self::Staged => staged(repo, env, detector, options, sink),
            Self::Range(revisions) => range(repo, env, revisions, detector, options, sink),
            Self::History => history(repo, env, detector, options, sink),
            Self::PreReceive(received) => pre_receive(repo, env, received, detector, options, sink),
        }
    }
}

/// Searches the repositories of submodules that a repository keeps in its git directory.
fn submodules_of(
    repository: &Repository,
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
    coverage: &mut Coverage,
) {
    // It was found and read a moment ago; if it is gone, its coverage has said so.
    let Ok(paths) = locate(&repository.path, &repository.env) else { return };
    for module in submodules(&paths, coverage) {
        match history(&module, &GitEnvironment::default(), detector, options, sink) {
            Ok(read) => coverage.merge(read),
            Err(error) => {
                let what = module.as_os_str().as_bytes();
                coverage.skip_because(what, unread(&error), Some(&error.to_string()));
            }
        }
    }
}

/// A repository to search.
struct Repository {
    /// The path that was given, which lies in it.
    given: PathBuf,
    /// The path to read it from.
    path: PathBuf,
    env: GitEnvironment,
}

impl Repository {
    /// In a hook git says where things are; that holds for the repository it speaks of, by whatever
    /// path that is named, and not for another one.
    ///
    /// # Errors
    /// There is no repository.
    fn find(given: &Path, cx: &Context) -> Result<Self, ScanError> {
        let env = &cx.settings.git;
        let here = Path::new(".");
        let is_meant = given == here || is_of_environment(given, env);
        let (path, env) = match is_meant {
            // Relative paths of the environment are taken from here.
            true => (here, env.clone()),
            false => (given, GitEnvironment::default()),
        };
        if env.git_dir.is_none() {
            discover(path)?;
        }
        if !is_meant && says_where(&cx.settings.git) {
            cx.ui.warn(&format!(
                "{} is not in the repository that git's environment (GIT_DIR, GIT_INDEX_FILE) \
                 speaks of: it is read as if that were not set",
                given.display()
            ));
        }
        Ok(Self { given: given.to_owned(), path: path.to_owned(), env })
    }
}

/// Whether `path` lies in the repository that the environment speaks of.
fn is_of_environment(path: &Path, env: &GitEnvironment) -> bool {
    let found = discover(path).ok();
    let Some(git_dir) = &env.git_dir else {
        let git_dir = discover(Path::new(".")).map(|here| here.git_dir);
        return found.is_some_and(|found| git_dir.is_ok_and(|here| here == found.git_dir));
    };
    // A `.git` file leads on to the directory.
    let named = match git_dir.is_file() {
        true => git_dir.parent().and_then(|top| discover(top).ok()).map(|it| it.git_dir),
        false => git_dir.canonicalize().ok(),
    };
    if found.as_ref().is_some_and(|found| Some(&found.git_dir) == named.as_ref()) {
        return true;
    }
    // The git directory may lie apart from the work tree, which is here if it is not named. What
    // is in another repository's work tree inside of that one belongs to the other.
    let top = env.work_tree.as_deref().unwrap_or(Path::new(".")).canonicalize();
    let (Ok(top), Ok(path)) = (top, path.canonicalize()) else { return false };
    let other = found.and_then(|found| found.work_tree);
    path.starts_with(&top) && other.is_none_or(|other| top.starts_with(&other))
}

/// Whether the environment says anything about where a repository's parts are.
fn says_where(env: &GitEnvironment) -> bool {
    let named = GitEnvironment { ceiling_directories: Vec::new(), ..env.clone() };
    named != GitEnvironment::default()
}

/// Why a repository was not read, for the coverage.
fn unread(error: &ScanError) -> Reason {
    match error {
        ScanError::NoSuchPath { .. } | ScanError::NotARepository { .. } => Reason::Vanished,
        ScanError::Unreadable { .. } => Reason::Permission,
        ScanError::Revision { .. } => Reason::Absent,
        ScanError::Repository { .. } | ScanError::Index { .. } => Reason::Damaged,
    }
}

/// The excludes of this machine's owner and user: these paths are not read at all.
fn excludes(patterns: &[String]) -> Result<Excludes, CliError> {
    Excludes::new(patterns).map_err(|error| {
        CliError::config(error.to_string()).hint("mend `excludes` in your settings")
    })
}

/// Interrupting a scan ends it early, with what was found so far and a coverage that says so. A
/// second interrupt ends the program.
fn interrupt() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let set = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)));
        if let Err(error) = set {
            tracing::warn!(%error, "an interrupt will end the scan without a report");
        }
    }
    flag
}
