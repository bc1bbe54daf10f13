//! The shapes of tokens that a ledger took over from another service. They have no checksum, so
//! what has the shape says little; the ledger knows each of its tokens by digest and decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use super::rule::{REGEX_LIMIT, Shape};
use super::set::{Body, Criteria, Rule, Rules};
use crate::{Finding, RuleInfo, Secret};

/// How the name of each such rule begins; the shape's literal prefix follows.
const ID: &str = "imported:";

impl Rules {
    /// Rules for shapes of imported tokens: a literal prefix, and the pattern (of the crate
    /// `regex`) of all that follows it. A pattern that takes texts of several lengths takes the
    /// longest. The second list has the prefixes of shapes that cannot be looked for.
    ///
    /// ```
    /// use patrol_scan::rules::Rules;
    /// let (rules, left) = Rules::imported([("old-", "[0-9a-f]{16}")]);
    /// assert_eq!((rules.infos()[0].id.as_str(), left.len()), ("imported:old-", 0));
    /// ```
    pub fn imported<'s>(
        shapes: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> (Self, Vec<String>) {
        // One rule for each prefix, in an order that does not depend on that of the imports.
        let mut of_prefix: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (prefix, pattern) in shapes {
            of_prefix.entry(prefix).or_default().push(pattern);
        }
        let (mut rules, mut source, mut left) = (Vec::new(), String::new(), Vec::new());
        for (prefix, mut patterns) in of_prefix {
            patterns.sort_unstable();
            let pattern = patterns.join(")|(?:");
            let Some(regex) = regex(prefix, &pattern).filter(|_| !prefix.is_empty()) else {
                left.push(prefix.to_owned());
                continue;
            };
            source.extend(["imported ", prefix, "\0", &pattern, "\0"]);
            let mut shape = Shape::of_user(vec![prefix.as_bytes().to_vec()], regex, 0);
            shape.before = 0;
            rules.push(Rule {
                info: Arc::new(RuleInfo {
                    id: format!("{ID}{prefix}"),
                    description: "A token that the ledger took over from another service".into(),
                    help: Some("Revoke it: `patrol revoke`".into()),
                    ..RuleInfo::default()
                }),
                body: Body::Shape(Arc::new(shape)),
                criteria: Criteria::default(),
            });
        }
        if rules.is_empty() {
            return (Self::none(), left);
        }
        (Self::new(rules, Vec::new(), Vec::new(), source.as_bytes()), left)
    }
}

impl Finding {
    /// It only has the shape of imported tokens, and the ledger, which has been asked, does not
    /// know its digest.
    pub fn is_nobodys(&self) -> bool {
        match &self.secret {
            Secret::Own(_) => false,
            Secret::Foreign(foreign) => is(&foreign.rule) && self.status.is_none(),
        }
    }
}

/// Whether this is a rule for imported tokens.
pub(super) fn is(rule: &RuleInfo) -> bool {
    rule.id.starts_with(ID)
}

/// The expression for a prefix with what follows it.
fn regex(prefix: &str, pattern: &str) -> Option<Regex> {
    let pattern = format!(r"{}(?:(?:{pattern}))", regex::escape(prefix));
    RegexBuilder::new(&pattern).size_limit(REGEX_LIMIT).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Detector;

    #[test]
    fn shapes_are_found_by_their_prefix() {
        let shapes =
            [("old-", "[0-9a-f]{8}"), ("k", r"\d{4}"), ("old-", "X[a-z]{3}"), ("bad", "(")];
        let (rules, left) = Rules::imported(shapes);
        assert_eq!(left, ["bad"]);
        let detector = Detector::new(&[]).with_rules(rules.clone());
        let found = detector.matches(b"a=old-0123abcd k1234; old-Xabc old-0123abc");
        let spans: Vec<_> = found.iter().map(|it| (it.start, it.end)).collect();
        assert_eq!(spans, [(2, 14), (15, 20), (22, 30)]);
        let shown: Vec<_> = found.iter().map(|it| it.secret.redacted()).collect();
        assert!(
            shown.iter().all(|text| !text.contains("0123") && !text.contains("abc")),
            "{shown:?}"
        );
        let other = Rules::imported([("old-", "[0-9a-f]{9}")]).0;
        assert_ne!(rules.digest(), other.digest());
        assert!(Rules::imported([]).0.is_empty());
    }
}
