//! Docker.

use crate::rules::class::{ALNUM, BASE64, URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Docker";

const HELP: &str = "Revoke it under Account settings, Personal access tokens; rotate swarm tokens with `docker swarm join-token --rotate`.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "docker-pat",
        description: "Docker Hub personal access token",
        help: HELP,
        literals: &["dckr_pat_"],
        regex: r"dckr_pat_[\w-]{27,40}",
        tail: (URL64, 27),
        edges: (WORD, URL64),
        examples: &["dckr_pat_{b64u:27}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "docker-oat",
        description: "Docker Hub organization access token",
        help: HELP,
        literals: &["dckr_oat_"],
        regex: r"dckr_oat_[\w-]{27,48}",
        tail: (URL64, 27),
        edges: (WORD, URL64),
        examples: &["dckr_oat_{b64u:32}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "docker-swarm-join-token",
        description: "Docker Swarm join token",
        help: HELP,
        literals: &["SWMTKN-1-"],
        regex: "SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}",
        tail: (ALNUM, 50),
        examples: &["SWMTKN-1-{an:50}-{an:25}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "docker-swarm-unlock-key",
        description: "Docker Swarm unlock key",
        help: HELP,
        literals: &["SWMKEY-1-"],
        regex: "SWMKEY-1-[0-9A-Za-z+/]{43}",
        tail: (BASE64, 43),
        edges: (WORD, BASE64),
        examples: &["SWMKEY-1-{b62:43}"],
        ..Spec::DEFAULT
    },
];
