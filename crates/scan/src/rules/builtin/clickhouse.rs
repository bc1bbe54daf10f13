//! `ClickHouse`.

use super::words::is_mixed;
use crate::rules::class::{ALNUM, BASE64URL, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "ClickHouse";

const HELP: &str = "Delete the API key in the ClickHouse Cloud console.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "clickhouse-cloud-api-secret-key",
    description: "ClickHouse Cloud API secret key",
    help: HELP,
    literals: &["4b1d"],
    regex: "4b1d[0-9A-Za-z]{38}",
    tail: (ALNUM, 38),
    edges: (STRETCH, BASE64URL),
    accept: Some(is_mixed),
    examples: &["4b1d{b62:38}"],
    near_misses: &["4b1d{hex:38}"],
    ..Spec::DEFAULT
}];
