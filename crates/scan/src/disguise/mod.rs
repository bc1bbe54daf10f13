//! Own tokens in every disguise: encoded, escaped, in pieces, compressed.
//!
//! ```text
//! bytes ─► literals ─► a stretch around one, decoded ─► the same search in what was decoded
//!          seeds.rs    one file for each way            until a token stands there in plain
//! ```
//!
//! Only what a prefix looks like in an encoding leads to any decoding, and only the token's own
//! checksum makes a match, so what is decoded may be guessed generously. Each stretch is decoded
//! a bounded number of times, up to [`DEPTH`] layers deep, and all work is bounded by the length
//! of what is searched ([`Work`]). `docs/disguises.md` lists what is found and what is not.

mod base64;
mod buckets;
mod characters;
mod decoded;
mod deflate;
mod digit;
mod dump;
mod fragment;
mod gap;
mod hint;
mod layer;
mod literals;
mod rarity;
mod seeds;
mod sieve;
mod tail;
mod units;
mod utf16;
mod window;
mod work;

use patrol_token::Prefix;

use self::decoded::Decoded;
use self::deflate::Format;
use self::hint::{Hint, Way};
use self::literals::Literals;
pub(crate) use self::window::LONG;
use self::work::Covered;
pub use self::work::Work;
use crate::{Encoding, Match};

/// Layers that are taken off one after the other.
const DEPTH: usize = 4;

/// The shortest text that can hold a token in any form, in bytes. One without its prefix has 63
/// characters; only compressing makes that less, and id and secret alone have 33 bytes of chance,
/// which are 62 characters in base64 with the header, the codes and the checksum of zlib.
const SHORTEST: usize = 48;

/// The search for own tokens in all forms.
#[derive(Clone, Debug)]
pub(crate) struct Disguises {
    prefixes: Vec<Prefix>,
    /// The prefixes with their separator.
    stems: Vec<Vec<u8>>,
    literals: Literals,
    /// For each literal, how to go on from it.
    hints: Vec<Vec<Hint>>,
}

/// The search of one text: the content, or what was decoded of it.
struct Level<'t> {
    text: &'t [u8],
    depth: usize,
    covered: Covered,
    found: Vec<Match>,
    /// The prefixes that stand somewhere without their token.
    detached: Vec<usize>,
}

impl Level<'_> {
    fn detach(&mut self, prefix: usize) {
        if !self.detached.contains(&prefix) {
            self.detached.push(prefix);
        }
    }
}

impl Disguises {
    /// `None` without prefixes.
    pub(crate) fn new(prefixes: &[Prefix]) -> Option<Self> {
        let (literals, hints) = seeds::seeds(prefixes);
        if literals.is_empty() {
            return None;
        }
        let stems = prefixes.iter().map(|prefix| format!("{prefix}_").into_bytes()).collect();
        let literals = Literals::new(&literals)?;
        Some(Self { prefixes: prefixes.to_vec(), stems, literals, hints })
    }

    /// What is searched for first. Where none of it occurs there is no match.
    pub(crate) fn literals(&self) -> &Literals {
        &self.literals
    }

    /// All tokens in `text`, in no order, each place once.
    pub(crate) fn search(&self, text: &[u8], work: &mut Work) -> Vec<Match> {
        // Most names of files.
        if text.len() < SHORTEST {
            return Vec::new();
        }
        let mut found = self.level(text, 0, work);
        if found.iter().any(|found| !found.encoding.is_empty()) {
            keep_plainest(&mut found);
        }
        found
    }

    fn level(&self, text: &[u8], depth: usize, work: &mut Work) -> Vec<Match> {
        let mut level = Level {
            text,
            depth,
            covered: Covered::default(),
            found: Vec::new(),
            detached: Vec::new(),
        };
        self.literals.each(text, &mut |at, literal| {
            for hint in &self.hints[literal] {
                if !hint.next.fits(text, at + hint.after) {
                    continue;
                }
                let at = at + hint.lead;
                match &hint.way {
                    Way::Fragment { prefix, offset } => {
                        self.fragment(&mut level, at, *prefix, *offset, work);
                    }
                    way => self.decode(&mut level, at, *way, work),
                }
            }
        });
        if !level.detached.is_empty() {
            self.tails(&mut level);
        }
        level.found
    }

    /// Decodes what stands around `at` and searches that.
    fn decode(&self, level: &mut Level<'_>, at: usize, way: Way, work: &mut Work) {
        if level.depth >= DEPTH || level.covered.has(way, at) || !work.allows(level.depth, at) {
            return;
        }
        let text = level.text;
        let (end, units) = match way {
            Way::Fragment { .. } => return,
            Way::Unit => return self.decode(level, at, units::way(text, at), work),
            Way::Base64 => {
                let decoded = base64::base64(text, at);
                self.inner(level, decoded, work, |start, end| base64_of(text, start, end))
            }
            Way::LongBase64 => {
                let decoded = base64::base64_from(text, at, LONG);
                self.inner(level, decoded, work, |start, end| base64_of(text, start, end))
            }
            Way::Compressed => (self.compressed(level, at, work), Vec::new()),
            Way::Characters => {
                let decoded = characters::decode(text, at);
                self.inner(level, decoded, work, |_, _| Encoding::HexDump)
            }
            Way::Base32 { phase } => {
                let decoded = base64::base32(text, at, phase);
                self.inner(level, decoded, work, |_, _| Encoding::Base32)
            }
            Way::Hex => {
                let decoded = units::hex(text, at);
                self.inner(level, decoded, work, |start, end| hex_of(&text[start..end]))
            }
            Way::Numbers => {
                let decoded = units::decimal(text, at);
                self.inner(level, decoded, work, |_, _| Encoding::ByteArray)
            }
            Way::Utf16 => {
                let (decoded, encoding) = utf16::decode(text, at);
                self.inner(level, decoded, work, |_, _| encoding)
            }
            Way::Layer(layer) => {
                let decoded = layer.decode(text, at);
                self.inner(level, decoded, work, |start, end| layer.encoding(&text[start..end]))
            }
            Way::Dump { swapped } => {
                if !swapped {
                    self.decode(level, at, Way::Hex, work);
                }
                let mut covered = at + 1;
                for width in dump::widths(text, at) {
                    if let Some(decoded) = dump::decode(text, at, width, swapped) {
                        let encoding = |_, _| Encoding::HexDump;
                        covered = covered.max(self.inner(level, decoded, work, encoding).0);
                    }
                }
                (covered, Vec::new())
            }
        };
        level.covered.add(way, at, end, units);
    }

    /// Searches what was decoded. Returns how far that reaches, and which units it read.
    fn inner(
        &self,
        level: &mut Level<'_>,
        decoded: Decoded,
        work: &mut Work,
        encoding: impl Fn(usize, usize) -> Encoding,
    ) -> (usize, Vec<usize>) {
        work.spend(decoded.bytes.len());
        for inner in self.level(&decoded.bytes, level.depth + 1, work) {
            let Some((start, end)) = decoded.span(inner.start, inner.end) else { continue };
            // A layer that changed nothing here has nothing to say of it.
            if end - start == inner.end - inner.start {
                continue;
            }
            let encoding = [vec![encoding(start, end)], inner.encoding].concat();
            level.found.push(Match { start, end, encoding, ..inner });
        }
        (decoded.end, decoded.units)
    }

    /// Decodes and inflates what begins at `at`. All that is in it stands there as a whole.
    fn compressed(&self, level: &mut Level<'_>, at: usize, work: &mut Work) -> usize {
        // The beginning first: most of what looks like it is none.
        let head = base64::base64_from(level.text, at, 64);
        let Some(format) = Format::of(&head.bytes) else { return at + 1 };
        let decoded = base64::base64_from(level.text, at, LONG);
        work.spend(decoded.bytes.len());
        let (inflated, taken, is_cut) = format.inflate(&decoded.bytes);
        work.spend(inflated.len());
        if is_cut {
            work.cut();
        }
        let Some((start, end)) = decoded.span(0, taken) else { return at + 1 };
        let outer = base64_of(level.text, start, end);
        for inner in self.level(&inflated, level.depth + 2, work) {
            let encoding = [vec![outer, format.encoding()], inner.encoding].concat();
            level.found.push(Match { start, end, encoding, ..inner });
        }
        at + 1
    }

    /// Looks for tokens whose prefix stands elsewhere in the text.
    fn tails(&self, level: &mut Level<'_>) {
        let prefixes: Vec<&Prefix> =
            level.detached.iter().filter_map(|number| self.prefixes.get(*number)).collect();
        let found = &mut level.found;
        tail::each(level.text, &prefixes, &mut |found_here| found.push(found_here));
    }
}

fn base64_of(text: &[u8], start: usize, end: usize) -> Encoding {
    if base64::is_url_safe(text, start, end) { Encoding::Base64Url } else { Encoding::Base64 }
}

/// Digits without anything between them, but for the ends of lines; a list; or neither.
fn hex_of(text: &[u8]) -> Encoding {
    if text.windows(2).any(|pair| matches!(pair, b"0x" | b"0X" | b"&H" | b"&h")) {
        return Encoding::ByteArray;
    }
    let is_other = |byte: &&u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'\r' | b'\n');
    let others = text.iter().filter(is_other).count();
    if others > text.len() / 8 { Encoding::HexDump } else { Encoding::Hex }
}

/// Keeps, of matches of the same token that share some text, the one with the fewest layers, and
/// of those the shortest.
fn keep_plainest(found: &mut Vec<Match>) {
    found.sort_by(|a, b| (a.secret.digest(), a.start).cmp(&(b.secret.digest(), b.start)));
    let cost = |it: &Match| (it.encoding.len(), it.end - it.start);
    found.dedup_by(|next, kept| {
        let is_same = next.secret.digest() == kept.secret.digest() && next.start < kept.end;
        if is_same && cost(next) < cost(kept) {
            std::mem::swap(next, kept);
        }
        is_same
    });
}
