//! `DigitalOcean`.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "DigitalOcean";

const HELP: &str = "Delete it under API, Tokens.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "digitalocean-pat",
        description: "DigitalOcean personal access token",
        help: HELP,
        literals: &["dop_v1_"],
        regex: "dop_v1_[0-9a-f]{64}",
        tail: (HEX, 64),
        examples: &["dop_v1_{hex:64}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "digitalocean-access-token",
        description: "DigitalOcean OAuth access token",
        help: HELP,
        literals: &["doo_v1_"],
        regex: "doo_v1_[0-9a-f]{64}",
        tail: (HEX, 64),
        examples: &["doo_v1_{hex:64}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "digitalocean-refresh-token",
        description: "DigitalOcean OAuth refresh token",
        help: HELP,
        literals: &["dor_v1_"],
        regex: "dor_v1_[0-9a-f]{64}",
        tail: (HEX, 64),
        examples: &["dor_v1_{hex:64}"],
        ..Spec::DEFAULT
    },
];
