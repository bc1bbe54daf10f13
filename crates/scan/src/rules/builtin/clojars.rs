//! Clojars.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Clojars";

const HELP: &str = "Delete it under Deploy Tokens of the account.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "clojars-api-token",
    description: "Clojars deploy token",
    help: HELP,
    literals: &["CLOJARS_"],
    regex: "CLOJARS_[0-9A-Za-z]{60}",
    tail: (ALNUM, 60),
    examples: &["CLOJARS_{an:60}"],
    ..Spec::DEFAULT
}];
