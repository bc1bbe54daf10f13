//! `patrol hook`: git hooks that stop a commit or a push with a token in it, where people work and
//! on servers.
//!
//! `place` decides where hooks are kept and whether they may be written there, `script` is their
//! text, `file` one hook on disk; `install`, `uninstall` and `status` are the actions on them, and
//! `run` is what the hooks call: `search` finds, `push` knows what a push sends, `verdict` tells;
//! `receive` is all of that for a server.

mod file;
mod git;
mod install;
mod place;
mod push;
mod receive;
mod run;
mod script;
mod search;
mod status;
mod uninstall;
mod verdict;
mod weigh;

use super::Context;
use crate::error::{CliError, Exit};
use file::{Found, HookFile};
use place::Place;
pub(super) use receive::received;

/// Stop commits and pushes that hold a token
///
/// `install` writes git hooks into the repository in the current directory. A hook that is there
/// already is kept and run as well. The hooks name this program by its whole path and stop git,
/// with words, should it be gone. In a bare repository the hook is `pre-receive`, which refuses pushes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol hook install
  patrol hook install --kind pre-push
  patrol hook install --global
  patrol hook install --kind pre-receive --time-limit 4s
  patrol hook install --kind pre-receive --into custom_hooks/pre-receive.d
  patrol hook status
  patrol hook uninstall")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write the hooks; running it again renews them
    #[command(after_help = "\
Examples:
  patrol hook install
  patrol hook install --kind pre-receive --time-limit 4s")]
    Install(install::Args),
    /// Take the hooks away, and put back what was there before
    #[command(after_help = "\
Examples:
  patrol hook uninstall
  patrol hook uninstall --kind pre-push")]
    Uninstall(Which),
    /// Tell which hooks are there
    #[command(after_help = "\
Examples:
  patrol hook status
  patrol hook status --global")]
    Status(Which),
    /// Check what is about to be committed or pushed; this is what the hooks call
    #[command(after_help = "\
Example, what an installed pre-push hook does:
  patrol hook run --kind pre-push \"$@\"")]
    Run(run::Args),
}

/// What an action tells of the hooks in a folder.
#[derive(serde::Serialize)]
struct Answer<One> {
    folder: String,
    global: bool,
    hooks: Vec<One>,
}

impl<One> Answer<One> {
    fn new(place: &Place, hooks: Vec<One>) -> Self {
        Self { folder: place.folder.display().to_string(), global: place.is_global, hooks }
    }
}

/// Which hooks.
#[derive(Debug, clap::Args)]
struct Which {
    /// This kind only: pre-commit (merges included), pre-push, or pre-receive on a server. May be
    /// given more than once
    #[arg(long = "kind", value_name = "KIND", hide_possible_values = true)]
    kinds: Vec<Kind>,
    /// The hooks of all your repositories instead of this one's
    #[arg(long)]
    global: bool,
    /// The hook `patrol` in this folder, all of whose files the server runs before it takes a push:
    /// GitLab's custom_hooks/pre-receive.d, hooks/pre-receive.d of Gitea and Forgejo
    #[arg(long, value_name = "FOLDER", conflicts_with = "global")]
    into: Option<std::path::PathBuf>,
}

/// When git is stopped.
#[expect(clippy::enum_variant_names, reason = "these are git's names")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Kind {
    /// Before a commit is made, by `git commit` or by `git merge`.
    PreCommit,
    /// Before anything is sent.
    PrePush,
    /// On a server, before anything that was sent is taken over.
    PreReceive,
}

impl Kind {
    /// The kinds for where people work.
    const OWN: [Self; 2] = [Self::PreCommit, Self::PrePush];

    /// All kinds.
    const ALL: [Self; 3] = [Self::PreCommit, Self::PrePush, Self::PreReceive];

    fn as_str(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }

    /// The hooks that git knows for it: a merge that needs no help asks another one than a commit.
    fn hooks(self) -> &'static [&'static str] {
        match self {
            Self::PreCommit => &["pre-commit", "pre-merge-commit"],
            Self::PrePush => &["pre-push"],
            Self::PreReceive => &["pre-receive"],
        }
    }
}

impl Which {
    /// Each hook that is meant, with its kind. Nobody commits in a bare repository.
    fn hooks(&self, place: &Place) -> Vec<(Kind, &'static str)> {
        if self.into.is_some() {
            return vec![(Kind::PreReceive, place::IN_FOLDER)];
        }
        let mut kinds = match self.kinds.is_empty() {
            true if place.is_bare => vec![Kind::PreReceive],
            true => Kind::OWN.to_vec(),
            false => self.kinds.clone(),
        };
        kinds.sort_unstable();
        kinds.dedup();
        let named = |kind: Kind| kind.hooks().iter().map(move |hook| (kind, *hook));
        kinds.into_iter().flat_map(named).collect()
    }

    /// As [`Which::hooks`]; where no kind is named, with every other hook there that calls patrol. Where
    /// it stands is no matter: what was installed is seen and can be taken away.
    ///
    /// # Errors
    /// When one of them cannot be read.
    fn hooks_there(&self, place: &Place) -> Result<Vec<(Kind, &'static str)>, CliError> {
        let mut hooks = self.hooks(place);
        if self.kinds.is_empty() && self.into.is_none() {
            for kind in Kind::ALL {
                for name in kind.hooks() {
                    let found = HookFile::new(&place.folder, name).find()?;
                    let calls = |text: &[u8]| script::program(text).is_some();
                    if matches!(found, Found::Ours(text) if calls(&text)) {
                        hooks.push((kind, name));
                    }
                }
            }
            hooks.sort_unstable();
            hooks.dedup();
        }
        Ok(hooks)
    }

    fn place(&self, cx: &Context) -> Result<Place, CliError> {
        match &self.into {
            None if self.global => Place::of_user(cx),
            None => Place::of_repository(),
            Some(_) if self.kinds.iter().any(|kind| *kind != Kind::PreReceive) => {
                Err(CliError::usage("--into is for the hook pre-receive")
                    .hint("say --kind pre-receive, or leave --into out"))
            }
            Some(folder) => Place::of_folder(folder),
        }
    }
}

impl Args {
    /// An error that came before the verb began: it stops git, too.
    pub(super) fn not_begun(&self, error: CliError) -> CliError {
        match &self.action {
            Action::Run(args) => args.not_begun(error),
            Action::Install(_) | Action::Uninstall(_) | Action::Status(_) => error,
        }
    }
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    match args.action {
        Action::Install(args) => install::run(&args, cx),
        Action::Uninstall(which) => uninstall::run(&which, cx),
        Action::Status(which) => status::run(&which, cx),
        Action::Run(args) => run::run(&args, cx),
    }
}
