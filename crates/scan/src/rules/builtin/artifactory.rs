//! `JFrog` Artifactory.

use crate::rules::class::{ALNUM, BASE64URL, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "JFrog Artifactory";

const HELP: &str = "Revoke it under User Management, or the user profile.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "artifactory-api-key",
        description: "Artifactory API key",
        help: HELP,
        literals: &["AKCp"],
        regex: "AKCp[0-9A-Za-z]{66,72}",
        tail: (ALNUM, 66),
        edges: (STRETCH, BASE64URL),
        examples: &["AKCp{b62:69}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "artifactory-reference-token",
        description: "Artifactory reference token",
        help: HELP,
        literals: &["cmVmdGtu"],
        regex: "cmVmdGtu[0-9A-Za-z]{56}",
        tail: (ALNUM, 56),
        edges: (STRETCH, BASE64URL),
        examples: &["cmVmdGtu{b62:56}"],
        ..Spec::DEFAULT
    },
];
