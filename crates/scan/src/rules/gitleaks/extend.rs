//! `[extend]`: a configuration that begins with another.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::config::{Config, Draft, config};
use super::keys;
use crate::rules::error::{Problem, RulesError};
use crate::rules::load::parse;
use crate::rules::set::{Body, pack, pack_text};
use crate::rules::source::{Source, Table};
use crate::rules::suggest::hint;

/// So many files stand behind one another at most; gitleaks does not look at what is further.
const MAX_DEPTH: usize = 2;

pub(super) fn extend(
    source: &Source<'_>,
    table: &Table<'_, '_>,
    read: &dyn Fn(&str) -> Result<String, String>,
    depth: usize,
    child: &mut Config,
) -> Result<(), RulesError> {
    let Some(extend) = table.table("extend")? else { return Ok(()) };
    extend.only(keys::EXTEND, &keys::foreign)?;
    if let Some((_, span)) = extend.text("url")? {
        let problem = Problem::Unsupported("url", "gitleaks has the key but does not follow it");
        return Err(extend.error(Some(&span), None, problem));
    }
    let disabled: Vec<String> =
        extend.texts("disabledRules", true)?.into_iter().map(|(id, _)| id).collect();
    let is_default = extend.flag("useDefault")?;
    let path = extend.text("path")?;
    if depth == MAX_DEPTH {
        if is_default || path.is_some() {
            child.notes.push(format!(
                "{}: `extend` has no effect in a file that is the third in the row",
                source.name
            ));
        }
        return Ok(());
    }
    let base = match (path, is_default) {
        (Some((_, span)), true) => {
            let problem = Problem::Conflict("path", "useDefault");
            return Err(extend.error(Some(&span), None, problem));
        }
        (Some((path, span)), false) => {
            let text = read(&path).map_err(|why| {
                extend.error(Some(&span), Some("path"), Problem::Extend(path.clone(), why))
            })?;
            let text = text.trim_start_matches('\u{feff}');
            let source = Source { name: &path, text, room: source.room };
            parse(&source, |table| config(&source, &table, read, depth + 1))?
        }
        (None, true) => builtin(source),
        (None, false) => return Ok(()),
    };
    for id in &disabled {
        if !base.rules.contains_key(id) {
            let hint = hint(id, base.rules.keys().map(String::as_str));
            child.notes.push(format!("{}: no rule `{id}` to disable{hint}", source.name));
        }
    }
    merge(source, child, base, &disabled);
    Ok(())
}

/// The pack of our own in the place of the default configuration of gitleaks.
fn builtin(source: &Source<'_>) -> Config {
    let mut config = Config::default();
    for rule in pack() {
        let Body::Shape(shape) = rule.body else { continue };
        let keyword = |literal: &[u8]| String::from_utf8_lossy(literal).to_lowercase();
        let draft = Draft {
            info: (*rule.info).clone(),
            keywords: shape.literals.iter().map(|literal| keyword(literal)).collect(),
            shape: Some(shape),
            ..Draft::default()
        };
        config.order.push(draft.info.id.clone());
        config.rules.insert(draft.info.id.clone(), draft);
    }
    config.texts = pack_text().into_bytes();
    config.notes.push(format!(
        "{}: `useDefault` stands for the built-in rules of patrol, not for those of gitleaks",
        source.name
    ));
    config
}

/// The base's rules and lists, with what the child says about them.
fn merge(source: &Source<'_>, child: &mut Config, base: Config, disabled: &[String]) {
    for (id, mut rule) in base.rules {
        if disabled.contains(&id) {
            continue;
        }
        match child.rules.entry(id.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(rule);
                child.order.push(id);
            }
            Entry::Occupied(mut entry) => {
                let own = entry.get();
                if !own.required.is_empty() || own.is_silent {
                    child.notes.push(format!(
                        "{}: rule `{id}` extends another; its `required` and `skipReport` have no \
                         effect, as in gitleaks",
                        source.name
                    ));
                }
                over(&mut rule, own);
                entry.insert(rule);
            }
        }
    }
    child.allowlists.extend(base.allowlists);
    child.texts.extend(base.texts);
    child.notes.extend(base.notes);
    child.order.sort();
    child.order.dedup();
}

/// What the child says goes over what the base says; lists are joined.
fn over(base: &mut Draft, child: &Draft) {
    if !child.info.description.is_empty() {
        base.info.description.clone_from(&child.info.description);
    }
    if child.entropy != 0.0 {
        base.entropy = child.entropy;
    }
    if child.group != 0 {
        base.group = child.group;
    }
    if child.regex.is_some() {
        base.regex.clone_from(&child.regex);
    }
    if child.path.is_some() {
        base.path.clone_from(&child.path);
    }
    base.info.tags.extend(child.info.tags.iter().cloned());
    base.keywords.extend(child.keywords.iter().cloned());
    base.allowlists.extend(child.allowlists.iter().map(Arc::clone));
    base.span = child.span.clone();
}
