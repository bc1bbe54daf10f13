//! `patrol hook uninstall`: takes patrol's hooks away and puts back what was there before.

use serde::Serialize;

use super::file::{Found, HookFile};
use super::place::Place;
use super::{Which, git, script};
use crate::cmd::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint, shown};

#[derive(Serialize)]
struct Answer {
    folder: String,
    global: bool,
    removed: Vec<&'static str>,
    restored: Vec<&'static str>,
    /// Hooks of somebody else's, left as they are.
    foreign: Vec<&'static str>,
}

pub(super) fn run(which: &Which, cx: &Context) -> Result<Exit, CliError> {
    let place = which.place(cx)?;
    let mut answer = Answer {
        folder: place.folder.display().to_string(),
        global: place.is_global,
        removed: Vec::new(),
        restored: Vec::new(),
        foreign: Vec::new(),
    };
    for (_, name) in which.hooks_there(&place)? {
        let hook = HookFile::new(&place.folder, name);
        let has_kept = hook.has_kept();
        match hook.find()? {
            Found::Nothing => {}
            Found::Foreign => answer.foreign.push(name),
            // One that only passes on goes when no other needs it any more.
            Found::Ours(text) if place.is_own(cx) && script::program(&text).is_none() => {}
            Found::Ours(_) => {
                hook.uninstall()?;
                answer.removed.push(name);
                answer.restored.extend(has_kept.then_some(name));
            }
        }
    }
    if place.is_own(cx) {
        close(&place)?;
    }
    tell(&answer, cx)
}

/// Once nothing but hooks that pass on are left in patrol's own folder for all repositories, git
/// is told not to use it any more. As long as another one is left, they are needed.
fn close(place: &Place) -> Result<(), CliError> {
    for name in script::PASSED_ON {
        let is_needed = match HookFile::new(&place.folder, name).find()? {
            Found::Nothing => false,
            Found::Ours(text) => script::program(&text).is_some(),
            Found::Foreign => true,
        };
        if is_needed {
            return place.pass_others_on();
        }
    }
    if !place.to_be_set && place.off.is_none() {
        git::set_user_hooks_path(None)?;
    }
    for name in script::PASSED_ON {
        HookFile::new(&place.folder, name).uninstall()?;
    }
    // Left as it is when there is something else in it.
    std::fs::remove_dir(&place.folder).ok();
    Ok(())
}

fn tell(answer: &Answer, cx: &Context) -> Result<Exit, CliError> {
    if cx.ui.is_json() {
        cx.ui.json(answer)?;
        return Ok(Exit::Yes);
    }
    for name in &answer.removed {
        let back = match answer.restored.contains(name) {
            true => ", and the hook that was there before is back",
            false => "",
        };
        cx.ui.print(&format!("{} removed{back}\n", paint(Look::Strong, name)))?;
    }
    for name in &answer.foreign {
        cx.ui.note(&format!("{name} is not patrol's and stays as it is"));
    }
    if answer.removed.is_empty() {
        cx.ui.note(&format!("there is no hook of patrol's in {}", shown(&answer.folder)));
    }
    Ok(Exit::Yes)
}
