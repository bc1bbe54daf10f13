//! `PayPal`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "PayPal";

const HELP: &str = "Revoke it in the Braintree control panel.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "paypal-braintree-access-token",
    description: "PayPal Braintree access token",
    help: HELP,
    literals: &["access_token$production$"],
    regex: r"access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}",
    tail: (ALNUM, 16),
    examples: &["access_token$production${an:16}${hex:32}"],
    ..Spec::DEFAULT
}];
