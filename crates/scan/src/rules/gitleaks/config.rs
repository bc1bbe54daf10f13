//! A configuration file of gitleaks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::allowlist::{Allowlist, MAX_MIXED, Target};
use super::required::Required;
use super::{Fragment, compile, extend, keys};
use crate::RuleInfo;
use crate::rules::error::{Problem, RulesError};
use crate::rules::rule::Shape;
use crate::rules::set::{Body, Criteria, Rule, Rules};
use crate::rules::source::{Source, Table};
use crate::rules::suggest::hint;
use crate::rules::weigh::{RULE, UNCONDITIONAL};

/// A rule while configurations are merged.
#[derive(Clone, Default)]
pub(super) struct Draft {
    pub(super) info: RuleInfo,
    /// A rule of the built-in pack that the configuration extends.
    pub(super) shape: Option<Arc<Shape>>,
    /// The expression, and as it is written.
    pub(super) regex: Option<(Regex, String)>,
    pub(super) path: Option<Arc<Regex>>,
    pub(super) group: u64,
    pub(super) entropy: f64,
    pub(super) keywords: Vec<String>,
    pub(super) allowlists: Vec<Arc<Allowlist>>,
    pub(super) required: Vec<Required>,
    pub(super) is_silent: bool,
    /// Where it stands in the outermost file; 0 if in another.
    pub(super) span: Range<usize>,
}

/// A configuration while it is read.
#[derive(Default)]
pub(super) struct Config {
    pub(super) rules: BTreeMap<String, Draft>,
    /// The order of the ids.
    pub(super) order: Vec<String>,
    pub(super) allowlists: Vec<Arc<Allowlist>>,
    /// Allowlists for some rules only, with the place of the list.
    pub(super) targeted: Vec<(String, Arc<Allowlist>, Range<usize>)>,
    /// All texts it was made of.
    pub(super) texts: Vec<u8>,
    pub(super) notes: Vec<String>,
}

/// Reads the file and whatever it extends.
pub(in crate::rules) fn load(
    source: &Source<'_>,
    table: &Table<'_, '_>,
    read: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Rules, RulesError> {
    let mut config = config(source, table, read, 0)?;
    for (id, list, span) in std::mem::take(&mut config.targeted) {
        if let Some(rule) = config.rules.get_mut(&id) {
            rule.allowlists.push(list);
        } else {
            let hint = hint(&id, config.rules.keys().map(String::as_str));
            let problem = Problem::NoSuchRule(id, hint);
            return Err(table.error(Some(&span), Some("targetRules"), problem));
        }
    }
    if config.rules.is_empty() {
        return Err(table.error(None, None, Problem::Empty));
    }
    let mut rules = Vec::new();
    for id in &config.order {
        if let Some(draft) = config.rules.remove(id) {
            rules.push(finish(source, draft, &config.allowlists)?);
        }
    }
    let taken = source.room.taken();
    Ok(Rules::new(rules, config.allowlists, config.notes, &config.texts).taking(taken))
}

/// One file, extended. `depth` is 0 for the outermost.
pub(super) fn config(
    source: &Source<'_>,
    table: &Table<'_, '_>,
    read: &dyn Fn(&str) -> Result<String, String>,
    depth: usize,
) -> Result<Config, RulesError> {
    table.only(keys::TOP, &keys::foreign)?;
    let mut config = Config::default();
    config.texts.extend_from_slice(source.text.as_bytes());
    config.texts.push(0);
    table.text("title")?;
    table.text("description")?;
    if let Some((version, _)) = table.text("minVersion")?
        && is_newer(&version)
    {
        config.notes.push(format!(
            "{}: asks for gitleaks {version}; what is newer than 8.30 is not known here",
            source.name
        ));
    }
    for rule in table.tables("rules")? {
        let draft = draft(rule, depth)?;
        let id = draft.info.id.clone();
        config.order.push(id.clone());
        config.rules.insert(id.clone(), draft);
        if config.rules.len() < config.order.len() {
            let last = table.tables("rules")?.swap_remove(config.order.len() - 1);
            let error = last.error(None, Some("id"), Problem::Duplicate);
            return Err(RulesError { rule: Some(id), ..error });
        }
    }
    check_required(source, &config)?;
    for (list, targets, span) in allowlists(table, keys::ALLOWLIST)? {
        let list = Arc::new(list);
        if targets.is_empty() {
            config.allowlists.push(list);
        } else if depth == 0 {
            let target = |id| (id, Arc::clone(&list), span.clone());
            config.targeted.extend(targets.into_iter().map(target));
        } else {
            config.notes.push(format!(
                "{}: an allowlist with `targetRules` in a file that another extends has no effect",
                source.name
            ));
        }
    }
    extend::extend(source, table, read, depth, &mut config)?;
    Ok(config)
}

fn draft(mut table: Table<'_, '_>, depth: usize) -> Result<Draft, RulesError> {
    let id = table.text("id")?.map(|(id, _)| id).filter(|id| !id.trim().is_empty());
    let id = id.ok_or_else(|| table.error(None, None, Problem::Missing("id")))?;
    table.rule = Some(id.clone());
    table.only(keys::RULE, &keys::foreign)?;
    let compiled = |key: &str| match table.text(key)? {
        Some((pattern, span)) => compile::regex(&table, key, &pattern, &span).map(Some),
        None => Ok(None),
    };
    let words = |key: &str| -> Result<Vec<String>, RulesError> {
        Ok(table.texts(key, true)?.into_iter().map(|(word, _)| word).collect())
    };
    let mut draft = Draft {
        regex: compiled("regex")?.zip(table.text("regex")?.map(|(pattern, _)| pattern)),
        path: compiled("path")?.map(Arc::new),
        group: table.count("secretGroup")?.unwrap_or(0),
        entropy: table.number("entropy")?.unwrap_or(0.0),
        keywords: words("keywords")?.iter().map(|word| word.to_lowercase()).collect(),
        is_silent: table.flag("skipReport")?,
        span: if depth == 0 { table.span.clone() } else { 0..0 },
        info: RuleInfo {
            description: table.text("description")?.map(|(text, _)| text).unwrap_or_default(),
            tags: words("tags")?,
            id,
            ..RuleInfo::default()
        },
        ..Draft::default()
    };
    table.weigh_literals("keywords", draft.keywords.iter().map(String::as_str))?;
    let is_asked_always = draft.keywords.is_empty() && draft.regex.is_some();
    table.take(None, None, if is_asked_always { UNCONDITIONAL } else { RULE })?;
    for (list, _, _) in allowlists(&table, keys::RULE_ALLOWLIST)? {
        draft.allowlists.push(Arc::new(list));
    }
    for required in table.tables("required")? {
        required.only(keys::REQUIRED, &keys::foreign)?;
        let id = required.text("id")?.map(|(id, _)| id);
        draft.required.push(Required {
            id: id.ok_or_else(|| required.error(None, Some("required"), Problem::Missing("id")))?,
            lines: required.count("withinLines")?,
            columns: required.count("withinColumns")?,
        });
    }
    Ok(draft)
}

/// What a rule requires has to be in the same file.
fn check_required(source: &Source<'_>, config: &Config) -> Result<(), RulesError> {
    for draft in config.rules.values() {
        for required in &draft.required {
            if !config.rules.contains_key(&required.id) {
                let hint = hint(&required.id, config.rules.keys().map(String::as_str));
                let problem = Problem::NoSuchRule(required.id.clone(), hint);
                return Err(about(source, draft, Some("required"), problem));
            }
        }
    }
    Ok(())
}

/// An allowlist, the rules it is for, and where it stands.
type Listed = (Allowlist, Vec<String>, Range<usize>);

/// `[[allowlists]]`, or the older `[allowlist]`.
fn allowlists(table: &Table<'_, '_>, known: &[&str]) -> Result<Vec<Listed>, RulesError> {
    let mut tables = table.tables("allowlists")?;
    // The older form was also written as an array of one.
    let old = match table.get("allowlist") {
        Some(value) if value.get_ref().is_array() => table.tables("allowlist")?,
        Some(_) => table.table("allowlist")?.into_iter().collect(),
        None => Vec::new(),
    };
    if !old.is_empty() && !tables.is_empty() {
        let span = old[0].span.clone();
        return Err(table.error(Some(&span), None, Problem::Conflict("allowlist", "allowlists")));
    }
    tables.extend(old);
    tables.iter().map(|table| allowlist(table, known)).collect()
}

fn allowlist(table: &Table<'_, '_>, known: &[&str]) -> Result<Listed, RulesError> {
    table.only(known, &keys::foreign)?;
    table.text("description")?;
    let choice = |key: &str, known: &[(&str, u8)], words: &str| {
        let Some((text, span)) = table.text(key)? else { return Ok(0) };
        let known = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(&text));
        known.map(|(_, value)| *value).ok_or_else(|| {
            table.error(Some(&span), Some(key), Problem::Value(text, words.to_owned()))
        })
    };
    let and = choice("condition", &[("OR", 0), ("||", 0), ("AND", 1), ("&&", 1)], "`OR` or `AND`")?;
    let targets = [("secret", 0), ("match", 1), ("line", 2)];
    let target = choice("regexTarget", &targets, "`secret`, `match` or `line`")?;
    let words = |key: &str| -> Result<Vec<String>, RulesError> {
        Ok(table.texts(key, true)?.into_iter().map(|(word, _)| word).collect())
    };
    let stopwords: Vec<String> = words("stopwords")?;
    table.weigh_literals("stopwords", stopwords.iter().map(String::as_str))?;
    let stopwords = (!stopwords.is_empty())
        .then(|| AhoCorasick::builder().ascii_case_insensitive(true).build(stopwords));
    let stopwords = stopwords.transpose().map_err(|_| {
        table.error(None, Some("stopwords"), Problem::TooMany("more stopwords than fit in memory"))
    })?;
    let list = Allowlist {
        is_and: and == 1,
        commits: words("commits")?.iter().map(|commit| commit.to_lowercase()).collect(),
        paths: compile::set(table, "paths", &table.texts("paths", true)?)?,
        regexes: compile::set(table, "regexes", &table.texts("regexes", true)?)?,
        target: [Target::Secret, Target::Match, Target::Line][usize::from(target)],
        stopwords,
    };
    if !list.asks_place() && list.regexes.is_none() && list.stopwords.is_none() {
        return Err(table.error(None, None, Problem::EmptyAllowlist));
    }
    Ok((list, words("targetRules")?, table.span.clone()))
}

/// The rule, after everything has been merged into it.
fn finish(
    source: &Source<'_>,
    draft: Draft,
    global: &[Arc<Allowlist>],
) -> Result<Rule, RulesError> {
    let lists = global.iter().chain(&draft.allowlists);
    if lists.filter(|list| list.is_and && list.asks_place()).count() > MAX_MIXED {
        let problem =
            Problem::TooMany("more than 64 allowlists with the condition AND and a place");
        return Err(about(source, &draft, Some("allowlists"), problem));
    }
    let group_error =
        |groups| about(source, &draft, Some("secretGroup"), Problem::Group(draft.group, groups));
    let group = usize::try_from(draft.group).unwrap_or(usize::MAX);
    let body = if let Some((regex, pattern)) = &draft.regex {
        if group >= regex.captures_len() {
            return Err(group_error(regex.captures_len() - 1));
        }
        let keywords = draft.keywords.iter().map(|word| word.clone().into_bytes()).collect();
        Body::Fragment(Arc::new(Fragment::new(regex.clone(), pattern.clone(), keywords, group)))
    } else if let Some(shape) = &draft.shape {
        let groups = shape.regex().map_or(0, Regex::captures_len).saturating_sub(1);
        if group > groups {
            return Err(group_error(groups));
        }
        if group == 0 {
            Body::Shape(Arc::clone(shape))
        } else {
            Body::Shape(Arc::new(Shape { group, ..Shape::clone(shape) }))
        }
    } else if draft.path.is_some() {
        Body::Path
    } else {
        return Err(about(source, &draft, None, Problem::Neither));
    };
    Ok(Rule {
        info: Arc::new(draft.info),
        body,
        criteria: Criteria {
            path: draft.path,
            allowlists: draft.allowlists,
            entropy: (draft.entropy != 0.0).then_some(draft.entropy),
            required: draft.required,
            is_silent: draft.is_silent,
            decodes: true,
        },
    })
}

fn about(source: &Source<'_>, draft: &Draft, key: Option<&str>, problem: Problem) -> RulesError {
    let span = (!draft.span.is_empty()).then_some(&draft.span);
    let error = source.error(span, problem);
    RulesError { rule: Some(draft.info.id.clone()), key: key.map(str::to_owned), ..error }
}

/// Whether a version is above 8.30.
fn is_newer(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse().ok());
    let part: [u32; 2] = [(); 2].map(|()| parts.next().flatten().unwrap_or(0));
    part > [8, 30]
}
