//! Cloudflare.

use crate::rules::checksum::Recipe;
use crate::rules::class::{ALNUM, HEX};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Cloudflare";

const HELP: &str = "Roll or delete it under My Profile, API Tokens.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "cloudflare-api-token",
        description: "Cloudflare API token or key",
        help: HELP,
        literals: &["cfk_", "cfut_", "cfat_"],
        regex: "cf(?:k|ut|at)_[0-9A-Za-z]{40}[0-9a-f]{8}",
        tail: (ALNUM, 48),
        checksum: Some(Recipe::Hex),
        examples: &["cfk_{b62:40}{sum:crc32-hex,cfk_}", "cfut_{b62:40}{hex:8}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "cloudflare-origin-ca-key",
        description: "Cloudflare Origin CA key",
        help: HELP,
        literals: &["v1.0-"],
        regex: r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}",
        tail: (HEX, 24),
        examples: &["v1.0-{hex:24}-{hex:146}"],
        ..Spec::DEFAULT
    },
];
