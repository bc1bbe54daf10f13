//! Hugging Face.

use super::words::both_cases;
use crate::rules::class::ALNUM;
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Hugging Face";

const HELP: &str = "Invalidate it under Settings, Access Tokens.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "huggingface-access-token",
        description: "Hugging Face access token",
        help: HELP,
        literals: &["hf_"],
        regex: "hf_[A-Za-z]{34}",
        tail: (ALNUM, 34),
        accept: Some(both_cases),
        examples: &["hf_{alpha:34}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "huggingface-organization-api-token",
        description: "Hugging Face organization token",
        help: HELP,
        literals: &["api_org_"],
        regex: "api_org_[A-Za-z]{34}",
        tail: (ALNUM, 34),
        accept: Some(both_cases),
        examples: &["api_org_{alpha:34}"],
        ..Spec::DEFAULT
    },
];
