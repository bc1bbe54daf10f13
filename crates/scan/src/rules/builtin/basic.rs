//! The header of HTTP basic authentication.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::password::is_real;
use crate::rules::class::{BASE64, NO};
use crate::rules::rule::{Randomness, Seen, Spec};

pub(super) const PROVIDER: &str = "";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "basic-auth-header",
    description: "User and password in a basic authentication header",
    help: "Change the password.",
    literals: &["Basic "],
    regex: r#"(?i:authorization)(?:\\?["'])?[ \t]{0,4}[:=,][ \t]{0,4}(?:\\?["'`])?Basic ([0-9A-Za-z+/]{8,400}={0,2})"#,
    group: 1,
    before: 32,
    span: 420,
    tail: (BASE64, 8),
    edges: (NO, BASE64),
    randomness: Randomness::Any,
    accept: Some(is_meant),
    is_general: true,
    examples: &[
        "Authorization: Basic {base64:deploy=<b62=14>7}",
        r#"\"Authorization\":\"Basic {base64:deploy=<b62=14>7}\""#,
    ],
    near_misses: &["Authorization: Basic {base64:user=password}", "Authorization: Basic {b62:22}"],
    ..Spec::DEFAULT
}];

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn is_meant(seen: &Seen<'_>) -> bool {
    let Ok(text) = LENIENT.decode(seen.secret()) else { return false };
    let Some(colon) = memchr::memchr(b':', &text) else { return false };
    text.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && is_real(&text[..colon], &text[colon + 1..])
}
