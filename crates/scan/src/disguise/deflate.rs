//! Compressed data that stands in base64.

use std::io::{self, BufRead, Read};

use flate2::bufread::{GzDecoder, ZlibDecoder};

use super::window::INFLATED;
use crate::Encoding;

/// What is around deflated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 1952.
    Gzip,
    /// RFC 1950.
    Zlib,
}

impl Format {
    /// The format that begins so. The header of gzip says enough: the method is 8, reserved flags
    /// are 0, the system is one of the known ones. That of zlib is two bytes, so what follows it
    /// has to be deflated data, too.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, flags, _, _, _, _, _, system, ..]
                if flags & 0xe0 == 0 && (*system <= 13 || *system == 255) =>
            {
                Some(Self::Gzip)
            }
            [0x78, flags, data @ ..]
                if (0x7800 | u16::from(*flags)) % 31 == 0
                    && flags & 0x20 == 0
                    && may_be_deflated(data) =>
            {
                let ended = ZlibDecoder::new(head).read_to_end(&mut Vec::new());
                let is_cut_off = |error: io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
                ended.map_or_else(is_cut_off, |_| true).then_some(Self::Zlib)
            }
            _ => None,
        }
    }

    pub(crate) fn encoding(self) -> Encoding {
        match self {
            Self::Gzip => Encoding::Gzip,
            Self::Zlib => Encoding::Zlib,
        }
    }

    /// What the data at the beginning of `bytes` holds, as far as it can be read and up to
    /// [`INFLATED`] bytes; the bytes that it takes; and whether there was more than that.
    pub(crate) fn inflate(self, bytes: &[u8]) -> (Vec<u8>, usize, bool) {
        let (inflated, left) = match self {
            Self::Gzip => read(GzDecoder::new(bytes), GzDecoder::into_inner),
            Self::Zlib => read(ZlibDecoder::new(bytes), ZlibDecoder::into_inner),
        };
        let is_cut = inflated.len() > INFLATED;
        let inflated = inflated.into_iter().take(INFLATED).collect();
        (inflated, bytes.len() - left, is_cut)
    }
}

/// Whether the first block of deflated data may begin so: to set up a decoder takes longer.
fn may_be_deflated(data: &[u8]) -> bool {
    let Some(first) = data.first() else { return true };
    match first >> 1 & 3 {
        // Stored: the length, and its complement.
        0 => data.get(1..5).is_none_or(|len| len[0] == !len[2] && len[1] == !len[3]),
        1 => true,
        // With its own codes, of 257 and up to 29 lengths.
        2 => first >> 3 <= 29,
        _ => false,
    }
}

/// What can be read up to one byte beyond the bound, and how much is left of the input. An error
/// comes after what could be read, and that is kept.
fn read<D: Read, I: BufRead + AsRef<[u8]>>(mut from: D, rest: fn(D) -> I) -> (Vec<u8>, usize) {
    let mut inflated = Vec::new();
    from.by_ref().take(INFLATED as u64 + 1).read_to_end(&mut inflated).ok();
    (inflated, rest(from).as_ref().len())
}
