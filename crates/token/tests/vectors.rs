//! The shared vectors are the specification: every named case, valid and not valid alike.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use patrol_token::{ParseError, TokenDigest, TokenRef};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    valid: Vec<Valid>,
    not_valid: Vec<NotValid>,
}

#[derive(Deserialize)]
struct Valid {
    note: String,
    prefix: String,
    id: String,
    token: String,
    sha256: String,
}

#[derive(Deserialize)]
struct NotValid {
    token: String,
    rule: String,
    note: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/token-v1-vectors.json")).unwrap()
}

#[test]
fn valid_tokens_parse_to_their_parts() {
    let vectors = vectors();
    assert_eq!(vectors.valid.len(), 8);
    for case in vectors.valid {
        let token = TokenRef::parse(&case.token).unwrap_or_else(|e| panic!("{}: {e}", case.note));
        assert_eq!(token.prefix(), case.prefix, "{}", case.note);
        assert_eq!(token.id().to_string(), case.id, "{}", case.note);
        assert_eq!(token.digest().to_string(), case.sha256, "{}", case.note);
        assert_eq!(case.sha256.parse::<TokenDigest>().unwrap(), token.digest());
        assert_eq!(format!("{}_{}_…", case.prefix, case.id), token.redacted().to_string());
    }
}

#[test]
fn other_texts_name_the_rule_they_break() {
    let vectors = vectors();
    assert_eq!(vectors.not_valid.len(), 11);
    for case in vectors.not_valid {
        let error: ParseError = TokenRef::parse(&case.token).unwrap_err();
        assert_eq!(error.rule(), case.rule, "{}", case.note);
    }
}
