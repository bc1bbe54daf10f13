//! The checksums that providers put into their tokens.
//!
//! A recipe that its provider has published decides: a token that fails it is none. A recipe that
//! was worked out from samples only adds confidence ([`Recipe::is_published`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// How a checksum is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipe {
    /// GitHub and npm: CRC-32 of the characters between prefix and checksum, the last six, base62.
    GitHub,
    /// The same, where the provider has not said so (Vercel).
    Base62,
    /// GitLab's routable form: CRC-32 of everything before the last seven characters, base36. The
    /// older form has none.
    GitLab,
    /// Grafana: CRC-32 of prefix and body, low byte first, as hex behind a `_`.
    Grafana,
    /// CRC-32 of the body, as hex in the last eight characters (Cloudflare), behind a `_` if one is
    /// there (Zuplo).
    Hex,
    /// CRC-32 of everything before the last eight characters, upper case hex (Atlassian).
    HexOfAll,
    /// The first six characters of the base64 of the body's CRC-32, low byte first (Confluent).
    Confluent,
    /// The BCH code of bech32 (age).
    Bech32,
}

/// What a checksum says about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// This form of it has none.
    Absent,
    /// It holds.
    Holds,
    /// It does not.
    Fails,
}

impl Recipe {
    /// The provider has published it, so what fails it was never issued.
    pub(crate) fn is_published(self) -> bool {
        matches!(self, Self::GitHub | Self::GitLab | Self::Grafana | Self::Bech32)
    }

    /// The recipe of that name, as rule files write it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "github" | "npm" => Self::GitHub,
            "crc32-base62" => Self::Base62,
            "gitlab" => Self::GitLab,
            "grafana" => Self::Grafana,
            "crc32-hex" => Self::Hex,
            "crc32-hex-of-all" => Self::HexOfAll,
            "confluent" => Self::Confluent,
            "bech32" => Self::Bech32,
            _ => return None,
        })
    }

    /// The names that [`Recipe::named`] knows.
    pub(crate) const NAMES: &str = "github, npm, crc32-base62, gitlab, grafana, crc32-hex, \
                                    crc32-hex-of-all, confluent, bech32";

    /// Computes the checksum of `secret`, of which `literal` is the prefix, and compares.
    pub(crate) fn verify(self, literal: &[u8], secret: &[u8]) -> Verdict {
        if self == Self::Bech32 {
            return verdict(bech32(secret));
        }
        if self == Self::GitLab && !is_routable(secret) {
            return Verdict::Absent;
        }
        let length = match self {
            Self::GitLab => 7,
            Self::Grafana | Self::Hex | Self::HexOfAll => 8,
            Self::GitHub | Self::Base62 | Self::Confluent | Self::Bech32 => 6,
        };
        let Some(at) = secret.len().checked_sub(length) else { return Verdict::Fails };
        let (front, given) = secret.split_at(at);
        let body = front.strip_prefix(literal).unwrap_or(front);
        verdict(self.compute(front, body).as_bytes() == given)
    }

    /// The checksum's text. `front` is all before it, `body` the same without the prefix.
    pub(crate) fn compute(self, front: &[u8], body: &[u8]) -> String {
        let bare = |text: &[u8]| crc32fast::hash(text.strip_suffix(b"_").unwrap_or(text));
        match self {
            Self::GitHub | Self::Base62 => radix(crc32fast::hash(body), 62, 6),
            Self::GitLab => radix(crc32fast::hash(front), 36, 7).to_ascii_lowercase(),
            Self::Grafana => format!("{:08x}", bare(front).swap_bytes()),
            Self::Hex => format!("{:08x}", bare(body)),
            Self::HexOfAll => format!("{:08X}", crc32fast::hash(front)),
            Self::Confluent => STANDARD_NO_PAD.encode(crc32fast::hash(body).to_le_bytes()),
            // Six characters of five bits that make the remainder one; see `bech32`.
            Self::Bech32 => bech32_tail(front),
        }
    }
}

fn verdict(holds: bool) -> Verdict {
    if holds { Verdict::Holds } else { Verdict::Fails }
}

/// The number in digits, then upper, then lower case letters, padded with zeros.
fn radix(mut number: u32, base: u32, width: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = vec![b'0'; width];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % base) as usize];
        number /= base;
    }
    digits.into_iter().map(char::from).collect()
}

/// `….VV.LLCCCCCCC`: the version, the length of the first part and the checksum, in base36; or
/// the older `….LLCCCCCCC`.
fn is_routable(secret: &[u8]) -> bool {
    let mut parts = secret.rsplit(|byte| *byte == b'.');
    let last = parts.next().unwrap_or_default();
    last.len() == 9
        && last.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        && parts.next().is_some()
}

const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// One step of the BCH code over the field of 32 elements (BIP 173).
fn polymod(values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1, |sum, value| {
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        (0..5).filter(|bit| top >> bit & 1 == 1).fold(next, |sum, bit| sum ^ GENERATOR[bit])
    })
}

/// The human-readable part as the code wants it, and the values of the data.
fn bech32_values(secret: &[u8]) -> Option<Vec<u8>> {
    let lower = secret.to_ascii_lowercase();
    let at = memchr::memrchr(b'1', &lower)?;
    let (name, data) = (&lower[..at], &lower[at + 1..]);
    let mut values: Vec<u8> = name.iter().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(name.iter().map(|byte| byte & 31));
    for byte in data {
        values.push(u8::try_from(memchr::memchr(*byte, BECH32)?).ok()?);
    }
    Some(values)
}

fn bech32(secret: &[u8]) -> bool {
    bech32_values(secret).is_some_and(|values| polymod(values.into_iter()) == 1)
}

fn bech32_tail(front: &[u8]) -> String {
    let Some(values) = bech32_values(front) else { return String::new() };
    let sum = polymod(values.into_iter().chain([0; 6])) ^ 1;
    let symbol = |at: u32| BECH32[(sum >> (5 * (5 - at)) & 31) as usize];
    (0..6).map(|at| char::from(symbol(at).to_ascii_uppercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::{Recipe, Verdict, radix};

    #[test]
    fn digits_come_before_upper_and_lower_case_letters() {
        assert_eq!(radix(0, 62, 6), "000000");
        assert_eq!(radix(61, 62, 6), "00000z");
        assert_eq!(radix(u32::MAX, 62, 6), "4gfFC3");
        assert_eq!(radix(u32::MAX, 36, 7), "1Z141Z3");
    }

    #[test]
    fn bech32_of_its_own_specification() {
        // A test vector of BIP 173, which is no secret.
        let sample = b"A12UEL5L";
        assert_eq!(Recipe::Bech32.verify(b"", sample), Verdict::Holds);
        assert_eq!(Recipe::Bech32.verify(b"", b"A12UEL5Q"), Verdict::Fails);
        assert_eq!(Recipe::Bech32.compute(b"A1", b""), "2UEL5L");
    }

    #[test]
    fn an_old_gitlab_token_has_no_checksum() {
        let old = ["glpat-", "abcdefghijklmnopqrst"].concat();
        assert_eq!(Recipe::GitLab.verify(b"glpat-", old.as_bytes()), Verdict::Absent);
    }

    #[test]
    fn every_name_is_known() {
        for name in Recipe::NAMES.split(", ") {
            assert!(Recipe::named(name).is_some(), "{name}");
        }
        assert_eq!(Recipe::named("md5"), None);
    }
}
