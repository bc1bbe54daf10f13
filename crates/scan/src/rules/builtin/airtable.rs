//! Airtable.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Airtable";

const HELP: &str = "Revoke it under the developer hub, Personal access tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "airtable-personnal-access-token",
    description: "Airtable personal access token",
    help: HELP,
    literals: &["pat"],
    regex: r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}",
    tail: (ALNUM, 14),
    examples: &["pat{b62:14}.{hex:64}"],
    ..Spec::DEFAULT
}];
