//! Paddle.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Paddle";

const HELP: &str = "Revoke it under Developer tools, Authentication.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "paddle-api-key",
    description: "Paddle API key",
    help: HELP,
    literals: &["pdl_live_apikey_", "pdl_sdbx_apikey_"],
    regex: "pdl_(?:live|sdbx)_apikey_[0-9a-z]{26}_[0-9A-Za-z]{22}_[0-9A-Za-z]{3}",
    tail: (ALNUM, 26),
    examples: &["pdl_live_apikey_{an:26}_{b62:22}_{b62:3}"],
    ..Spec::DEFAULT
}];
