//! `MongoDB` Atlas.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "MongoDB Atlas";

const HELP: &str = "Delete the secret of the service account under Access Manager.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "mongodb-atlas-service-account-secret",
    description: "MongoDB Atlas service account secret",
    help: HELP,
    literals: &["mdb_sa_sk_"],
    regex: r"mdb_sa_sk_[\w-]{40}",
    tail: (URL64, 40),
    edges: (WORD, URL64),
    examples: &["mdb_sa_sk_{b64u:40}"],
    ..Spec::DEFAULT
}];
