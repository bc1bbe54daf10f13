//! Private keys in PEM. A key that is encrypted is none that could be used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rules::class::{ANY, NO};
use crate::rules::entropy::shannon;
use crate::rules::rule::{Randomness, Seen, Spec};

pub(super) const PROVIDER: &str = "";

const HELP: &str =
    "Take the key out of use wherever its public half is trusted, and make a new one.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "private-key",
        description: "Private key in PEM, not encrypted",
        help: HELP,
        literals: &[
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----",
            "-----BEGIN DSA PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
        ],
        regex: "-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH) )?PRIVATE KEY-----([^-]{64}[^-]*)-----END ",
        group: 1,
        span: 16 * 1024,
        tail: (ANY, 64),
        edges: (NO, NO),
        randomness: Randomness::Any,
        accept: Some(is_key),
        examples: &[
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE{pem:1600}-----END RSA PRIVATE KEY-----\n",
            "\"-----BEGIN PRIVATE KEY-----\\nMHcC{b64:60}\\n{b64:64}\\n{b64:32}\\n-----END PRIVATE KEY-----\\n\"",
        ],
        near_misses: &[
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA...\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{HEX:32}\n\n{pem:1600}-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nMIIE{b64:60}\n{b64:64}\n{b64:64}\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nput your key here, it looks like a lot of text in many lines\n-----END PRIVATE KEY-----",
        ],
        ..Spec::DEFAULT
    },
    Spec {
        id: "pgp-private-key",
        description: "PGP private key block",
        help: HELP,
        literals: &["-----BEGIN PGP PRIVATE KEY BLOCK-----"],
        regex: r"-----BEGIN PGP PRIVATE KEY BLOCK-----((?:\s|[ -,.-~]|-[ -,.-~]){200,}?)-----END PGP PRIVATE KEY BLOCK-----",
        group: 1,
        span: 16 * 1024,
        tail: (ANY, 64),
        edges: (NO, NO),
        randomness: Randomness::Bits(4.5),
        examples: &[
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nComment: x\n\nlQOY{pem:1600}=aB3d\n-----END PGP PRIVATE KEY BLOCK-----",
        ],
        ..Spec::DEFAULT
    },
];

/// What stands between the lines is base64 (in lines, quoted, concatenated, or with `\n` spelled
/// out), and it begins as a key does: with a DER sequence, of which not most is left out, or as
/// OpenSSH's own form with no cipher.
fn is_key(seen: &Seen<'_>) -> bool {
    let Some(body) = base64_of(seen.secret()) else { return false };
    let whole = body.len() / 4 * 4;
    let Ok(head) = STANDARD.decode(&body[..whole.min(64)]) else { return false };
    // The samples of manuals are cut; of half a key the rest can be computed.
    let is_der = der_sequence(&head).is_some_and(|len| body.len() / 4 * 3 >= len / 2);
    let is_open = head.starts_with(b"openssh-key-v1\0\0\0\0\x04none");
    (is_der || is_open) && shannon(&body) >= 4.5
}

/// The length of a DER sequence as its beginning says it: ITU-T X.690, 8.1.3.
fn der_sequence(head: &[u8]) -> Option<usize> {
    let [0x30, length, more @ ..] = head else { return None };
    let bytes = usize::from(length & 0x7f);
    match length {
        0..=0x7f => Some(bytes),
        0x81..=0x83 => {
            let length = more.get(..bytes)?;
            Some(length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        }
        _ => None,
    }
}

fn base64_of(text: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'+' | b'/' => body.push(*byte),
            b'\\' => match bytes.next() {
                Some(b'n' | b'r' | b't' | b'\\' | b'\n' | b'\r' | b'"' | b'/') => {}
                _ => return None,
            },
            b'=' | b'"' | b'\'' | b',' | b'#' | b'*' | b'>' | b'|' | b'`' | b';' | b'(' | b')' => {}
            byte if byte.is_ascii_whitespace() => {}
            _ => return None,
        }
    }
    (body.len() >= 64).then_some(body)
}
