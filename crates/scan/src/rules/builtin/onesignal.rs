//! `OneSignal`.

use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "OneSignal";

const HELP: &str = "Delete it under Keys and IDs of the app.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "onesignal-api-key",
    description: "OneSignal API key",
    help: HELP,
    literals: &["os_v2_app_", "os_v2_org_"],
    regex: "os_v2_(?:app|org)_[a-z2-7]{103}",
    tail: (ALNUM, 103),
    examples: &["os_v2_app_{b32:103}"],
    ..Spec::DEFAULT
}];
