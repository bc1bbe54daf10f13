//! The keys of the configuration, and those that others have added to it.

pub(super) const TOP: &[&str] =
    &["title", "description", "minVersion", "extend", "rules", "allowlist", "allowlists"];
pub(super) const EXTEND: &[&str] = &["path", "url", "useDefault", "disabledRules"];
pub(super) const RULE: &[&str] = &[
    "id",
    "description",
    "path",
    "regex",
    "secretGroup",
    "entropy",
    "keywords",
    "tags",
    "allowlist",
    "allowlists",
    "required",
    "skipReport",
];
pub(super) const REQUIRED: &[&str] = &["id", "withinLines", "withinColumns"];
pub(super) const RULE_ALLOWLIST: &[&str] =
    &["description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords"];
pub(super) const ALLOWLIST: &[&str] = &[
    "description",
    "condition",
    "commits",
    "paths",
    "regexTarget",
    "regexes",
    "stopwords",
    "targetRules",
];

/// Keys of betterleaks, which goes on from gitleaks and reads the same files.
const BETTERLEAKS: &[&str] = &[
    "prefilter",
    "filter",
    "validate",
    "tokenefficiency",
    "specificity",
    "betterleaksminversion",
    "components",
    "expr",
    "confidence",
];

/// What is said about a key that is none of gitleaks.
pub(super) fn foreign(lower: &str) -> Option<&'static str> {
    BETTERLEAKS.contains(&lower).then_some("it is one of betterleaks, which gitleaks does not know")
}
