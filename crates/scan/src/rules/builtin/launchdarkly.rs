//! `LaunchDarkly`.

use super::words::is_near;
use crate::rules::class::{HEX, URL64};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "LaunchDarkly";

const HELP: &str = "Reset it under Authorization or the environment.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "launchdarkly-access-token",
    description: "LaunchDarkly access token or SDK key",
    help: HELP,
    literals: &["api-", "sdk-"],
    regex: "(?:api|sdk)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    tail: (HEX, 8),
    edges: (URL64, URL64),
    accept: Some(|seen| is_near(seen, &["launchdarkly", "launch_darkly", "LD_SDK"])),
    examples: &["LAUNCHDARKLY_SDK_KEY=sdk-{uuid}"],
    near_misses: &["request api-{uuid}"],
    ..Spec::DEFAULT
}];
