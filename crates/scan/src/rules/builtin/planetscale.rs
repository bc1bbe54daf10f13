//! `PlanetScale`.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "PlanetScale";

const HELP: &str = "Delete it under the service tokens or the passwords of the database.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "planetscale-api-token",
        description: "PlanetScale service token",
        help: HELP,
        literals: &["pscale_tkn_"],
        regex: r"pscale_tkn_[\w=.-]{32,64}",
        tail: (URL64, 32),
        edges: (WORD, URL64),
        examples: &["pscale_tkn_{b64u:43}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "planetscale-oauth-token",
        description: "PlanetScale OAuth token",
        help: HELP,
        literals: &["pscale_oauth_"],
        regex: r"pscale_oauth_[\w=.-]{32,64}",
        tail: (URL64, 32),
        edges: (WORD, URL64),
        examples: &["pscale_oauth_{b64u:43}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "planetscale-password",
        description: "PlanetScale password",
        help: HELP,
        literals: &["pscale_pw_"],
        regex: r"pscale_pw_[\w=.-]{32,64}",
        tail: (URL64, 32),
        edges: (WORD, URL64),
        examples: &["pscale_pw_{b64u:43}"],
        ..Spec::DEFAULT
    },
];
