//! `ElevenLabs`.

use super::words::is_near;
use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "ElevenLabs";

const HELP: &str = "Revoke it under API Keys of the profile.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "elevenlabs-api-key",
    description: "ElevenLabs API key",
    help: HELP,
    literals: &["sk_"],
    regex: "sk_[0-9a-f]{48}",
    tail: (HEX, 48),
    accept: Some(|seen| is_near(seen, &["eleven"])),
    examples: &["ELEVENLABS_API_KEY=sk_{hex:48}"],
    near_misses: &["id = sk_{hex:48}"],
    ..Spec::DEFAULT
}];
