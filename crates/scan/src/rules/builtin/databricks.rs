//! Databricks.

use crate::rules::class::HEX;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Databricks";

const HELP: &str = "Revoke it under Settings, Developer, Access tokens.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "databricks-api-token",
    description: "Databricks access token",
    help: HELP,
    literals: &["dapi"],
    regex: r"dapi[0-9a-f]{32}(?:-\d)?",
    tail: (HEX, 32),
    examples: &["dapi{hex:32}", "dapi{hex:32}-2"],
    ..Spec::DEFAULT
}];
