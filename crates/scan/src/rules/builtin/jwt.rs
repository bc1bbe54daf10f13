//! JSON Web Tokens that are signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::rules::class::URL64;
use crate::rules::rule::{Randomness, Seen, Spec};

pub(super) const PROVIDER: &str = "";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "jwt",
    description: "JSON Web Token",
    help: "Revoke the session or key that it belongs to, if it has not expired.",
    literals: &[".eyJ"],
    regex: r"ey[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{10,}",
    before: 512,
    span: 8192,
    tail: (URL64, 14),
    edges: (URL64, URL64),
    randomness: Randomness::Any,
    accept: Some(is_meant),
    is_general: true,
    examples: &["{jwt}"],
    near_misses: &["eyJ{b62:40}.eyJ{b62:60}.{b64u:43}"],
    ..Spec::DEFAULT
}];

/// The header is JSON that names an algorithm, the claims are JSON, and neither is a sample.
fn is_meant(seen: &Seen<'_>) -> bool {
    let mut parts = seen.secret().split(|byte| *byte == b'.');
    let mut next = || -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    let (Some(header), Some(claims)) = (next(), next()) else { return false };
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or("none");
    !algorithm.eq_ignore_ascii_case("none") && claims.is_object() && !is_sample(&claims)
}

/// The well-known sample of the debugger on the web (subject 1234567890, John Doe) and its many
/// children, those of the RFCs (issuer joe), and whatever says that it is for a test.
fn is_sample(claims: &Value) -> bool {
    const WORDS: &[&str] =
        &["1234567890", "john doe", "jane doe", "johndoe", "example", "test", "localhost", "foo"];
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_ascii_lowercase);
    text("iss").is_some_and(|issuer| issuer == "joe")
        || claims.as_object().is_none_or(|claims| claims.len() < 2)
        || ["sub", "name", "iss", "aud", "email", "username", "user"]
            .iter()
            .filter_map(|name| text(name))
            .any(|value| WORDS.iter().any(|word| value.contains(word)))
}
