//! `DataStax`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "DataStax";

const HELP: &str = "Delete the token under Tokens of the Astra organization.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "datastax-astra-token",
    description: "DataStax Astra application token",
    help: HELP,
    literals: &["AstraCS:"],
    regex: "AstraCS:[0-9A-Za-z]{20,32}:[0-9a-f]{64}",
    tail: (ALNUM, 20),
    examples: &["AstraCS:{b62:24}:{hex:64}"],
    ..Spec::DEFAULT
}];
