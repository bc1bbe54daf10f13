//! Zuplo.

use crate::rules::checksum::Recipe;
use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Zuplo";

const HELP: &str = "Roll the key of the consumer.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "zuplo-consumer-key",
    description: "Zuplo consumer API key",
    help: HELP,
    literals: &["zpka_"],
    regex: "zpka_[0-9a-z]{32}_[0-9a-f]{8}",
    tail: (ALNUM, 32),
    checksum: Some(Recipe::Hex),
    examples: &["zpka_{an:32}_{sum:crc32-hex,zpka_}", "zpka_{an:32}_{hex:8}"],
    ..Spec::DEFAULT
}];
