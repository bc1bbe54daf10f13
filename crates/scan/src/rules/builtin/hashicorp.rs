//! `HashiCorp`.

use crate::rules::class::{URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "HashiCorp";

const HELP: &str =
    "Revoke it with `vault token revoke`, or under Tokens of the HCP Terraform user or team.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "vault-service-token",
        description: "HashiCorp Vault service token",
        help: HELP,
        literals: &["hvs."],
        regex: r"hvs\.[\w-]{90,200}",
        tail: (URL64, 90),
        edges: (WORD, URL64),
        examples: &["hvs.{b64u:95}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "vault-batch-token",
        description: "HashiCorp Vault batch token",
        help: HELP,
        literals: &["hvb."],
        regex: r"hvb\.[\w-]{138,}",
        tail: (URL64, 138),
        edges: (WORD, URL64),
        examples: &["hvb.{b64u:180}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "vault-recovery-token",
        description: "HashiCorp Vault recovery token",
        help: HELP,
        literals: &["hvr."],
        regex: r"hvr\.[\w-]{90,}",
        tail: (URL64, 90),
        edges: (WORD, URL64),
        examples: &["hvr.{b64u:95}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "hashicorp-tf-api-token",
        description: "HCP Terraform API token",
        help: HELP,
        literals: &[".atlasv1."],
        regex: r"[0-9A-Za-z]{14}\.atlasv1\.[\w=-]{60,70}",
        before: 14,
        tail: (URL64, 60),
        edges: (WORD, URL64),
        examples: &["{b62:14}.atlasv1.{b64u:67}"],
        ..Spec::DEFAULT
    },
];
