//! Pinecone.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Pinecone";

const HELP: &str = "Delete it under API keys of the project.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "pinecone-api-key",
    description: "Pinecone API key",
    help: HELP,
    literals: &["pcsk_"],
    regex: "pcsk_[0-9A-Za-z]{5,6}_[0-9A-Za-z]{63}",
    tail: (ALNUM, 5),
    examples: &["pcsk_{b62:5}_{b62:63}"],
    ..Spec::DEFAULT
}];
