//! The encodings in which a secret may stand. `docs/disguises.md` shows one example of each.

use std::fmt;

/// One layer of encoding around a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Base64 with the alphabet of RFC 4648 §4, or one that cannot be told from §5.
    Base64,
    /// Base64 with the alphabet of RFC 4648 §5: `-` or `_` stand around it.
    Base64Url,
    /// Base32, RFC 4648 §6, in either case.
    Base32,
    /// Two hexadecimal digits for each byte, one after the other.
    Hex,
    /// Hexadecimal bytes in columns, as `xxd`, `od` and `hexdump` print them, or set apart by
    /// spaces, colons and the like.
    HexDump,
    /// A list of numbers or of single characters, one for each byte.
    ByteArray,
    /// `%5F`, RFC 3986.
    Percent,
    /// `=5F` and soft line breaks, RFC 2045.
    QuotedPrintable,
    /// `\u005f`, as in JSON, or `\U0000005f`, `\u{5f}`.
    JsonEscape,
    /// `\x5f`.
    HexEscape,
    /// `\137`.
    OctalEscape,
    /// `\_`, as in Markdown and shells: a backslash that changes nothing.
    Backslash,
    /// `&#95;`, `&#x5f;`, `&lowbar;`, as in HTML and XML.
    Entity,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// Compressed, RFC 1952.
    Gzip,
    /// Compressed, RFC 1950.
    Zlib,
    /// In pieces: string literals that are joined, or a line that was broken.
    Split,
    /// Its prefix stands elsewhere in the same content.
    DetachedPrefix,
}

impl Encoding {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Base32 => "base32",
            Self::Hex => "hex",
            Self::HexDump => "hex-dump",
            Self::ByteArray => "byte-array",
            Self::Percent => "percent",
            Self::QuotedPrintable => "quoted-printable",
            Self::JsonEscape => "json-escape",
            Self::HexEscape => "hex-escape",
            Self::OctalEscape => "octal-escape",
            Self::Backslash => "backslash",
            Self::Entity => "entity",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Split => "split",
            Self::DetachedPrefix => "detached-prefix",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
