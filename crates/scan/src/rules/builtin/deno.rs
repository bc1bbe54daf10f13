//! Deno Deploy.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Deno Deploy";

const HELP: &str = "Revoke it under Account settings, Access Tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "deno-deploy-token",
    description: "Deno Deploy token",
    help: HELP,
    literals: &["ddp_", "ddo_"],
    regex: "dd[po]_[0-9A-Za-z]{36}",
    tail: (ALNUM, 36),
    examples: &["ddp_{b62:36}"],
    ..Spec::DEFAULT
}];
