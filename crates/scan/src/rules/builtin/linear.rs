//! Linear.

use crate::rules::class::{ALNUM, HEX};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Linear";

const HELP: &str = "Revoke it under Settings, Security and access.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "linear-api-key",
        description: "Linear API key",
        help: HELP,
        literals: &["lin_api_"],
        regex: "lin_api_[0-9A-Za-z]{40}",
        tail: (ALNUM, 40),
        examples: &["lin_api_{b62:40}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "linear-oauth-token",
        description: "Linear OAuth token",
        help: HELP,
        literals: &["lin_oauth_"],
        regex: "lin_oauth_[0-9a-f]{64}",
        tail: (HEX, 64),
        examples: &["lin_oauth_{hex:64}"],
        ..Spec::DEFAULT
    },
];
