//! Apify.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Apify";

const HELP: &str = "Delete it under Settings, API and Integrations.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "apify-api-token",
    description: "Apify API token",
    help: HELP,
    literals: &["apify_api_"],
    regex: "apify_api_[0-9A-Za-z]{34,38}",
    tail: (ALNUM, 34),
    examples: &["apify_api_{b62:36}"],
    ..Spec::DEFAULT
}];
