//! Base62 as the format uses it: big-endian, alphabet `0-9A-Za-z`, left-padded with `0`.

use crate::CHECKSUM_LEN;

pub(crate) const ALPHABET: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The checksum text of everything before the checksum: CRC-32 (ISO-HDLC, the zlib polynomial)
/// in base62. The largest CRC is `4gfFC3`, so six characters always suffice.
pub(crate) fn checksum(body: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut rest = crc32fast::hash(body);
    let mut text = [b'0'; CHECKSUM_LEN];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn known_checksums() {
        // The same recipe over the secret alone is GitHub's; these synthetic values are public.
        for (body, want) in [("A", "0uCPlr"), ("0", "2C8GjS"), ("z", "4IlJEz")] {
            assert_eq!(checksum(body.repeat(30).as_bytes()), want.as_bytes());
        }
        assert_eq!(&checksum(b""), b"000000");
    }
}
