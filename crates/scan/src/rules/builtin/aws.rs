//! AWS.

use super::words::{has_digit, is_mixed};
use crate::rules::class::{ALNUM, ANY, BASE64, NO, STRETCH, WORD};
use crate::rules::rule::{Seen, Spec};

pub(super) const PROVIDER: &str = "AWS";

const HELP: &str = "Deactivate the key in IAM (`aws iam update-access-key --status Inactive`), then delete it and read CloudTrail for its use.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "aws-access-token",
        description: "AWS access key id",
        help: HELP,
        literals: &["AKIA", "ASIA", "ABIA", "ACCA"],
        regex: "(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        tail: (ALNUM, 16),
        accept: Some(is_no_word),
        examples: &["AKIA{B32:10}7{B32:5}", "AKIA{AZ:16}", "ASIA{B32:10}3{B32:5}"],
        near_misses: &["ASIA{AZ:16}", "AKIAIOSFODNN7EX{start}AMPLE"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "aws-secret-access-key",
        description: "AWS secret access key",
        help: HELP,
        literals: &[
            "ecret_access_key",
            "ECRET_ACCESS_KEY",
            "ecretAccessKey",
            "ecret-access-key",
            "aws_secret_key",
            "AWS_SECRET_KEY",
            "awsSecretKey",
            "aws-secret-key",
            "aws.secret.key",
            "aws.secretkey",
            "aws.secretKey",
        ],
        regex: r#"(?i)(?:secret_access_key|secretaccesskey|secret-access-key|aws[._-]?secret[._-]?key)(?:\\?["'`])?\]?[ \t]{0,8}(?:=>|:=|[=:,>]|[ \t])[ \t]{0,8}(?:\$\{\w{1,64}:?[-=])?(?:\\?["'`])?([0-9A-Za-z/+]{40})"#,
        group: 1,
        before: 1,
        span: 160,
        tail: (ANY, 0),
        edges: (NO, BASE64),
        accept: Some(is_mixed),
        examples: &[
            "aws_secret_access_key = {b64:40}",
            r#""SecretAccessKey": "{b64:40}""#,
            r#"\"awsSecretKey\":\"{b64:40}\""#,
            "aws.secretkey={b64:40}",
            "ENV AWS_SECRET_ACCESS_KEY {b64:40}",
            "AWS_SECRET_ACCESS_KEY: ${open}AWS_SECRET_ACCESS_KEY:-{b64:40}{close}",
            "<AWS_SECRET_ACCESS_KEY>{b64:40}</AWS_SECRET_ACCESS_KEY>",
            "AWS_SECRET_ACCESS_KEY={b64:40}",
        ],
        near_misses: &["aws_secret_access_key = {hex:40}", "aws_secret_access_key = {b64:41}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "aws-access-key-pair",
        description: "AWS access key id with its secret",
        help: HELP,
        literals: &["AKIA", "ASIA"],
        regex: r#"(?:AKIA|ASIA)[A-Z2-7]{16}["']?[ \t]?[,:;|][ \t]?["']?([0-9A-Za-z/+]{40})"#,
        group: 1,
        span: 96,
        tail: (ALNUM, 16),
        edges: (WORD, BASE64),
        accept: Some(is_mixed),
        examples: &["AKIA{B32:10}7{B32:5}:{b64:40}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "aws-amazon-bedrock-api-key-long-lived",
        description: "Amazon Bedrock API key",
        help: HELP,
        literals: &["ABSK"],
        regex: "ABSK[0-9A-Za-z+/]{109,}={0,2}",
        tail: (BASE64, 109),
        edges: (STRETCH, BASE64),
        examples: &["ABSK{b64:128}"],
        ..Spec::DEFAULT
    },
];

/// One id in thirty has no digit. Without one, what begins with `ASIA` may be words in capitals.
fn is_no_word(seen: &Seen<'_>) -> bool {
    has_digit(seen) || seen.prefix() != b"ASIA"
}
