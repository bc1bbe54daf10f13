//! Salesforce.

use crate::rules::class::{ALNUM, STRETCH, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Salesforce";

const HELP: &str = "Revoke it under Connected Apps OAuth Usage.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "salesforce-access-token",
    description: "Salesforce access token",
    help: HELP,
    literals: &["00D"],
    regex: "00D[0-9A-Za-z]{12}![0-9A-Za-z._]{80,}",
    tail: (ALNUM, 12),
    edges: (STRETCH, WORD),
    examples: &["00D{b62:12}!{b62:96}"],
    ..Spec::DEFAULT
}];
