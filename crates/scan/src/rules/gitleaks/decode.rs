//! Encoded text, which gitleaks decodes where it stands and searches again, up to five times over:
//! `%41`, `\u0041` and `U+0041`, hexadecimal, base64. As there, the last two have to be printable
//! ASCII throughout, are 32 and 16 characters long at least, and hold a digit (for base64, or one
//! of `+/-_`): a long name in a program is none.
//!
//! It differs in one thing: gitleaks takes all between the first and the last percent sign of a
//! line for one text, and gives it up if any of it is not printable. Here each run of `%41` is by
//! itself.

use std::ops::Range;
use std::sync::LazyLock;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use regex::bytes::Regex;

use crate::Encoding;

/// So many layers are taken off, as `--max-decode-depth` has it where it is not given.
pub(in crate::rules) const DEPTH: usize = 5;

/// What [`may_hold`] needs to see of a text on both sides of a place.
pub(in crate::rules) const MARGIN: usize = 16;

/// One encoded text after the other. At one place, what stands first is taken first.
static ENCODED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let unicode = r"(?:U\+[0-9A-Fa-f]{4}(?:[\t\n\f\r ]|\z))+|(?:\\{1,2}[uU][0-9A-Fa-f]{4})+";
    let percent = "(?:%(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e]|0[9A-Fa-f]|1[0-9A-Fa-f]))+";
    let pattern = format!(
        "(?-u)({percent})|({unicode})|([0-9A-Fa-f]{{32,}})|([0-9A-Za-z_/+-]{{16,}}={{0,2}})"
    );
    Regex::new(&pattern).ok()
});

/// Text with encoded texts in it replaced, and what stands where.
#[derive(Default)]
pub(in crate::rules) struct Layer {
    pub(in crate::rules) text: Vec<u8>,
    /// By their place.
    segments: Vec<Segment>,
}

/// A decoded text.
#[derive(Clone)]
struct Segment {
    /// Where it stands in the layer.
    at: Range<usize>,
    /// Where it stands, encoded, in the text that all began with.
    from: Range<usize>,
    /// Outermost first.
    encoding: Vec<Encoding>,
    /// It was decoded last; what stands in others only was found in the layer before.
    is_new: bool,
}

impl Layer {
    /// The text as it is, with nothing decoded.
    pub(in crate::rules) fn plain(text: &[u8]) -> Self {
        Self { text: text.to_vec(), segments: Vec::new() }
    }

    /// Decodes what is encoded in it. `None`: nothing is.
    pub(in crate::rules) fn next(&self) -> Option<Self> {
        let encoded = encoded(&self.text);
        if encoded.is_empty() {
            return None;
        }
        let mut next = Self::default();
        let mut done = 0;
        let mut kept = self.segments.as_slice();
        for (at, kind, decoded) in encoded {
            // What was decoded before and goes on before or behind this one stays in its parts.
            let before = kept.partition_point(|it| it.at.start < at.start);
            next.keep(&kept[..before], &self.text, &mut done, at.start);
            let outer = self.touched(&at).max_by_key(|it| it.encoding.len());
            let mut encoding = outer.map(|it| it.encoding.clone()).unwrap_or_default();
            encoding.push(kind);
            let from = self.origin(&at);
            let start = next.text.len();
            next.text.extend_from_slice(&decoded);
            let at_next = start..next.text.len();
            next.segments.push(Segment { at: at_next, from, encoding, is_new: true });
            done = at.end;
            let gone = kept.partition_point(|it| it.at.end <= at.end);
            kept = &kept[gone..];
        }
        next.keep(kept, &self.text, &mut done, self.text.len());
        Some(next)
    }

    /// Takes over the text from `done` to `end`, with the segments in it.
    fn keep(&mut self, segments: &[Segment], text: &[u8], done: &mut usize, end: usize) {
        let start = self.text.len();
        for it in segments {
            let at = |place: usize| start + place.clamp(*done, end) - *done;
            let at = at(it.at.start)..at(it.at.end);
            self.segments.push(Segment { at, is_new: false, ..it.clone() });
        }
        self.text.extend_from_slice(&text[*done..end]);
        *done = end;
    }

    /// Where a place of the layer stood in the text that all began with: for one in a decoded
    /// text, all of that.
    fn origin(&self, at: &Range<usize>) -> Range<usize> {
        let shifted = |place: usize, before: Option<&Segment>| {
            before.map_or(place, |it| it.from.end + place - it.at.end)
        };
        let first = self.segments.partition_point(|it| it.at.end <= at.start);
        let start = match self.segments.get(first).filter(|it| it.at.start <= at.start) {
            Some(inside) => inside.from.start,
            None => shifted(at.start, first.checked_sub(1).map(|it| &self.segments[it])),
        };
        let last = self.segments.partition_point(|it| it.at.start < at.end);
        let end = match last.checked_sub(1).map(|it| &self.segments[it]) {
            Some(inside) if inside.at.end >= at.end => inside.from.end,
            before => shifted(at.end, before),
        };
        start..end
    }

    /// Where a match stood in the text that all began with, and how it was encoded. `None`: it
    /// holds nothing that was decoded last, so it was found before.
    pub(in crate::rules) fn told(
        &self,
        at: &Range<usize>,
    ) -> Option<(Range<usize>, Vec<Encoding>)> {
        let new = self.touched(at).filter(|it| it.is_new).max_by_key(|it| it.encoding.len())?;
        Some((self.origin(at), new.encoding.clone()))
    }

    fn touched<'l>(&'l self, at: &'l Range<usize>) -> impl Iterator<Item = &'l Segment> {
        let first = self.segments.partition_point(|it| it.at.end <= at.start);
        self.segments[first..].iter().take_while(|it| it.at.start < at.end)
    }
}

/// What is encoded in a text, by its place, with what it says.
fn encoded(text: &[u8]) -> Vec<(Range<usize>, Encoding, Vec<u8>)> {
    let Some(regex) = ENCODED.as_ref() else { return Vec::new() };
    // Where each stands and how specific it is: 4 for a percent sign, 1 for base64.
    let found: Vec<(Range<usize>, usize)> = regex
        .captures_iter(text)
        .filter_map(|groups| {
            let kind = (1..=4).find(|kind| groups.get(*kind).is_some())?;
            Some((groups.get(kind)?.range(), 5 - kind))
        })
        .collect();
    // Of two that touch, the less specific one waits: the other may be part of it.
    let waits = |place: usize, (at, kind): &(Range<usize>, usize)| {
        let before = place.checked_sub(1).map(|it| &found[it]);
        let is_touched = |other: &(Range<usize>, usize)| {
            other.1 > *kind && (other.0.end == at.start || other.0.start == at.end)
        };
        before.is_some_and(is_touched) || found.get(place + 1).is_some_and(is_touched)
    };
    let stands = found.iter().enumerate().filter(|(place, it)| !waits(*place, it));
    stands
        .filter_map(|(_, (at, kind))| {
            let text = &text[at.clone()];
            let (encoding, decoded) = match kind {
                4 => (Encoding::Percent, percent(text)),
                3 => (Encoding::JsonEscape, unicode(text)),
                2 => (Encoding::Hex, hexadecimal(text)?),
                _ => base64(text)?,
            };
            (!decoded.is_empty()).then(|| (at.clone(), encoding, decoded))
        })
        .collect()
}

fn percent(text: &[u8]) -> Vec<u8> {
    let hex: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'%').collect();
    hex::decode(hex).unwrap_or_default()
}

/// Both forms have four digits, and nothing else of four.
fn unicode(text: &[u8]) -> Vec<u8> {
    let mut decoded = String::new();
    let mut digits = text;
    while let Some(mark) = memchr::memchr3(b'u', b'U', b'+', digits) {
        let rest = &digits[mark + 1..];
        // The `U` of `U+0041`.
        if rest.first() == Some(&b'+') {
            digits = rest;
            continue;
        }
        let number = rest.get(..4).and_then(|it| std::str::from_utf8(it).ok());
        let number = number.and_then(|it| u32::from_str_radix(it, 16).ok());
        decoded.extend(number.map(|it| char::from_u32(it).unwrap_or(char::REPLACEMENT_CHARACTER)));
        digits = rest.get(4..).unwrap_or_default();
    }
    decoded.into_bytes()
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let has_digit = text.iter().any(u8::is_ascii_digit);
    hex::decode(text).ok().filter(|decoded| has_digit && is_printable(decoded))
}

/// With padding, or with the alphabet of URLs and without.
fn base64(text: &[u8]) -> Option<(Encoding, Vec<u8>)> {
    const LOOSE: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    const PADDED: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LOOSE);
    const BARE: GeneralPurpose = GeneralPurpose::new(
        &alphabet::URL_SAFE,
        LOOSE.with_decode_padding_mode(DecodePaddingMode::RequireNone),
    );
    if !text.iter().any(|byte| byte.is_ascii_digit() || b"+/-_".contains(byte)) {
        return None;
    }
    let of = |engine: GeneralPurpose| engine.decode(text).ok().filter(|it| is_printable(it));
    let decoded = of(PADDED).or_else(|| of(BARE))?;
    let is_url = text.iter().any(|byte| b"-_".contains(byte));
    Some((if is_url { Encoding::Base64Url } else { Encoding::Base64 }, decoded))
}

fn is_printable(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, 9..=0x7e))
}

/// Whether anything encoded may stand in a text, or in one that a piece of it is cut from.
pub(in crate::rules) fn may_hold(text: &[u8]) -> bool {
    let mut run = 0;
    text.iter().enumerate().any(|(at, byte)| {
        let is_part = byte.is_ascii_alphanumeric() || b"_/+-".contains(byte);
        run = if is_part { run + 1 } else { 0 };
        let digits = |from: usize, count: usize| {
            let digits = text.get(at + from..at + from + count);
            digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit))
        };
        let escape = match byte {
            b'%' => digits(1, 2),
            b'U' if text.get(at + 1) == Some(&b'+') => digits(2, 4),
            b'\\' if matches!(text.get(at + 1), Some(b'u' | b'U')) => digits(2, 4),
            _ => false,
        };
        run >= MARGIN || escape
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn layers(text: &str) -> Vec<String> {
        let mut layer = Layer::plain(text.as_bytes());
        let mut all = Vec::new();
        while let Some(next) = layer.next() {
            all.push(String::from_utf8_lossy(&next.text).into_owned());
            layer = next;
        }
        all
    }

    #[test]
    fn each_encoding() {
        assert_eq!(layers("a%3D%41%zz%C3%A9"), ["a=A%zz%C3%A9"]);
        assert_eq!(layers(r"x\u0041\U0062 \\u0043"), ["xAb C"]);
        assert_eq!(layers("U+0041 U+0062 x U+0063"), ["Abx c"]);
        assert_eq!(layers("x=6b65793d30313233343536373839616263;"), ["x=key=0123456789abc;"]);
        assert_eq!(layers("x=a2V5PTAxMjM0NTY3ODk=;"), ["x=key=0123456789;"]);
        assert_eq!(layers("x=a2V5PTAxMjM0NTY3ODk;"), ["x=key=0123456789;"]);
        assert_eq!(layers("x=Pz8_Pj4-Pz8_Pj4-;"), ["x=???>>>???>>>;"]);
    }

    #[test]
    fn what_is_not_encoded_stays() {
        for text in [
            "short a2V5PTAxMjM= and 6b65793d",
            "a_long_name_of_a_function_in_a_program",
            "ffffffffffffffffffffffffffffffff00",
            "not printable AAECAwQFBgcICQoLDA0ODw==",
            "%00%ff",
        ] {
            assert_eq!(layers(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn layers_within_layers_and_where_they_stood() {
        // base64 of a percent-encoded text, beside another that is decoded at once.
        let text = "%41 x=a2V5JTNEMDEyMzQ1Njc4OQ== y";
        let first = Layer::plain(text.as_bytes()).next().unwrap();
        assert_eq!(first.text, b"A x=key%3D0123456789 y");
        let second = first.next().unwrap();
        assert_eq!(second.text, b"A x=key=0123456789 y");
        assert!(second.next().is_none());
        let at = |layer: &Layer, text: &str| {
            let start = memchr::memmem::find(&layer.text, text.as_bytes()).unwrap();
            layer.told(&(start..start + text.len()))
        };
        let base64 = vec![Encoding::Base64];
        let both = vec![Encoding::Base64, Encoding::Percent];
        assert_eq!(at(&first, "key"), Some((6..30, base64.clone())));
        assert_eq!(at(&first, "x=key"), Some((4..30, base64)));
        assert_eq!(at(&first, " y"), None);
        assert_eq!(at(&second, "key="), Some((6..30, both.clone())));
        assert_eq!(at(&second, "y=0"), Some((6..30, both)), "from the middle of the base64");
        assert_eq!(at(&second, "9 y"), None);
    }

    proptest! {
        #[test]
        fn any_text_ends_and_what_is_decoded_was_hot(
            text in r"(%[0-9a-f]{2}|\\u00[0-9a-f]{2}|[0-9a-f]{30,40}|[A-Za-z0-9+/=]{14,30}|[ -~]){0,20}",
        ) {
            let mut layer = Layer::plain(text.as_bytes());
            while let Some(next) = layer.next() {
                prop_assert!(next.text.len() < layer.text.len());
                for it in &next.segments {
                    prop_assert!(it.at.end <= next.text.len() && it.from.end <= text.len());
                    prop_assert!(may_hold(&text.as_bytes()[it.from.clone()]));
                }
                layer = next;
            }
        }
    }
}
