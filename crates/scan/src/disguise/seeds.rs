//! What a prefix looks like in each encoding: the literals of the first stage.
//!
//! The fewer they are, and the rarer their first three bytes in source text, the faster the search
//! is, so forms share them: `x61` begins a byte in `0x61, 0x63`, in `\\x61\\x63` and in
//! `&#x61;&#x63;`. What tells such forms apart is looked at where one occurs, and whether the text
//! goes on as it has to ([`Next`]), before anything is decoded.
//!
//! Each literal is whole wherever lines are wrapped: four characters of base64 that stand for three
//! whole bytes, one number of a list. Where that may not be, as in groups of digits, there is a
//! second literal. Digits are preferred to letters, as they have no case.
//!
//! Some literals take for granted that the id begins with `0`, as it does until the year 3084. The
//! plain form never depends on that.

use std::collections::BTreeMap;

use patrol_token::Prefix;

use super::hint::{Hint, Next, Way};
use super::layer::Layer;
use super::rarity::rarity;

/// The literals of all prefixes, none of which begins with another, with their hints.
pub(crate) fn seeds(prefixes: &[Prefix]) -> (Vec<Vec<u8>>, Vec<Vec<Hint>>) {
    let mut all = BTreeMap::new();
    for (number, prefix) in prefixes.iter().enumerate() {
        let mut seeds = Seeds::new(prefix, number);
        seeds.plain();
        seeds.base64();
        seeds.base32();
        seeds.hex();
        seeds.units();
        for (literal, hint) in seeds.all {
            let hints: &mut Vec<Hint> = all.entry(literal).or_default();
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    // In their order, one that begins with another comes after it, and leaves it its hints.
    let (mut literals, mut hints): (Vec<Vec<u8>>, Vec<Vec<Hint>>) = (Vec::new(), Vec::new());
    for (literal, its) in all {
        match (literals.last(), hints.last_mut()) {
            (Some(short), Some(hints)) if literal.starts_with(short) => {
                hints.extend(
                    its.into_iter().filter(|hint| !hints.contains(hint)).collect::<Vec<_>>(),
                );
            }
            _ => {
                literals.push(literal);
                hints.push(its);
            }
        }
    }
    (literals, hints)
}

struct Seeds {
    number: usize,
    /// The prefix and its separator.
    stem: Vec<u8>,
    /// The same and the `0` that follows.
    text: Vec<u8>,
    all: Vec<(Vec<u8>, Hint)>,
}

impl Seeds {
    fn new(prefix: &Prefix, number: usize) -> Self {
        let stem = format!("{prefix}_").into_bytes();
        let text = format!("{prefix}_0").into_bytes();
        Self { number, stem, text, all: Vec::new() }
    }

    fn add(&mut self, literal: impl Into<Vec<u8>>, way: Way) {
        self.add_before(literal, 0, way, Next::Anything);
    }

    /// A literal whose way begins after `lead` bytes, and what follows it.
    fn add_before(&mut self, literal: impl Into<Vec<u8>>, lead: usize, way: Way, next: Next) {
        let literal = literal.into();
        let after = literal.len();
        self.all.push((literal, Hint { lead, way, after, next }));
    }

    /// In lower case, and in upper case where that differs.
    fn add_hex(&mut self, literal: &str, lead: usize, way: Way, next: Next) {
        // Only the digits have a case: `x` introduces them.
        let upper: String = literal
            .chars()
            .map(|c| if matches!(c, 'a'..='f') { c.to_ascii_uppercase() } else { c })
            .collect();
        if upper != literal {
            self.add_before(upper, lead, way, next.clone());
        }
        self.add_before(literal, lead, way, next);
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
            for escape in
                ["%5", "%25", "%u", "=5", "\\u", "\\U", "\\x", "\\1", "\\_", "\\\\", "&#", "&l"]
            {
                all.push(([part, escape.as_bytes()].concat(), fragment(offset)));
            }
        }
        if part_len == 3 {
            all.extend(["\"", "'"].map(|end| ([part, end.as_bytes()].concat(), fragment(offset))));
        }
        for (literal, way) in all {
            self.add(literal, way);
        }
        let wide: Vec<u8> = self.text[..2].iter().flat_map(|byte| [*byte, 0]).collect();
        self.add(wide, Way::Utf16);
    }

    fn base64(&mut self) {
        let text = self.text.clone();
        for offset in (0..6).filter(|offset| *offset < 3 || text.len() >= 8) {
            let known = (text.len() - offset) * 8 / 6;
            let next = base64(&text[offset..])[4..known].iter().take(4).copied().collect();
            self.add_before(base64(&text[offset..offset + 3]), 0, Way::Base64, Next::Here(next));
        }
        // Twice: three characters of the inner text for each of its alignments and of the outer's.
        for offset in 0..3 {
            let inner = base64_within(&text, offset);
            for start in 0..3 {
                self.add(rarest(&inner, start, 3), Way::Base64);
            }
        }
        // Of UTF-16: the zeros stand before the characters or behind them.
        let wide: Vec<u8> = text.iter().flat_map(|byte| [*byte, 0]).collect();
        for start in 0..3 {
            self.add(rarest(&wide[..wide.len() - 1], start, 3), Way::Base64);
        }
        self.base64_of_hex();
        self.add("H4sI", Way::Compressed);
        // The second byte says how hard the compressor tried; of the third, two bits are known.
        for header in ["eAE", "eAF", "eAG", "eAH", "eF4", "eF5", "eF6", "eF7"]
            .into_iter()
            .chain(["eJw", "eJx", "eJy", "eJz", "eNo", "eNp", "eNq", "eNr"])
        {
            self.add_before(header, 0, Way::Compressed, Next::Data);
        }
        self.add(base64(b"H4s"), Way::LongBase64);
    }

    /// Digits without a case where there are enough of them, for each alignment.
    fn base64_of_hex(&mut self) {
        let digits = hex::encode(&self.text).into_bytes();
        for start in 0..3 {
            let windows = |len| digits.windows(len).skip(start).step_by(3);
            let has_case = |window: &&[u8]| window.iter().any(u8::is_ascii_alphabetic);
            let plain = windows(6).chain(windows(3)).find(|window| !has_case(window));
            let letters =
                |window: &&[u8]| window.iter().filter(|b| b.is_ascii_alphabetic()).count();
            let Some(window) = plain.or_else(|| windows(6).min_by_key(letters)) else { continue };
            self.add(base64(&window.to_ascii_uppercase()), Way::Base64);
            self.add(base64(window), Way::Base64);
        }
    }

    fn base32(&mut self) {
        for before in 0..5 {
            let (all, phase) = base32_within(&self.text[..5], before);
            let windows = all.windows(5).enumerate();
            let Some((skipped, literal)) = windows.min_by_key(|(_, literal)| rarity(literal))
            else {
                continue;
            };
            let way = Way::Base32 { phase: (phase + skipped) % 8 };
            self.add(literal.to_ascii_lowercase(), way);
            self.add(literal, way);
        }
    }

    fn hex(&mut self) {
        let text = self.text.clone();
        let digits = |places: &[usize]| -> Option<String> {
            places.iter().map(|at| Some(hex::encode([*text.get(*at)?]))).collect()
        };
        let next = |places: &[usize]| match digits(places) {
            Some(digits) => Next::Here(digits.into_bytes()),
            None => Next::Anything,
        };
        let dump = Way::Dump { swapped: false };
        for at in self.pairs() {
            let pair = &text[at..at + 2];
            self.add_hex(&hex::encode(pair), 0, dump, next(&[at + 2]));
            for separator in [" ", ":", "-"] {
                self.add_hex(&joined(pair, separator), 0, dump, next(&[at + 2]));
            }
            // One byte to a line.
            self.add_hex(&joined(pair, "\n"), 0, Way::Hex, Next::Anything);
            // The fields of `od -c` have four characters.
            let [first, second] = [pair[0], pair[1]].map(char::from);
            self.add(format!("{first}   {second}"), Way::Characters);
            // Words with the small end first.
            let swapped = hex::encode([pair[1], pair[0]]);
            self.add_hex(&swapped, 0, Way::Dump { swapped: true }, next(&[at + 3, at + 2]));
        }
        for offset in 0..3 {
            let inner = base64(&text[offset..offset + 3]);
            self.add_hex(&hex::encode(inner), 0, Way::Hex, Next::Anything);
        }
        let core = &self.cores(2, 1)[0];
        self.add_hex(&hex::encode(hex::encode(core)), 0, Way::Hex, Next::Anything);
    }

    /// Single bytes in escapes and lists: one of them, whatever stands between.
    fn units(&mut self) {
        let text = self.text.clone();
        let cases = |byte: u8| usize::from(byte & 0xf >= 10);
        // Not the first, which has no zero before it in UTF-16, and there is one to follow.
        let places = 1..self.stem.len();
        let at = places.clone().min_by_key(|at| (cases(text[*at]), rarity(&text[*at..=*at])));
        let at = at.unwrap_or(1);
        let (unit, next) = (text[at], text[at + 1]);
        let hex = format!("{unit:02x}");
        let near = Next::Near(format!("{next:02x}").into_bytes());
        for (mark, way) in [
            ("x", Way::Unit),
            ("X", Way::Unit),
            ("x0", Way::Unit),
            ("&H", Way::Hex),
            ("{", Way::Unit),
            ("00", Way::Unit),
            ("%", Way::Layer(Layer::Percent)),
            ("%25", Way::Layer(Layer::Percent)),
            ("=", Way::Layer(Layer::QuotedPrintable)),
        ] {
            self.add_hex(&format!("{mark}{hex}"), mark.len(), way, near.clone());
        }
        let near = Next::Near(format!("{next:o}").into_bytes());
        self.add_before(format!("\\{unit:o}"), 0, Way::Layer(Layer::Backslash), near);
        // Those of three digits are rarer.
        let at = places.clone().min_by_key(|at| (text[*at] < 100, rarity(&text[*at..=*at])));
        let at = at.unwrap_or(1);
        let near = Next::Near(text[at + 1].to_string().into_bytes());
        for (end, way) in [
            (",", Way::Numbers),
            (" ", Way::Numbers),
            ("u", Way::Numbers),
            (";", Way::Layer(Layer::Entity)),
        ] {
            self.add_before(format!("{}{end}", text[at]), 0, way, near.clone());
        }
        let at = places.min_by_key(|at| rarity(&text[*at..=*at])).unwrap_or(1);
        let [unit, next] = [text[at], text[at + 1]].map(char::from);
        for quote in ['\'', '"'] {
            let near = Next::Near(format!("{quote}{next}{quote}").into_bytes());
            let literal = format!("{quote}{unit}{quote}");
            self.add_before(literal, 1, Way::Layer(Layer::Join), near);
        }
    }

    /// Two pairs of characters for groups of digits: one of them begins in a group, as there is an
    /// odd number of bytes between their beginnings, and no end of a line tears both.
    fn pairs(&self) -> [usize; 2] {
        let cases = |at: usize| self.text[at..at + 2].iter().filter(|b| **b & 0xf >= 10).count();
        let starts = 0..self.text.len() - 1;
        let pairs = starts.clone().flat_map(|a| starts.clone().map(move |b| [a, b]));
        pairs
            .filter(|[a, b]| b > a && b - a >= 3 && (b - a) % 2 == 1)
            .min_by_key(|[a, b]| cases(*a) + cases(*b))
            .unwrap_or([0, 3])
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

/// Base64 of the rarest window of `len` bytes whose beginning is at this alignment.
fn rarest(text: &[u8], start: usize, len: usize) -> Vec<u8> {
    let windows = text.windows(len).skip(start).step_by(3).map(base64);
    windows.min_by_key(|literal| rarity(literal)).unwrap_or_default()
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
            assert!(literals.iter().all(|literal| (3..=16).contains(&literal.len())), "{prefix}");
            // One pass for all of them.
            assert!(literals.len() <= 128, "{prefix}: {} {literals:?}", literals.len());
            for (at, literal) in literals.iter().enumerate() {
                assert!(literals[..at].iter().all(|other| !literal.starts_with(other)));
            }
        }
    }
}
