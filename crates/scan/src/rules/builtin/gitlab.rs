//! `GitLab`.

use crate::rules::checksum::Recipe;
use crate::rules::class::{HEX, URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "GitLab";

const HELP: &str =
    "Revoke it under Settings, Access tokens, of the user, project or group that it belongs to.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "gitlab-pat",
        description: "GitLab personal, project or group access token",
        help: HELP,
        literals: &["glpat-"],
        regex: r"glpat-(?:[\w-]{27,}\.[0-9a-z]{2}\.[0-9a-z]{9}|[\w-]{27,}\.[0-9a-z]{9}|[\w-]{20})",
        tail: (URL64, 20),
        edges: (WORD, URL64),
        checksum: Some(Recipe::GitLab),
        examples: &["glpat-{b64u:20}", "glpat-{b64u:27}.01.0r{sum:gitlab}"],
        near_misses: &["glpat-{b64u:27}.01.0r{an:7}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-deploy-token",
        description: "GitLab deploy token",
        help: HELP,
        literals: &["gldt-"],
        regex: r"gldt-(?:[\w-]{27,}\.[0-9a-z]{2}\.[0-9a-z]{9}|[\w-]{27,}\.[0-9a-z]{9}|[\w-]{20})",
        tail: (URL64, 20),
        edges: (WORD, URL64),
        checksum: Some(Recipe::GitLab),
        examples: &["gldt-{b64u:20}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-cicd-job-token",
        description: "GitLab CI/CD job token",
        help: HELP,
        literals: &["glcbt-"],
        regex: r"glcbt-[0-9A-Za-z]{1,5}_[\w-]{20}",
        tail: (URL64, 22),
        edges: (WORD, URL64),
        examples: &["glcbt-{an:2}_{b64u:20}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-runner-authentication-token",
        description: "GitLab runner authentication token",
        help: HELP,
        literals: &["glrt-"],
        regex: r"glrt-(?:t\d_[\w-]{27,}\.[0-9a-z]{2}\.[0-9a-z]{9}|t\d_[\w-]{27,}\.[0-9a-z]{9}|[\w-]{20})",
        tail: (URL64, 20),
        edges: (WORD, URL64),
        checksum: Some(Recipe::GitLab),
        examples: &["glrt-{b64u:20}", "glrt-t1_{b64u:27}.01.0r{sum:gitlab}"],
        near_misses: &["glrt-t1_{b64u:27}.01.0r{an:7}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-ptt",
        description: "GitLab pipeline trigger token",
        help: HELP,
        literals: &["glptt-"],
        regex: "glptt-[0-9a-f]{40}",
        tail: (HEX, 40),
        examples: &["glptt-{hex:40}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-feed-token",
        description: "GitLab feed token",
        help: HELP,
        literals: &["glft-"],
        regex: r"glft-[\w-]{20}",
        tail: (URL64, 20),
        edges: (WORD, URL64),
        examples: &["glft-{b64u:20}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-scim-token",
        description: "GitLab SCIM token",
        help: HELP,
        literals: &["glsoat-"],
        regex: r"glsoat-[\w-]{20}",
        tail: (URL64, 20),
        edges: (WORD, URL64),
        examples: &["glsoat-{b64u:20}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-oauth-app-secret",
        description: "GitLab OAuth application secret",
        help: HELP,
        literals: &["gloas-"],
        regex: r"gloas-[\w-]{64}",
        tail: (URL64, 64),
        edges: (WORD, URL64),
        examples: &["gloas-{b64u:64}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-kubernetes-agent-token",
        description: "GitLab agent token for Kubernetes",
        help: HELP,
        literals: &["glagent-"],
        regex: r"glagent-[\w-]{50}",
        tail: (URL64, 50),
        edges: (WORD, URL64),
        examples: &["glagent-{b64u:50}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-incoming-mail-token",
        description: "GitLab incoming mail token",
        help: HELP,
        literals: &["glimt-"],
        regex: r"glimt-[\w-]{25}",
        tail: (URL64, 25),
        edges: (WORD, URL64),
        examples: &["glimt-{b64u:25}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-feature-flag-client-token",
        description: "GitLab feature flag client token",
        help: HELP,
        literals: &["glffct-"],
        regex: r"glffct-[\w-]{20}",
        tail: (URL64, 20),
        edges: (WORD, URL64),
        examples: &["glffct-{b64u:20}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gitlab-rrt",
        description: "GitLab runner registration token",
        help: HELP,
        literals: &["GR1348941"],
        regex: r"GR1348941[\w-]{20}",
        tail: (URL64, 20),
        edges: (WORD, URL64),
        examples: &["GR1348941{b64u:20}"],
        ..Spec::DEFAULT
    },
];
