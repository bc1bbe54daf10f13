//! New Relic.

use crate::rules::class::{ALNUM, HEX, URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "New Relic";

const HELP: &str = "Delete it under API keys of the administration.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "new-relic-user-api-key",
        description: "New Relic user API key",
        help: HELP,
        literals: &["NRAK-"],
        regex: "NRAK-[0-9A-Za-z]{27}",
        tail: (ALNUM, 27),
        examples: &["NRAK-{AN:27}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "new-relic-insert-key",
        description: "New Relic insert key",
        help: HELP,
        literals: &["NRII-"],
        regex: r"NRII-[\w-]{32}",
        tail: (URL64, 32),
        edges: (WORD, URL64),
        examples: &["NRII-{b64u:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "new-relic-browser-api-token",
        description: "New Relic browser API token",
        help: HELP,
        literals: &["NRJS-"],
        regex: "NRJS-[0-9a-f]{19}",
        tail: (HEX, 19),
        examples: &["NRJS-{hex:19}"],
        ..Spec::DEFAULT
    },
];
