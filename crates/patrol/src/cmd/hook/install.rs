//! `patrol hook install`: everything is looked at before anything is written.

use std::path::PathBuf;

use serde::Serialize;

use super::file::{Found, HookFile, Written};
use super::receive::Manner;
use super::search::Search;
use super::{Answer, Kind, Which, git, script};
use crate::cmd::Context;
use crate::error::Kind::Refused;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint, shown};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Write into a hooks folder that is committed or that other repositories use
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Serialize)]
struct One {
    hook: &'static str,
    kind: &'static str,
    path: String,
    /// `installed`, `renewed` or `already`.
    done: &'static str,
    /// Where the hook that was there before is kept; it is run as well.
    chained: Option<String>,
}

pub(super) fn run(args: &Args, cx: &Context) -> Result<Exit, CliError> {
    let place = args.which.place(cx)?;
    place.check(args.force)?;
    let program = program()?;
    let hooks = args.which.hooks(&place);
    if let Some((kind, _)) = hooks.iter().find(|(kind, _)| *kind != Kind::PreReceive) {
        args.manner.check(*kind)?;
    }
    for (_, name) in &hooks {
        let hook = HookFile::new(&place.folder, name);
        hook.check()?;
        if place.runs_all && hook.find()? == Found::Foreign {
            let path = hook.path().display();
            return Err(CliError::new(Refused, format!("{path} is there and is not patrol's"))
                .hint("give it another name in that folder; the server runs it all the same"));
        }
    }
    let mut done = Vec::new();
    for (kind, name) in hooks {
        let hook = HookFile::new(&place.folder, name);
        let text = script::hook(kind, name, &program, place.is_global, &args.manner.arguments());
        let written = hook.install(&text)?;
        done.push(One {
            hook: name,
            kind: kind.as_str(),
            path: hook.path().display().to_string(),
            done: match written {
                Written::Installed => "installed",
                Written::Renewed => "renewed",
                Written::Already => "already",
            },
            chained: hook.has_kept().then(|| hook.kept().display().to_string()),
        });
    }
    if place.is_own(cx) || place.to_be_set {
        place.pass_others_on()?;
    }
    if place.to_be_set {
        git::set_user_hooks_path(Some(&place.folder))?;
    }
    tell_search(cx);
    if cx.settings.ledger.is_flag {
        cx.ui.note(
            "the hooks do not remember --ledger: name it in your settings or by PATROL_LEDGER",
        );
    }
    let has = |kind: Kind| done.iter().any(|one| one.kind == kind.as_str());
    if place.is_bare && has(Kind::PreCommit) {
        cx.ui.warn(
            "nobody commits in a bare repository: its pre-commit is run in work trees linked to it \
             only. Pushes that come in are checked by --kind pre-receive",
        );
    }
    if has(Kind::PreReceive) && (place.runs_all || !git::hears_push_options()) {
        cx.ui.note("pushers may say why with `git push -o` once git is told to hear it: git config receive.advertisePushOptions true");
    }
    tell(&Answer::new(&place, done), cx)
}

/// What the hooks will look for, if that is less than one would think. One whose ledger is not where
/// it was said to be stops git.
fn tell_search(cx: &Context) {
    match Search::new(cx) {
        Ok(search) => {
            let Some(words) = search.misses_own() else { return };
            cx.ui.warn(words);
            cx.ui.note(
                "`patrol init --prefix acme_pat` makes a ledger, PATROL_LEDGER or your settings name \
                 one that is elsewhere, and `prefixes` in patrol.toml finds yours without one",
            );
        }
        Err(error) => {
            cx.ui.warn(&format!("until this is mended, the hooks stop git: {}", error.message));
            if let Some(hint) = &error.hint {
                cx.ui.warn(hint);
            }
        }
    }
}

/// This program, by a name that stays when it is replaced by a newer one: as it was called, if it
/// was called by a path.
fn program() -> Result<PathBuf, CliError> {
    let current = std::env::current_exe()
        .map_err(|error| CliError::io("this program's own path is not known", &error))?;
    let called = std::env::args_os().next().map(PathBuf::from);
    let called = called.filter(|path| path.components().count() > 1);
    let called = called.and_then(|path| std::path::absolute(path).ok());
    let is_same = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|real| real == current);
    Ok(called.filter(is_same).unwrap_or(current))
}

fn tell(answer: &Answer<One>, cx: &Context) -> Result<Exit, CliError> {
    if cx.ui.is_json() {
        cx.ui.json(answer)?;
        return Ok(Exit::Yes);
    }
    for one in &answer.hooks {
        let beside = match one.chained {
            Some(_) => ", and the hook that was there runs as well",
            None => "",
        };
        let done = match one.done {
            "already" => "is there already",
            done => done,
        };
        let name = paint(Look::Strong, one.hook);
        cx.ui.print(&format!("{name} {done}{beside}: {}\n", shown(&one.path)))?;
    }
    let is_server = answer.hooks.iter().all(|one| one.kind == Kind::PreReceive.as_str());
    match answer.global {
        true => {
            cx.ui.note("repositories with a core.hooksPath of their own do not use these hooks");
        }
        false if is_server => {}
        false => cx.ui.note(
            "clones have no hooks: each has to install them, or all of a user's with --global",
        ),
    }
    Ok(Exit::Yes)
}
