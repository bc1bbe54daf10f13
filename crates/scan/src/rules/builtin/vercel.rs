//! Vercel.

use crate::rules::checksum::Recipe;
use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Vercel";

const HELP: &str = "Delete it under Account Settings, Tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "vercel-token",
    description: "Vercel token",
    help: HELP,
    literals: &["vcp_", "vck_", "vca_", "vcr_", "vci_"],
    regex: "vc[pkari]_[0-9A-Za-z]{56}",
    tail: (ALNUM, 56),
    checksum: Some(Recipe::Base62),
    examples: &["vcp_{b62:50}{sum:crc32-base62,vcp_}", "vck_{b62:56}"],
    ..Spec::DEFAULT
}];
