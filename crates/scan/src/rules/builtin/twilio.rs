//! Twilio.

use crate::rules::class::{BASE64URL, HEX, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Twilio";

const HELP: &str = "Delete the API key in the console.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "twilio-api-key",
    description: "Twilio API key SID",
    help: HELP,
    literals: &[
        "SK0", "SK1", "SK2", "SK3", "SK4", "SK5", "SK6", "SK7", "SK8", "SK9", "SKa", "SKb", "SKc",
        "SKd", "SKe", "SKf",
    ],
    regex: "SK[0-9a-f]{32}",
    tail: (HEX, 31),
    edges: (STRETCH, BASE64URL),
    examples: &["SK{hex:32}"],
    ..Spec::DEFAULT
}];
