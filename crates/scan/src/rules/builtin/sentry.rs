//! Sentry.

use crate::rules::class::{BASE64, BASE64URL, HEX, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Sentry";

const HELP: &str = "Revoke it under Settings, Auth Tokens.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "sentry-org-token",
        description: "Sentry organization token",
        help: HELP,
        literals: &["sntrys_eyJ"],
        regex: "sntrys_eyJ[0-9A-Za-z+/=]{60,}_[0-9A-Za-z+/]{40,46}",
        tail: (BASE64, 60),
        edges: (WORD, BASE64URL),
        examples: &["sntrys_eyJ{b64:150}_{b62:43}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "sentry-user-token",
        description: "Sentry user token",
        help: HELP,
        literals: &["sntryu_"],
        regex: "sntryu_[0-9a-f]{64}",
        tail: (HEX, 64),
        examples: &["sntryu_{hex:64}"],
        ..Spec::DEFAULT
    },
];
