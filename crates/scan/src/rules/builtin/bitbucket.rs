//! Bitbucket.

use super::words::is_mixed;
use crate::rules::class::{ALNUM, BASE64URL, STRETCH, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Bitbucket";

const HELP: &str = "Revoke it under Personal settings, App passwords, or HTTP access tokens.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "bitbucket-app-password",
        description: "Bitbucket app password",
        help: HELP,
        literals: &["ATBB"],
        regex: "ATBB[0-9A-Za-z]{32}",
        tail: (ALNUM, 32),
        edges: (STRETCH, BASE64URL),
        accept: Some(is_mixed),
        examples: &["ATBB{b62:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "bitbucket-data-center-token",
        description: "Bitbucket Data Center HTTP access token",
        help: HELP,
        literals: &["BBDC-"],
        regex: "BBDC-[0-9A-Za-z+/@_-]{40,50}",
        tail: (BASE64URL, 40),
        edges: (WORD, BASE64URL),
        examples: &["BBDC-{b62:44}"],
        ..Spec::DEFAULT
    },
];
