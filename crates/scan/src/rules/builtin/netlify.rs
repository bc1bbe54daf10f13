//! Netlify.

use crate::rules::class::WORD;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Netlify";

const HELP: &str = "Revoke it under User settings, Applications.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "netlify-access-token",
    description: "Netlify personal access token",
    help: HELP,
    literals: &["nfp_"],
    regex: "nfp_[0-9A-Za-z_]{36}",
    tail: (WORD, 36),
    examples: &["nfp_{b62:36}"],
    ..Spec::DEFAULT
}];
