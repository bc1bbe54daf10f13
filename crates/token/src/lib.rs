//! The patrol token format, version 1: mint, parse, checksum, digest, redact.
//!
//! ```text
//! acme_pat_01JD3KQ8Z5V7W2N9X4C6B8M0T1_q3XrV0dM5bYk2LwNf8TzJ1hGc7PaSe3Hn6tb
//! └prefix┘ └────── token id ────────┘ └────── 30 secret chars ─────┘└crc─┘
//! ```
//!
//! This crate is pure: no clock, no randomness of its own, no I/O. The format is described for
//! implementers in `docs/token-format.md`, and `tests/vectors/token-v1-vectors.json` is its
//! executable form.
//!
//! A plain token is a [`PlainToken`]; what may be stored is its [`TokenDigest`]. One road leads
//! from the first to the second ([`PlainToken::digest`]) and none leads back.

mod base62;
mod digest;
mod id;
mod mint;
mod parse;
mod prefix;
mod redact;

pub use digest::{DigestError, TokenDigest};
pub use id::{TokenId, TokenIdError};
pub use mint::{Entropy, EntropyError, PlainToken};
pub use parse::{ParseError, TokenRef};
pub use prefix::{Prefix, PrefixError};
pub use redact::{Redacted, redact_text};

/// Characters of a token id: a ULID in Crockford base32.
pub const ID_LEN: usize = 26;
/// Secret characters, each one of `0-9A-Za-z`: 178.6 bits.
pub const SECRET_LEN: usize = 30;
/// Checksum characters: CRC-32 in base62, left-padded with `0`.
pub const CHECKSUM_LEN: usize = 6;
/// Bytes of a token after its prefix: two separators, id, secret and checksum.
pub const TAIL_LEN: usize = 1 + ID_LEN + 1 + SECRET_LEN + CHECKSUM_LEN;
/// The shortest token, in bytes.
pub const MIN_LEN: usize = prefix::MIN_LEN + TAIL_LEN;
/// The longest token, in bytes. A scanner that reads in pieces overlaps them by one less than this.
pub const MAX_LEN: usize = prefix::MAX_LEN + TAIL_LEN;
