//! `HubSpot`.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "HubSpot";

const HELP: &str = "Rotate it in the private app.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "hubspot-private-app-token",
    description: "HubSpot private app token",
    help: HELP,
    literals: &["pat-na1-", "pat-na2-", "pat-eu1-", "pat-ap1-"],
    regex: "pat-(?:na|eu|ap)[0-9]-[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    tail: (HEX, 8),
    examples: &["pat-na1-{uuid}"],
    ..Spec::DEFAULT
}];
