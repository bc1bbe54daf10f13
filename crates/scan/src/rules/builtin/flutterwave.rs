//! Flutterwave.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Flutterwave";

const HELP: &str = "Regenerate the keys under Settings, API.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "flutterwave-secret-key",
    description: "Flutterwave secret key",
    help: HELP,
    literals: &["FLWSECK_TEST-", "FLWSECK-"],
    regex: "FLWSECK(?:_TEST)?-[0-9a-z]{12,40}-X",
    tail: (ALNUM, 12),
    examples: &["FLWSECK_TEST-{hex:32}-X"],
    ..Spec::DEFAULT
}];
