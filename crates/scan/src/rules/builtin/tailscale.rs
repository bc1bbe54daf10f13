//! Tailscale.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Tailscale";

const HELP: &str = "Revoke it under Settings, Keys.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "tailscale-key",
    description: "Tailscale key",
    help: HELP,
    literals: &["tskey-"],
    regex: "tskey-(?:api|auth|client|scim|webhook|oauth)-[0-9A-Za-z]{8,24}-[0-9A-Za-z]{16,48}",
    tail: (URL64, 20),
    edges: (WORD, URL64),
    examples: &["tskey-auth-k{b62:10}CNTRL-{b62:32}"],
    ..Spec::DEFAULT
}];
