//! age.

use crate::rules::checksum::Recipe;
use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "age";

const HELP: &str = "Encrypt everything anew to a fresh identity: whoever has this one reads it.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "age-secret-key",
    description: "age secret key",
    help: HELP,
    literals: &["AGE-SECRET-KEY-1"],
    regex: "AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
    tail: (ALNUM, 58),
    checksum: Some(Recipe::Bech32),
    examples: &["AGE-SECRET-KEY-1{bech32:52}{sum:bech32}"],
    near_misses: &["AGE-SECRET-KEY-1{bech32:58}"],
    ..Spec::DEFAULT
}];
