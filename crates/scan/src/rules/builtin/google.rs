//! Google.

use crate::rules::class::{BASE64URL, STRETCH, URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "Google";

const HELP: &str = "Delete or rotate it under APIs and services, Credentials.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "gcp-api-key",
        description: "Google API key",
        help: HELP,
        literals: &["AIza"],
        regex: r"AIza[\w-]{35}",
        tail: (URL64, 35),
        edges: (STRETCH, BASE64URL),
        examples: &["AIza{b64u:35}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gcp-gemini-api-key",
        description: "Google Gemini API key",
        help: HELP,
        literals: &["AQ.Ab8RN6"],
        regex: r"AQ\.Ab8RN6[\w-]{40,60}",
        tail: (URL64, 40),
        edges: (WORD, URL64),
        examples: &["AQ.Ab8RN6{b64u:44}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gcp-oauth-client-secret",
        description: "Google OAuth client secret",
        help: HELP,
        literals: &["GOCSPX-"],
        regex: r"GOCSPX-[\w-]{28}",
        tail: (URL64, 28),
        edges: (WORD, URL64),
        examples: &["GOCSPX-{b64u:28}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gcp-oauth-access-token",
        description: "Google OAuth access token",
        help: HELP,
        literals: &["ya29."],
        regex: r"ya29\.[\w-]{30,}",
        span: 1300,
        tail: (URL64, 30),
        edges: (WORD, URL64),
        examples: &["ya29.{b64u:140}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "gcp-oauth-refresh-token",
        description: "Google OAuth refresh token",
        help: HELP,
        literals: &["1//0"],
        regex: r"1//0[\w-]{40,200}",
        tail: (URL64, 40),
        edges: (WORD, URL64),
        examples: &["1//0{b64u:60}"],
        ..Spec::DEFAULT
    },
];
