//! `CockroachDB`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "CockroachDB";

const HELP: &str = "Delete the API key of the service account in the Cloud Console.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "cockroachdb-cloud-api-key",
    description: "CockroachDB Cloud API key",
    help: HELP,
    literals: &["CCDB1_"],
    regex: "CCDB1_[0-9A-Za-z]{22}_[0-9A-Za-z]{40}",
    tail: (ALNUM, 22),
    examples: &["CCDB1_{b62:22}_{b62:40}"],
    ..Spec::DEFAULT
}];
