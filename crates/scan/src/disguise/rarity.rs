//! How rare bytes are in source text, for the choice and the arrangement of literals.

/// Occurrences of each ASCII character in 100,000 bytes of source text of many languages, comments
/// and data included; at least 1.
#[rustfmt::skip]
const FREQUENCIES: [u32; 128] = [
    838, 25, 44, 18, 19, 10, 9, 10, 14, 29, 2662, 10, 9, 12, 9, 10,
    13, 10, 11, 9, 9, 9, 10, 10, 8, 18, 11, 11, 11, 12, 12, 12,
    27008, 51, 1862, 276, 41, 24, 62, 549, 537, 539, 146, 47, 949, 782, 902, 610,
    468, 425, 415, 282, 244, 222, 251, 157, 195, 163, 1481, 205, 230, 567, 252, 24,
    29, 308, 94, 242, 179, 303, 155, 104, 74, 279, 24, 57, 189, 152, 245, 196,
    225, 30, 218, 319, 332, 117, 86, 58, 53, 50, 28, 226, 46, 226, 18, 1774,
    92, 3443, 865, 2068, 1871, 5905, 1259, 969, 969, 3220, 85, 365, 2242, 1477, 3095, 3064,
    1707, 126, 3161, 3463, 4369, 1735, 548, 389, 334, 683, 104, 342, 41, 342, 16, 20,
];
/// The same for any other byte.
const OTHER: u32 = 10;

/// Kinds of bytes: small letters, capitals, digits, blanks, other signs, all others.
pub(crate) const CLASSES: usize = 6;
/// How often, in a thousand, a byte of each class follows one of each.
pub(crate) const FOLLOWS: [[u16; CLASSES]; CLASSES] = [
    [780, 23, 10, 80, 107, 2],
    [384, 448, 19, 25, 110, 14],
    [102, 28, 471, 85, 302, 12],
    [185, 35, 12, 658, 108, 1],
    [280, 64, 40, 308, 299, 9],
    [58, 65, 24, 25, 91, 737],
];

/// The class of a byte.
pub(crate) fn class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        b'\t' | b'\n' | b'\r' | b' ' => 3,
        b'!'..=b'~' => 4,
        _ => 5,
    }
}

/// Occurrences of a byte in 100,000 bytes of source text.
pub(crate) fn frequency(byte: u8) -> u32 {
    FREQUENCIES.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

/// A number that is the smaller the rarer the first three bytes are.
pub(crate) fn rarity(literal: &[u8]) -> u64 {
    literal.iter().take(3).map(|byte| u64::from(frequency(*byte))).product()
}
