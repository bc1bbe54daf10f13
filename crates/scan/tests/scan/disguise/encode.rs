//! Encoders for the tests, none of which shares code with the decoders: each turns a text into
//! bytes and says where the text's own part of them is.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// An encoded text: all of it, and the part that stands for what was to be encoded.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Encoded {
    pub(crate) fn whole(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self { start: 0, end: bytes.len(), bytes }
    }

    /// The same between other bytes.
    pub(crate) fn within(&self, before: &[u8], after: &[u8]) -> Self {
        Self {
            bytes: [before, &self.bytes, after].concat(),
            start: before.len() + self.start,
            end: before.len() + self.end,
        }
    }

    /// With this put in after each so many bytes.
    pub(crate) fn wrapped(&self, width: usize, seam: &str) -> Self {
        let moved = |at: usize| at + at / width * seam.len();
        let lines: Vec<&[u8]> = self.bytes.chunks(width).collect();
        let end = moved(self.end - 1) + 1;
        Self { bytes: lines.join(seam.as_bytes()), start: moved(self.start), end }
    }

    /// Encoded once more, by something that has `bits` in one character.
    pub(crate) fn again(&self, bits: usize, encode: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        Self {
            bytes: encode(&self.bytes),
            start: self.start * 8 / bits,
            end: (self.end * 8).div_ceil(bits),
        }
    }
}

pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    STANDARD.encode(bytes).into_bytes()
}

pub(crate) fn base64url(bytes: &[u8]) -> Vec<u8> {
    URL_SAFE.encode(bytes).into_bytes()
}

pub(crate) fn base32(bytes: &[u8]) -> Vec<u8> {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let mut text: Vec<u8> = bits
        .as_bytes()
        .chunks(5)
        .map(|five| {
            let five = format!("{:0<5}", std::str::from_utf8(five).unwrap());
            let value = usize::from_str_radix(&five, 2).unwrap();
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value]
        })
        .collect();
    while !text.len().is_multiple_of(8) {
        text.push(b'=');
    }
    text
}

pub(crate) fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

pub(crate) fn zlib(bytes: &[u8], level: u32) -> Vec<u8> {
    let level = flate2::Compression::new(level);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
    zlib.write_all(bytes).unwrap();
    zlib.finish().unwrap()
}

pub(crate) fn utf16(text: &[u8], is_big: bool) -> Vec<u8> {
    let unit = |byte: &u8| if is_big { [0, *byte] } else { [*byte, 0] };
    text.iter().flat_map(unit).collect()
}

/// Each byte by itself, with this between two.
pub(crate) fn each(token: &str, separator: &str, unit: impl Fn(u8) -> String) -> Vec<u8> {
    let units: Vec<String> = token.bytes().map(unit).collect();
    units.join(separator).into_bytes()
}

/// The token's underscores in another form.
pub(crate) fn underscores(token: &str, escape: &str) -> Vec<u8> {
    token.replace('_', escape).into_bytes()
}

/// `xxd`: an offset, groups of two bytes, a text column.
pub(crate) fn xxd(content: &[u8], group: usize) -> String {
    xxd_columns(content, group, 16)
}

/// `xxd -c`: so many bytes to a line.
pub(crate) fn xxd_columns(content: &[u8], group: usize, columns: usize) -> String {
    let mut lines = String::new();
    for (number, line) in content.chunks(columns).enumerate() {
        let groups: Vec<String> =
            line.chunks(group).map(|group| String::from_utf8(hex(group)).unwrap()).collect();
        let column = format!(
            "{:<width$}",
            groups.join(" "),
            width = columns * 2 + columns.div_ceil(group) - 1
        );
        writeln!(lines, "{:08x}: {column}  {}", number * columns, printable(line)).unwrap();
    }
    lines
}

/// `hexdump -C`.
pub(crate) fn hexdump(content: &[u8]) -> String {
    let mut lines = String::new();
    for (number, line) in content.chunks(16).enumerate() {
        let halves: Vec<String> =
            line.chunks(8).map(|half| String::from_utf8(each_hex(half, " ")).unwrap()).collect();
        writeln!(lines, "{:08x}  {:<48}  |{}|", number * 16, halves.join("  "), printable(line))
            .unwrap();
    }
    lines + &format!("{:08x}\n", content.len())
}

/// `od -An -tx1` with an offset or without.
pub(crate) fn od(content: &[u8], has_offset: bool) -> String {
    let mut lines = String::new();
    for (number, line) in content.chunks(16).enumerate() {
        if has_offset {
            write!(lines, "{:07o}", number * 16).unwrap();
        }
        writeln!(lines, " {}", String::from_utf8(each_hex(line, " ")).unwrap()).unwrap();
    }
    lines
}

/// `od -c`: characters in fields of four.
pub(crate) fn characters(content: &[u8]) -> String {
    let mut lines = String::new();
    for (number, line) in content.chunks(16).enumerate() {
        let fields: String = line
            .iter()
            .map(|byte| match byte {
                b'\n' => "  \\n".to_owned(),
                b' '..=b'~' => format!("   {}", char::from(*byte)),
                other => format!(" {other:03o}"),
            })
            .collect();
        writeln!(lines, "{:07o}{fields}", number * 16).unwrap();
    }
    lines + &format!("{:07o}\n", content.len())
}

/// `od -x` and `hexdump`: words of two bytes, the second one first.
pub(crate) fn words(content: &[u8]) -> String {
    let mut lines = String::new();
    for (number, line) in content.chunks(16).enumerate() {
        let words: Vec<String> = line
            .chunks(2)
            .map(|pair| format!("{:02x}{:02x}", pair.get(1).unwrap_or(&0), pair[0]))
            .collect();
        writeln!(lines, "{:07x} {}", number * 16, words.join(" ")).unwrap();
    }
    lines
}

fn each_hex(bytes: &[u8], separator: &str) -> Vec<u8> {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(separator).into_bytes()
}

fn printable(bytes: &[u8]) -> String {
    let shown = |byte: &u8| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' };
    bytes.iter().map(shown).collect()
}
