//! `HashiCorp`.

use crate::rules::class::{ANY, NO, URL64, WORD};
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
        id: "vault-legacy-token",
        description: "HashiCorp Vault token of the form before 1.10",
        help: HELP,
        literals: &["VAULT_TOKEN", "vault_token", "Vault-Token", "vault-token", "vaultToken"],
        regex: r#"(?i:vault[_-]?token)(?:\\?["'])?[ \t]{0,8}(?:=>|:=|[=:,])[ \t]{0,8}(?:\\?["'])?s\.([0-9A-Za-z]{24})"#,
        group: 1,
        span: 64,
        tail: (ANY, 24),
        edges: (NO, WORD),
        examples: &["VAULT_TOKEN=s.{b62:24}", r#""X-Vault-Token": "s.{b62:24}""#],
        near_misses: &["VAULT_TOKEN=s.{b62:25}", "vault_token = s.{b62:23}"],
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
