//! What kind of archive or container some bytes begin, by their content and never by a name.

use std::sync::LazyLock;

use memchr::memmem;

use super::cpio;

/// A format that is opened, or is known not to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    Tar,
    Ar,
    Cpio,
    Rpm,
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Lzma,
    Zstd,
    Pdf,
    Png,
    /// A format no code here can read, by its name.
    Foreign(&'static str),
}

/// Where a tar header begins to say what it is.
const USTAR: usize = 257;

/// A block of a tar archive.
pub(super) const BLOCK: usize = 512;

/// As much of a content as tells what it is: a PDF may stand behind 1,024 other bytes.
pub(super) const HEAD: usize = 1024 + PDF.len();

const PDF: &[u8] = b"%PDF-";
static FIND_PDF: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(PDF));

/// The magic numbers at the very beginning.
const MAGIC: [(&[u8], Kind); 17] = [
    (b"PK\x03\x04", Kind::Zip),
    (b"PK\x05\x06", Kind::Zip),       // empty
    (b"PK\x07\x08PK\x03", Kind::Zip), // split, and joined again
    (b"PK00PK\x03\x04", Kind::Zip),   // split into one piece
    (b"\x1f\x8b\x08", Kind::Gzip),
    (b"\xfd7zXZ\0", Kind::Xz),
    (b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (b"\x89PNG\r\n\x1a\n", Kind::Png),
    (PDF, Kind::Pdf),
    (b"!<arch>\n", Kind::Ar),
    (b"7z\xbc\xaf\x27\x1c", Kind::Foreign("7z")),
    (b"Rar!\x1a\x07", Kind::Foreign("rar")),
    (b"\x04\x22\x4d\x18", Kind::Foreign("lz4")),
    (b"LZIP\x01", Kind::Foreign("lzip")),
    (b"\x89LZO\0\r\n\x1a\n", Kind::Foreign("lzop")),
    (b"MSCF\0\0\0\0", Kind::Foreign("cab")),
    (b"\xed\xab\xee\xdb", Kind::Rpm),
];

/// Whether `head` begins an archive or a container whose inside is not seen in its raw bytes.
///
/// `head` is the first 1,029 bytes of something or more, or all of it. Cheap enough to be asked for
/// every git object: one look at the first byte, and at a tar header's checksum where the bytes
/// could be one.
pub fn looks_packed(head: &[u8]) -> bool {
    Kind::begins(head).is_some()
}

impl Kind {
    /// What a whole content is, by its beginning.
    pub(super) fn begins(head: &[u8]) -> Option<Self> {
        let is_pdf = || FIND_PDF.find(&head[..head.len().min(HEAD)]).is_some();
        Self::of(head).or_else(|| is_pdf().then_some(Self::Pdf))
    }

    /// What stands just here.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let first = *head.first()?;
        let magic = MAGIC.iter().find(|(magic, _)| magic[0] == first && head.starts_with(magic));
        if let Some((_, kind)) = magic {
            return Some(*kind);
        }
        match first {
            b'B' if is_bzip2(head) => return Some(Self::Bzip2),
            b'0' if cpio::Header::read(head).is_some() => return Some(Self::Cpio),
            b'x' if is_zlib(head) => return Some(Self::Zlib),
            0x5d if is_lzma(head) => return Some(Self::Lzma),
            // Of `compress`; the third byte is how many bits a code has at most.
            0x1f if matches!(head, [_, 0x9d, bits, ..] if bits & 0x60 == 0 && (9..=16).contains(&(bits & 0x1f))) =>
            {
                return Some(Self::Foreign("compress"));
            }
            _ => {}
        }
        // A skippable frame of zstd, which may stand before any other.
        if head.get(1..4) == Some(b"\x2a\x4d\x18") && first & 0xf0 == 0x50 {
            return Some(Self::Zstd);
        }
        is_tar_header(head).then_some(Self::Tar)
    }

    /// The name in reports.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Ar => "ar",
            Self::Cpio => "cpio",
            Self::Rpm => "rpm",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Zstd => "zstd",
            Self::Pdf => "PDF",
            Self::Png => "PNG",
            Self::Foreign(name) => name,
        }
    }
}

/// `BZh`, the level, and the number that begins a block (pi) or an empty stream's end (its root).
fn is_bzip2(head: &[u8]) -> bool {
    matches!(head, [b'B', b'Z', b'h', b'1'..=b'9', block @ ..]
        if block.starts_with(b"1AY&SY") || block.starts_with(b"\x17rE8P\x90"))
}

/// The header of the old LZMA format has no magic number: what every tool writes for the properties,
/// a dictionary of a size that they choose, a size of the content, and the coder's first byte.
fn is_lzma(head: &[u8]) -> bool {
    let Some((header, rest)) = head.split_first_chunk::<13>() else { return false };
    let [0x5d, a, b, c, d, size @ ..] = *header else { return false };
    let (dictionary, size) = (u32::from_le_bytes([a, b, c, d]), u64::from_le_bytes(size));
    let is_round = dictionary.count_ones() == 1
        || dictionary.count_ones() == 2 && dictionary >> dictionary.trailing_zeros() == 3;
    is_round
        && dictionary >= 4096
        && (size == u64::MAX || size < 1 << 40)
        && rest.first() == Some(&0)
}

/// A zlib stream has two bytes that a text may begin with, so its beginning has to inflate.
fn is_zlib(head: &[u8]) -> bool {
    const LEAST: u64 = 64;
    if !matches!(head, [b'x', 0x01 | 0x5e | 0x9c | 0xda, ..]) {
        return false;
    }
    let (mut inflate, mut out) = (flate2::Decompress::new(true), [0; 4096]);
    let head = &head[..head.len().min(BLOCK)];
    match inflate.decompress(head, &mut out, flate2::FlushDecompress::None) {
        Ok(flate2::Status::StreamEnd) => true,
        Ok(flate2::Status::Ok | flate2::Status::BufError) => inflate.total_out() >= LEAST,
        Err(_) => false,
    }
}

/// Whether a block is the header of a tar member: its checksum holds. That of a v7 archive, which
/// has no magic number, is all there is to go by; a block of zeros has none.
pub(super) fn is_tar_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else { return false };
    let field = &block[148..156];
    // Before the sum over the block: a checksum is digits in octal, and no text has them there.
    if !matches!(field[5], b'0'..=b'7') || !matches!(field[7] | field[6], b' ' | 0) {
        return false;
    }
    let Some(wanted) = octal(field) else { return false };
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    let own: u64 = field.iter().map(|byte| u64::from(*byte)).sum();
    let spaces = 8 * u64::from(b' ');
    if wanted == sum - own + spaces {
        return true;
    }
    // Some old programs added the bytes as signed ones.
    let signed = |bytes: &[u8]| bytes.iter().map(|byte| i64::from(byte.cast_signed())).sum::<i64>();
    block.get(USTAR..USTAR + 5) == Some(b"ustar")
        && i64::try_from(wanted) == Ok(signed(block) - signed(field) + spaces.cast_signed())
}

/// A number in octal digits, which blanks may surround; `None` if there is none.
pub(super) fn octal(field: &[u8]) -> Option<u64> {
    let text = field.trim_ascii_start();
    let end = text.iter().position(|byte| !matches!(byte, b'0'..=b'7')).unwrap_or(text.len());
    if end == 0 || !matches!(text.get(end), None | Some(0 | b' ')) {
        return None;
    }
    text[..end]
        .iter()
        .try_fold(0u64, |sum, digit| sum.checked_mul(8).map(|sum| sum + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::{Kind, looks_packed, octal};

    #[test]
    fn text_and_zeros_are_not_packed() {
        for head in [&b""[..], b"P", b"PK", b"hello", &[0; 512], &[b'0'; 512], &[b' '; 512]] {
            assert!(!looks_packed(head), "{head:?}");
        }
        assert_eq!(Kind::of(b"\x53\x2a\x4d\x18\0\0\0\0"), Some(Kind::Zstd));
        assert_eq!(Kind::of(b"BZh9"), None);
        // Texts that begin as some formats do.
        let polynomial =
            b"x^2 + y^2 = z^2, and whatever else a page of algebra may say here ".repeat(9);
        for head in [&polynomial[..], b"070701 is a number", b"]\0\0\x80\0", b"070707", b"x\x9c"] {
            assert!(!looks_packed(head), "{head:?}");
        }
        assert_eq!(Kind::of(b"\x1f\x9d\x90"), Some(Kind::Foreign("compress")));
        let late = [&b" ".repeat(1024)[..], b"%PDF-1.4"].concat();
        assert_eq!(Kind::begins(&late), Some(Kind::Pdf));
        assert_eq!(Kind::begins(&[b" ", &late[..]].concat()), None);
    }

    #[test]
    fn octal_numbers() {
        assert_eq!(octal(b" 0644 \0"), Some(0o644));
        assert_eq!(octal(b"00000000017\0"), Some(15));
        assert_eq!(octal(b"12x"), None);
        assert_eq!(octal(b"\0\0"), None);
        assert_eq!(octal(b"7777777777777777777777777"), None);
    }
}
