//! Sets of bytes: the alphabets tokens are written in.

/// A set of bytes, one bit each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class([u64; 4]);

/// Decimal digits.
pub(crate) const DIGIT: Class = Class::of(b"0-9");
/// Hexadecimal digits of both cases.
pub(crate) const HEX: Class = Class::of(b"0-9a-fA-F");
/// Letters and digits.
pub(crate) const ALNUM: Class = Class::of(b"0-9A-Za-z");
/// What a word consists of.
pub(crate) const WORD: Class = Class::of(b"0-9A-Za-z_");
/// The alphabet of base64url, without padding.
pub(crate) const URL64: Class = Class::of(b"0-9A-Za-z_-");
/// The alphabet of base64, with padding.
pub(crate) const BASE64: Class = Class::of(b"0-9A-Za-z+/=");
/// What a stretch of base64 of either alphabet may have before a place in it. Padding ends one, and
/// an `=` stands before most of what is assigned.
pub(crate) const STRETCH: Class = Class::of(b"0-9A-Za-z+/_-");
/// Both alphabets of base64, with padding: what a stretch of base64 goes on with.
pub(crate) const BASE64URL: Class = Class::of(b"0-9A-Za-z+/=_-");
/// Any printable character that is no space.
pub(crate) const GRAPH: Class = Class::of(b"!-~");
/// Nothing.
pub(crate) const NO: Class = Class::of(b"");
/// Anything.
pub(crate) const ANY: Class = Class([u64::MAX; 4]);

impl Class {
    /// The set that `ranges` spells: `a-z` is a range, a `-` at the end is itself.
    pub(crate) const fn of(ranges: &[u8]) -> Self {
        let mut bits = [0u64; 4];
        let mut at = 0;
        while at < ranges.len() {
            let mut byte = ranges[at] as usize;
            let is_range = at + 2 < ranges.len() && ranges[at + 1] == b'-';
            let last = if is_range { ranges[at + 2] as usize } else { byte };
            while byte <= last {
                bits[byte >> 6] |= 1 << (byte & 63);
                byte += 1;
            }
            at += if is_range { 3 } else { 1 };
        }
        Self(bits)
    }

    /// Whether the byte belongs to the set.
    pub(crate) const fn has(self, byte: u8) -> bool {
        self.0[byte as usize >> 6] >> (byte & 63) & 1 == 1
    }

    /// The bytes of both sets.
    pub(crate) const fn or(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]])
    }

    /// The bytes of the set.
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(move |byte| self.has(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::{ANY, Class, HEX, URL64};

    #[test]
    fn ranges_and_single_bytes() {
        let spelled = |class: Class| String::from_utf8(class.bytes().collect()).unwrap();
        assert_eq!(spelled(HEX), "0123456789ABCDEFabcdef");
        assert_eq!(spelled(Class::of(b"a-c_x-")), "-_abcx");
        assert!(URL64.has(b'-') && !URL64.has(b'+'));
        assert_eq!(ANY.bytes().count(), 256);
    }
}
