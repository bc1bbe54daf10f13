//! Doppler.

use crate::rules::class::URL64;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Doppler";

const HELP: &str = "Revoke it under Tokens of the workplace, or Access of the config.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "doppler-api-token",
    description: "Doppler token",
    help: HELP,
    literals: &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
    regex: r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}",
    tail: (URL64, 2),
    examples: &["dp.pt.{b62:43}", "dp.st.prd_main.{b62:43}"],
    ..Spec::DEFAULT
}];
