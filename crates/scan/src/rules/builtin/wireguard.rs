//! `WireGuard`.

use crate::rules::class::{ANY, BASE64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "WireGuard";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "wireguard-private-key",
    description: "WireGuard private key",
    help: "Make a new key pair and replace the public key at every peer.",
    literals: &["PrivateKey = ", "PrivateKey="],
    regex: "PrivateKey ?= ?([0-9A-Za-z+/]{42}[AEIMQUYcgkosw048]=)",
    group: 1,
    tail: (ANY, 43),
    edges: (WORD, BASE64),
    examples: &["[Interface]\nPrivateKey = {b64:42}A="],
    near_misses: &["PrivateKey = {b64:42}B="],
    ..Spec::DEFAULT
}];
