//! `RubyGems`.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "RubyGems";

const HELP: &str = "Delete it under Edit settings, API keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "rubygems-api-token",
    description: "RubyGems API key",
    help: HELP,
    literals: &["rubygems_"],
    regex: "rubygems_[0-9a-f]{48}",
    tail: (HEX, 48),
    examples: &["rubygems_{hex:48}"],
    ..Spec::DEFAULT
}];
