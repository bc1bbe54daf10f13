//! Mailchimp.

use crate::rules::class::{ANY, URL64};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Mailchimp";

const HELP: &str = "Revoke it under Extras, API keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "mailchimp-api-key",
    description: "Mailchimp API key",
    help: HELP,
    literals: &["-us1", "-us2", "-us3", "-us4", "-us5", "-us6", "-us7", "-us8", "-us9"],
    regex: "[0-9a-f]{32}-us[0-9]{1,2}",
    before: 32,
    tail: (ANY, 0),
    edges: (URL64, URL64),
    examples: &["{hex:32}-us14"],
    ..Spec::DEFAULT
}];
