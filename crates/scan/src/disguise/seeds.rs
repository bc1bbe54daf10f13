//! What a prefix looks like in each encoding: the literals of the first stage.
//!
//! Each literal is as short as it may be and still be rare, and is whole wherever lines are
//! wrapped: four characters of base64 that stand for three whole bytes, two numbers of a list.
//! Where the prefix is long enough there is a second such literal, for the case that the first one
//! is torn. Of digits and letters the digits are preferred, as they have no case.
//!
//! Some literals take for granted that the id begins with `0`, as it does until the year 3084. The
//! plain form never depends on that.

use std::collections::BTreeMap;

use patrol_token::Prefix;

use super::layer::Layer;

/// How to go on from an occurrence of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// Characters of the prefix itself, from this offset on.
    Fragment { prefix: usize, offset: usize },
    /// The first of four base64 characters that stand for three bytes.
    Base64,
    /// The same, of something long.
    LongBase64,
    /// The beginning of a gzip member in base64.
    Gzip,
    /// A base32 character, this many after the first of eight.
    Base32 { phase: usize },
    /// The first digit of a byte.
    Hex,
    /// The first digit of a byte in a hex dump: its lines may have an offset and a text column.
    Dump { swapped: bool },
    /// The first digit of a number.
    Numbers,
    /// UTF-16.
    Utf16,
    /// Escapes in a text that stays as it is elsewhere.
    Layer(Layer),
}

/// The literals of all prefixes, none of which begins with another, with their ways.
pub(crate) fn seeds(prefixes: &[Prefix]) -> (Vec<Vec<u8>>, Vec<Vec<Way>>) {
    let mut all = BTreeMap::new();
    for (number, prefix) in prefixes.iter().enumerate() {
        let mut seeds = Seeds::new(prefix, number);
        seeds.plain();
        seeds.base64();
        seeds.base32();
        seeds.hex();
        seeds.escapes();
        seeds.lists();
        for (literal, way) in seeds.all {
            let ways: &mut Vec<Way> = all.entry(literal).or_default();
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
    // In their order, one that begins with another comes after it, and leaves it its ways.
    let (mut literals, mut ways): (Vec<Vec<u8>>, Vec<Vec<Way>>) = (Vec::new(), Vec::new());
    for (literal, its) in all {
        match (literals.last(), ways.last_mut()) {
            (Some(short), Some(ways)) if literal.starts_with(short) => {
                ways.extend(its.into_iter().filter(|way| !ways.contains(way)).collect::<Vec<_>>());
            }
            _ => {
                literals.push(literal);
                ways.push(its);
            }
        }
    }
    (literals, ways)
}

struct Seeds {
    number: usize,
    /// The prefix and its separator.
    stem: Vec<u8>,
    /// The same and the `0` that follows.
    text: Vec<u8>,
    all: Vec<(Vec<u8>, Way)>,
}

impl Seeds {
    fn new(prefix: &Prefix, number: usize) -> Self {
        let stem = format!("{prefix}_").into_bytes();
        let text = format!("{prefix}_0").into_bytes();
        Self { number, stem, text, all: Vec::new() }
    }

    fn add(&mut self, literal: impl Into<Vec<u8>>, way: Way) {
        self.all.push((literal.into(), way));
    }

    /// In lower case, and in upper case where that differs.
    fn add_hex(&mut self, literal: &str, way: Way) {
        // Only the digits have a case: `x`, `u` and `U` introduce them.
        let upper: String = literal
            .chars()
            .map(|c| if matches!(c, 'a'..='f') { c.to_ascii_uppercase() } else { c })
            .collect();
        if upper != literal {
            self.add(upper, way);
        }
        self.add(literal, way);
    }

    fn plain(&mut self) {
        let (stem, len) = (self.stem.clone(), self.stem.len());
        let fragment = |offset| Way::Fragment { prefix: self.number, offset };
        let mut all = vec![(stem[..4].to_vec(), fragment(0))];
        // For a token that is torn within its first four characters.
        all.push((self.text[len - 3..].to_vec(), fragment(len - 3)));
        // For one whose underscores are escaped: a part of the prefix that has none.
        let mut parts = Vec::new();
        let mut offset = 0;
        for part in stem.split(|byte| *byte == b'_').filter(|part| !part.is_empty()) {
            parts.push((part.len(), offset));
            offset += part.len() + 1;
        }
        let (part_len, offset) = parts
            .iter()
            .copied()
            .find(|(len, _)| *len >= 4)
            .or_else(|| parts.iter().copied().rev().max_by_key(|(len, _)| *len))
            .unwrap_or((0, 0));
        let part = &stem[offset..offset + part_len];
        if part_len >= 4 {
            all.push((part[..4].to_vec(), fragment(offset)));
        } else if part_len >= 2 {
            for escape in ["%5", "%25", "=5", "\\u", "\\x", "\\1", "\\_", "\\\\", "&#", "&l"] {
                all.push(([part, escape.as_bytes()].concat(), fragment(offset)));
            }
        }
        if part_len == 3 {
            all.extend(["\"", "'"].map(|end| ([part, end.as_bytes()].concat(), fragment(offset))));
        }
        self.all.extend(all);
        let wide: Vec<u8> = self.text[..2].iter().flat_map(|byte| [*byte, 0]).collect();
        self.add(wide, Way::Utf16);
    }

    fn base64(&mut self) {
        let text = self.text.clone();
        for offset in (0..6).filter(|offset| *offset < 3 || text.len() >= 8) {
            self.add(base64(&text[offset..offset + 3]), Way::Base64);
        }
        // Twice: three characters of the inner text for each of its alignments and of the outer's.
        for offset in 0..3 {
            let inner = base64_within(&text, offset);
            for start in 0..3 {
                self.add(base64(&inner[start..start + 3]), Way::Base64);
            }
        }
        // Of UTF-16: from a character, from the zero before one, from the second character.
        let wide: Vec<u8> = text[..4].iter().flat_map(|byte| [*byte, 0]).collect();
        for window in [&wide[..3], &wide[1..7], &wide[2..5]] {
            self.add(base64(window), Way::Base64);
        }
        // Of hexadecimal text.
        let core = &self.cores(4, 1)[0];
        let digits = hex::encode(core).into_bytes();
        for start in 0..3 {
            self.add(base64(&digits[start..start + 6]), Way::Base64);
        }
        self.add("H4sI", Way::Gzip);
        self.add(base64(b"H4s"), Way::LongBase64);
    }

    fn base32(&mut self) {
        let text = &self.text[..5];
        let mut all = Vec::new();
        for before in 0..5 {
            let (literal, phase) = base32_within(text, before);
            all.push((literal.to_ascii_lowercase(), phase));
            all.push((literal, phase));
        }
        for (literal, phase) in all {
            self.add(literal, Way::Base32 { phase });
        }
    }

    fn hex(&mut self) {
        for core in self.cores(3, if self.stem.len() >= 9 { 3 } else { 2 }) {
            // In groups of four bytes, three of them stand together as well.
            self.add_hex(&hex::encode(core), Way::Dump { swapped: false });
        }
        let first = self.stem[..2].to_vec();
        self.add_hex(&hex::encode([first[0], 0, first[1]]), Way::Hex);
        for offset in 0..3 {
            let inner = base64(&self.text[offset..offset + 3]);
            self.add_hex(&hex::encode(inner), Way::Hex);
        }
        let core = &self.cores(2, 1)[0];
        self.add_hex(&hex::encode(hex::encode(core)), Way::Hex);
        // Dumps: single bytes, groups of two, words with the small end first.
        for core in self.cores(2, 2) {
            for separator in [" ", ":", "-"] {
                self.add_hex(&joined(&core, separator), Way::Dump { swapped: false });
            }
        }
        for core in self.cores(4, 2) {
            let [a, b, c, d] = [0, 1, 2, 3].map(|at: usize| hex::encode([core[at]]));
            self.add_hex(&format!("{a}{b} {c}{d}"), Way::Dump { swapped: false });
            self.add_hex(&format!("{a} {b}{c} {d}"), Way::Dump { swapped: false });
            self.add_hex(&format!("{b}{a} {d}{c}"), Way::Dump { swapped: true });
            self.add_hex(&format!("{c}{b} "), Way::Dump { swapped: true });
        }
    }

    fn escapes(&mut self) {
        let core = self.cores(2, 1)[0].clone();
        let escapes = [
            ("%", Layer::Percent),
            ("%25", Layer::Percent),
            ("=", Layer::QuotedPrintable),
            ("\\x", Layer::Backslash),
            ("\\\\x", Layer::Backslash),
            ("\\u00", Layer::Backslash),
            ("\\\\u00", Layer::Backslash),
            ("\\U000000", Layer::Backslash),
            ("}\\u{", Layer::Backslash),
            (";&#x", Layer::Entity),
            (";&#X", Layer::Entity),
        ];
        for (separator, layer) in escapes {
            self.add_hex(&joined(&core, separator), Way::Layer(layer));
        }
        let [a, b] = [core[0], core[1]];
        self.add_hex(&format!("{a:x};&#x0"), Way::Layer(Layer::Entity));
        self.add(format!("{a};&#{b}"), Way::Layer(Layer::Entity));
        self.add(format!("{a};&#0"), Way::Layer(Layer::Entity));
        self.add(format!("{a:o}\\{b:o}"), Way::Layer(Layer::Backslash));
        self.add(format!("{a:o}\\\\{b:o}"), Way::Layer(Layer::Backslash));
    }

    fn lists(&mut self) {
        for core in self.cores(2, 2) {
            let [a, b] = [core[0], core[1]];
            self.add_hex(&joined(&core, ", 0x"), Way::Hex);
            self.add_hex(&joined(&core, ",0x"), Way::Hex);
            for separator in [",", ", "] {
                self.add(format!("{a}{separator}{b}"), Way::Numbers);
            }
        }
        let core = self.cores(2, 1)[0].clone();
        let [a, b] = [core[0], core[1]];
        self.add_hex(&joined(&core, " 0x"), Way::Hex);
        self.add(format!("{a} {b}"), Way::Numbers);
        // One to a line.
        let widest = self.stem.iter().copied().max().unwrap_or(b'_');
        for end in ["\n", "\r\n"] {
            self.add(format!("{widest},{end}"), Way::Numbers);
            self.add_hex(&format!("{:02x},{end}", self.stem[0]), Way::Hex);
        }
        let (a, b) = (char::from(self.stem[0]), char::from(self.stem[1]));
        for separator in ["','", "', '", "\",\"", "\", \"", "', b'"] {
            self.add(format!("{a}{separator}{b}"), Way::Layer(Layer::Join));
        }
    }

    /// Up to `count` windows of the stem that do not overlap, those with the fewest letters among
    /// their hexadecimal digits first.
    fn cores(&self, len: usize, count: usize) -> Vec<Vec<u8>> {
        let letters = |byte: &u8| usize::from(byte & 0xf >= 10);
        let mut windows: Vec<(usize, &[u8])> = self.stem.windows(len).enumerate().collect();
        windows.sort_by_key(|(start, window)| (window.iter().map(letters).sum::<usize>(), *start));
        let mut taken: Vec<(usize, Vec<u8>)> = Vec::new();
        for (start, window) in windows {
            let is_apart = |(other, _): &(usize, Vec<u8>)| start.abs_diff(*other) >= len;
            if taken.len() < count && taken.iter().all(is_apart) {
                taken.push((start, window.to_vec()));
            }
        }
        taken.into_iter().map(|(_, window)| window).collect()
    }
}

/// Bytes in hexadecimal with this between them.
fn joined(bytes: &[u8], separator: &str) -> String {
    bytes.iter().map(|byte| hex::encode([*byte])).collect::<Vec<_>>().join(separator)
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes).into_bytes()
}

/// The base64 characters that `text` alone decides if `before` bytes stand before it.
fn base64_within(text: &[u8], before: usize) -> Vec<u8> {
    let padded = [&[0; 2][..before], text].concat();
    base64(&padded)[(before * 8).div_ceil(6)..padded.len() * 8 / 6].to_vec()
}

/// The same for base32, and the place of the first of them among eight.
fn base32_within(text: &[u8], before: usize) -> (Vec<u8>, usize) {
    let padded = [&[0; 4][..before], text].concat();
    let bit = |at: usize| u8::from(padded[at / 8] & (0x80 >> (at % 8)) != 0);
    let first = (before * 8).div_ceil(5);
    let literal = (first..padded.len() * 8 / 5)
        .map(|at| {
            let value = (at * 5..at * 5 + 5).fold(0, |value, at| value << 1 | bit(at));
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(value)]
        })
        .collect();
    (literal, first % 8)
}

#[cfg(test)]
mod tests {
    use super::seeds;

    #[test]
    fn literals_are_short_and_rare() {
        for prefix in ["abc", "acme", "acme_pat", "a1_b2", "abcdefghijklmnopqrstuvwxyz_12345"] {
            let (literals, ways) = seeds(&[prefix.parse().unwrap()]);
            assert_eq!(literals.len(), ways.len());
            assert!(literals.iter().all(|literal| (4..=24).contains(&literal.len())), "{prefix}");
            assert!(literals.len() <= 128, "{prefix}: {}", literals.len());
            for (at, literal) in literals.iter().enumerate() {
                assert!(literals[..at].iter().all(|other| !literal.starts_with(other)));
            }
        }
    }
}
