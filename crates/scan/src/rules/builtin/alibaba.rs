//! Alibaba Cloud.

use super::words::is_mixed;
use crate::rules::class::{ALNUM, BASE64URL, STRETCH};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Alibaba Cloud";

const HELP: &str = "Disable and delete the AccessKey pair in RAM.";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "alibaba-access-key-id",
    description: "Alibaba Cloud AccessKey id",
    help: HELP,
    literals: &["LTAI"],
    regex: "LTAI[0-9A-Za-z]{17,21}",
    tail: (ALNUM, 17),
    edges: (STRETCH, BASE64URL),
    accept: Some(is_mixed),
    examples: &["LTAI{b62:20}"],
    ..Spec::DEFAULT
}];
