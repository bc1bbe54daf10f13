//! Rules in the form of our own, `patrol.rules/v1`: `[[rule]]` tables.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::checksum::Recipe;
use super::error::{Problem, RulesError};
use super::gitleaks::Allowlist;
use super::rule::{Randomness, Shape, compile};
use super::set::{Body, Criteria, Rule, Rules};
use super::source::{Source, Table};
use super::weigh::RULE;
use crate::RuleInfo;

/// The name of the form.
const SCHEMA: &str = "patrol.rules/v1";

const TOP: &[&str] = &["schema", "rule", "builtin"];
const KEYS: &[&str] = &[
    "id",
    "description",
    "provider",
    "help",
    "tags",
    "literals",
    "regex",
    "secret_group",
    "min_entropy",
    "checksum",
    "allow",
];

/// A literal shorter than that is met everywhere.
const MIN_LITERAL: usize = 3;

pub(super) fn load(source: &Source<'_>, table: &Table<'_, '_>) -> Result<Rules, RulesError> {
    table.only(TOP, &|_| None)?;
    if let Some((schema, span)) = table.text("schema")?
        && schema != SCHEMA
    {
        let problem = Problem::Value(schema, format!("`{SCHEMA}`"));
        return Err(table.error(Some(&span), Some("schema"), problem));
    }
    let mut rules = Vec::new();
    let mut ids = BTreeSet::new();
    for mut table in table.tables("rule")? {
        let rule = rule(&mut table)?;
        if !ids.insert(rule.info.id.clone()) {
            return Err(table.error(None, Some("id"), Problem::Duplicate));
        }
        rules.push(rule);
    }
    let is_with_builtin = table.flag("builtin")?;
    if rules.is_empty() && !is_with_builtin {
        return Err(table.error(None, None, Problem::Empty));
    }
    let own = Rules::new(rules, Vec::new(), Vec::new(), source.text.as_bytes())
        .taking(source.room.taken());
    Ok(if is_with_builtin { Rules::builtin().and(&own) } else { own })
}

fn rule(table: &mut Table<'_, '_>) -> Result<Rule, RulesError> {
    let (id, _) =
        table.text("id")?.ok_or_else(|| table.error(None, None, Problem::Missing("id")))?;
    table.rule = Some(id.clone());
    table.only(KEYS, &|_| None)?;
    let text = |key: &str| Ok::<_, RulesError>(table.text(key)?.map(|(text, _)| text));
    let literals = literals(table)?;
    let (pattern, span) =
        table.text("regex")?.ok_or_else(|| table.error(None, None, Problem::Missing("regex")))?;
    table.take(None, None, RULE)?;
    table.weigh("regex", &span, &pattern, false)?;
    let regex = compile(&pattern, false)
        .map_err(|error| table.error(Some(&span), Some("regex"), Problem::Regex(told(&error))))?;
    let group = table.count("secret_group")?.unwrap_or(0);
    let groups = regex.captures_len() - 1;
    let group = usize::try_from(group)
        .ok()
        .filter(|group| *group <= groups)
        .ok_or_else(|| table.error(None, Some("secret_group"), Problem::Group(group, groups)))?;
    let mut shape = Shape::of_user(literals, regex, group);
    if let Some(bits) = table.number("min_entropy")? {
        shape.randomness = Randomness::Bits(bits);
    }
    if let Some((name, span)) = table.text("checksum")? {
        shape.checksum = Some(Recipe::named(&name).ok_or_else(|| {
            let problem = Problem::Value(name, format!("one of {}", Recipe::NAMES));
            table.error(Some(&span), Some("checksum"), problem)
        })?);
    }
    let info = RuleInfo {
        description: text("description")?.unwrap_or_else(|| id.clone()),
        provider: text("provider")?,
        help: text("help")?,
        tags: table.texts("tags", false)?.into_iter().map(|(tag, _)| tag).collect(),
        id,
        index: 0,
    };
    let allowlists = allow(table)?.into_iter().map(Arc::new).collect();
    Ok(Rule {
        info: Arc::new(info),
        body: Body::Shape(Arc::new(shape)),
        criteria: Criteria { allowlists, ..Criteria::default() },
    })
}

fn literals(table: &Table<'_, '_>) -> Result<Vec<Vec<u8>>, RulesError> {
    let literals = table.texts("literals", false)?;
    if literals.is_empty() {
        return Err(table.error(None, None, Problem::Missing("literals")));
    }
    let short = literals.iter().find(|(literal, _)| literal.len() < MIN_LITERAL);
    if let Some((literal, span)) = short {
        let problem =
            Problem::Value(literal.clone(), format!("at least {MIN_LITERAL} bytes of text"));
        return Err(table.error(Some(span), Some("literals"), problem));
    }
    table.weigh_literals("literals", literals.iter().map(|(literal, _)| literal.as_str()))?;
    Ok(literals.into_iter().map(|(literal, _)| literal.into_bytes()).collect())
}

/// Expressions for secrets that are none.
fn allow(table: &Table<'_, '_>) -> Result<Option<Allowlist>, RulesError> {
    let patterns = table.texts("allow", false)?;
    for (pattern, span) in &patterns {
        table.weigh("allow", span, pattern, false)?;
        compile(pattern, false).map_err(|error| {
            table.error(Some(span), Some("allow"), Problem::Regex(told(&error)))
        })?;
    }
    let patterns: Vec<String> = patterns.into_iter().map(|(pattern, _)| pattern).collect();
    if patterns.is_empty() {
        return Ok(None);
    }
    let list = Allowlist::of_patterns(&patterns)
        .map_err(|error| table.error(None, Some("allow"), Problem::Regex(told(&error))))?;
    Ok(Some(list))
}

/// The last line of what the engine says: the lines before repeat the expression.
pub(super) fn told(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().next_back().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}
