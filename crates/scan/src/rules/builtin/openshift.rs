//! `OpenShift`.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "OpenShift";

const HELP: &str = "Delete it with `oc delete oauthaccesstoken`.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "openshift-user-token",
    description: "OpenShift user token",
    help: HELP,
    literals: &["sha256~"],
    regex: r"sha256~[\w-]{43}",
    tail: (URL64, 43),
    edges: (WORD, URL64),
    examples: &["sha256~{b64u:43}"],
    ..Spec::DEFAULT
}];
