//! `patrol hook status`: which hooks are there, and whether they work.

use serde::Serialize;

use super::file::{Found, HookFile, is_executable};
use super::place::{OFF, Place};
use super::{Answer, Kind, Which, script};
use crate::cmd::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Cell, Look};

#[derive(Serialize)]
struct One {
    hook: &'static str,
    kind: &'static str,
    path: String,
    state: State,
    /// What the hook calls.
    program: Option<String>,
    /// The hook that was there before, which is run as well.
    chained: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Nothing is there.
    NotInstalled,
    /// It is there and works.
    Installed,
    /// It is there, and what it calls is gone: it stops everything.
    Stale,
    /// It is there, and git does not run it as it is not executable.
    Disabled,
    /// It is there, and git is told to look for hooks nowhere.
    Inactive,
    /// Somebody else's hook is there.
    Foreign,
}

pub(super) fn run(which: &Which, cx: &Context) -> Result<Exit, CliError> {
    let place = which.place(cx)?;
    let hooks = which.hooks_there(&place)?.into_iter();
    let hooks = hooks.map(|(kind, name)| one(kind, name, &place));
    let hooks = hooks.collect::<Result<Vec<_>, _>>()?;
    let is_broken = |it: &One| matches!(it.state, State::Stale | State::Disabled | State::Inactive);
    let is_broken = hooks.iter().any(is_broken);
    if let Some(scope) = &place.off {
        cx.ui.warn(&format!("{OFF} ({scope}): git runs no hook, whatever is installed"));
    }
    tell(&Answer::new(&place, hooks), cx)?;
    Ok(if is_broken { Exit::No } else { Exit::Yes })
}

fn one(kind: Kind, name: &'static str, place: &Place) -> Result<One, CliError> {
    let hook = HookFile::new(&place.folder, name);
    let mut program = None;
    let state = match hook.find()? {
        Found::Nothing => State::NotInstalled,
        Found::Foreign => State::Foreign,
        Found::Ours(text) => {
            program = script::program(&text);
            match &program {
                // In a folder for all repositories, one that only calls the repository's own.
                None => State::NotInstalled,
                Some(_) if place.off.is_some() => State::Inactive,
                Some(_) if !hook.is_executable() => State::Disabled,
                Some(program) if !is_executable(program) => State::Stale,
                Some(_) => State::Installed,
            }
        }
    };
    Ok(One {
        hook: name,
        kind: kind.as_str(),
        path: hook.path().display().to_string(),
        state,
        program: program.map(|path| path.display().to_string()),
        chained: hook.has_kept().then(|| hook.kept().display().to_string()),
    })
}

fn tell(answer: &Answer<One>, cx: &Context) -> Result<(), CliError> {
    if cx.ui.is_json() {
        return cx.ui.json(answer);
    }
    let mut table = cx.ui.table(&["HOOK", "STATE", "CALLS", "AND"]);
    for one in &answer.hooks {
        let (look, state) = match one.state {
            State::NotInstalled => (Look::Faint, "not-installed"),
            State::Installed => (Look::Good, "installed"),
            State::Stale => (Look::Error, "stale"),
            State::Disabled => (Look::Error, "disabled"),
            State::Inactive => (Look::Error, "inactive"),
            State::Foreign => (Look::Warning, "foreign"),
        };
        table.row([
            Cell::new(one.hook),
            Cell::with(look, state),
            Cell::new(one.program.as_deref().unwrap_or("-")),
            Cell::new(one.chained.as_deref().unwrap_or("-")),
        ]);
    }
    cx.ui.print(&table.render())?;
    if answer.hooks.iter().any(|one| one.state == State::Stale) {
        cx.ui.warn("a stale hook calls a program that is gone and stops git; install it anew");
    }
    if answer.hooks.iter().any(|one| one.state == State::Disabled) {
        cx.ui.warn("a disabled hook is not executable, and git passes over it; install it anew");
    }
    Ok(())
}
