//! What a scan reads: files, an index, commits, every object, or standard input.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use patrol_scan::source::git::{GitEnvironment, Revisions, history, range, staged};
use patrol_scan::source::{stdin, tree};
use patrol_scan::{Coverage, Detector, Excludes, Options, ScanError, Sink};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::Args;
use super::collect::Hidden;
use crate::cmd::Context;
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
}

impl Source {
    /// What the flags say.
    pub(super) fn choose(args: &Args, _: &Context) -> Self {
        let paths = match args.paths.is_empty() {
            true => vec![PathBuf::from(".")],
            false => args.paths.clone(),
        };
        match &args.range {
            Some(spec) => Self::Git(Git::Range(Revisions::Spec(spec.clone())), paths),
            None if args.staged => Self::Git(Git::Staged, paths),
            None if args.history => Self::Git(Git::History, paths),
            None if args.stdin => Self::Stdin,
            None => Self::Tree(paths),
        }
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
        };
        match self {
            Self::Tree(paths) => Ok(tree(paths, detector, &options, sink)?),
            Self::Stdin => Ok(stdin(&mut std::io::stdin().lock(), detector, &options, sink)),
            Self::Git(git, paths) => {
                let mut coverage = Coverage::default();
                for path in paths {
                    let env = environment(path, cx);
                    coverage.merge(git.search(path, &env, detector, &options, sink)?);
                }
                Ok(coverage)
            }
        }
    }
}

impl Git {
    fn search(
        &self,
        repo: &Path,
        env: &GitEnvironment,
        detector: &Detector,
        options: &Options,
        sink: Sink<'_>,
    ) -> Result<Coverage, ScanError> {
        match self {
            Self::Staged => staged(repo, env, detector, options, sink),
            Self::Range(revisions) => range(repo, env, revisions, detector, options, sink),
            Self::History => history(repo, env, detector, options, sink),
        }
    }
}

/// In a hook git says where things are; that holds for the repository one stands in, and not for
/// another one that is named.
fn environment(path: &Path, cx: &Context) -> GitEnvironment {
    match path == Path::new(".") {
        true => cx.settings.git.clone(),
        false => GitEnvironment::default(),
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
