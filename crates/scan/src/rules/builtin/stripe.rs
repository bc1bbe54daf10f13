//! Stripe.

use crate::rules::class::{ALNUM, BASE64, BASE64URL, WORD};
use crate::rules::rule::{Seen, Spec};

pub(super) const PROVIDER: &str = "Stripe";

const HELP: &str =
    "Roll the key under Developers, API keys; the webhook secret under the endpoint.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "stripe-access-token",
        description: "Stripe secret or restricted key",
        help: HELP,
        literals: &["sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_prod_", "rk_prod_"],
        regex: "[sr]k_(?:live|test|prod)_[0-9A-Za-z]{16,120}",
        tail: (ALNUM, 16),
        accept: Some(stripe),
        examples: &["sk_live_{b62:24}", "rk_test_51{b62:97}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "stripe-webhook-secret",
        description: "Webhook signing secret of Stripe or of one that follows it",
        help: HELP,
        literals: &["whsec_"],
        regex: "whsec_[0-9A-Za-z+/]{32,88}={0,2}",
        tail: (BASE64, 32),
        edges: (WORD, BASE64URL),
        examples: &["whsec_{b62:32}"],
        ..Spec::DEFAULT
    },
];

/// `WorkOS` has the same beginning and goes on with base64 of its own.
fn stripe(seen: &Seen<'_>) -> bool {
    !seen.secret()[8..].starts_with(b"a2V5Xz")
}
