//! Grafana.

use crate::rules::checksum::Recipe;
use crate::rules::class::{ALNUM, BASE64, BASE64URL, STRETCH, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Grafana";

const HELP: &str =
    "Delete the token of the service account, or the access policy in Grafana Cloud.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "grafana-service-account-token",
        description: "Grafana service account token",
        help: HELP,
        literals: &["glsa_"],
        regex: "glsa_[0-9A-Za-z]{32}_[0-9a-fA-F]{8}",
        tail: (ALNUM, 32),
        checksum: Some(Recipe::Grafana),
        examples: &["glsa_{b62:32}_{sum:grafana}"],
        near_misses: &["glsa_{b62:32}_{hex:8}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "grafana-cloud-api-token",
        description: "Grafana Cloud access policy token",
        help: HELP,
        literals: &["glc_eyJ"],
        regex: "glc_eyJ[0-9A-Za-z+/]{40,}={0,3}",
        tail: (BASE64, 40),
        edges: (WORD, BASE64URL),
        examples: &["glc_eyJ{b64:100}="],
        ..Spec::DEFAULT
    },
    Spec {
        id: "grafana-api-key",
        description: "Grafana API key (legacy)",
        help: HELP,
        literals: &["eyJrIjoi"],
        regex: "eyJrIjoi[0-9A-Za-z+/]{40,}={0,3}",
        tail: (BASE64, 40),
        edges: (STRETCH, BASE64URL),
        examples: &["eyJrIjoi{b62:80}="],
        ..Spec::DEFAULT
    },
];
