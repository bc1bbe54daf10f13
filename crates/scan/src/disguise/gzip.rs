//! Compressed data that stands in base64.

use std::io::Read as _;

use super::window::INFLATED;

/// What the gzip member at the beginning of `bytes` holds, as far as it can be read and up to
/// [`INFLATED`] bytes; the bytes that it takes; and whether there was more than that.
pub(crate) fn inflate(bytes: &[u8]) -> (Vec<u8>, usize, bool) {
    let mut inflated = Vec::new();
    let mut member = flate2::bufread::GzDecoder::new(bytes);
    // An error comes after what could be read, and that is kept.
    member.by_ref().take(INFLATED as u64 + 1).read_to_end(&mut inflated).ok();
    let taken = bytes.len() - member.into_inner().len();
    let is_cut = inflated.len() > INFLATED;
    inflated.truncate(INFLATED);
    (inflated, taken, is_cut)
}

/// RFC 1952: the method is 8, reserved flags are 0, and the system is one of the known ones.
pub(crate) fn is_header(bytes: &[u8]) -> bool {
    matches!(bytes, [0x1f, 0x8b, 8, flags, _, _, _, _, _, system, ..]
        if flags & 0xe0 == 0 && (*system <= 13 || *system == 255))
}
