//! Where in a text any of some hundred literals may begin, 16 to 64 bytes at once.
//!
//! The literals are put into eight buckets. For each of the first four bytes a bucket has two sets:
//! the lower four bits of the bytes that its literals have there, and the four above the lowest
//! three. So sixteen bits tell nearly which of the 128 characters of ASCII may stand there, and two
//! look-ups in tables of sixteen entries, which a processor does for all bytes of a vector at once,
//! give the buckets that a byte fits. Where all four bytes fit the same bucket, something may begin.
//!
//! What fits and is no literal costs a look at it, so all hangs on how the literals are put into
//! buckets (`buckets.rs`). A literal of three bytes takes any byte as its fourth.

use fearless_simd::{Level, Simd, SimdBase as _, SimdMask as _, dispatch, u8x16};

/// Bytes of a literal that are looked at.
pub(super) const LOOKED_AT: usize = 4;
/// Buckets: a bit for each in a byte.
pub(super) const BUCKETS: usize = 8;
/// The most bytes that are looked at at once.
const WIDEST: usize = 64;
/// Places that are noted at once, at most.
const PLACES: usize = 4 * WIDEST;

/// For a byte of the literals of one bucket: its lower four bits, and the four above the lowest
/// three, as sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    low: u16,
    high: u16,
}

/// What fits a bucket, byte by byte.
pub(super) type Fits = [Fit; LOOKED_AT];

impl Fit {
    /// Takes this byte, too, which is one of ASCII; any byte if there is none.
    pub(super) fn add(&mut self, byte: Option<&u8>) {
        match byte {
            Some(byte) => {
                self.low |= 1 << (byte & 0xf);
                self.high |= 1 << (byte >> 3 & 0xf);
            }
            None => *self = Self { low: u16::MAX, high: u16::MAX },
        }
    }

    /// All characters of ASCII that fit, a bit for each.
    pub(super) fn characters(self) -> u128 {
        (0..16).filter(|high| self.high >> high & 1 == 1).fold(0, |all, high| {
            // Of eight in a row; the lowest bit of the upper part is the highest of the lower one.
            let eight = u128::from(self.low >> (8 * (high & 1)) & 0xff);
            all | eight << (8 * high)
        })
    }
}

/// The buckets, as tables.
#[derive(Clone, Debug)]
pub(super) struct Sieve {
    level: Level,
    /// For the lower four bits of each byte, and for the four above its lowest three, the buckets
    /// that it fits.
    low: [[u8; 16]; LOOKED_AT],
    high: [[u8; 16]; LOOKED_AT],
}

impl Sieve {
    /// A sieve with these buckets.
    pub(super) fn new(buckets: &[Fits; BUCKETS]) -> Self {
        let table = |of: &dyn Fn(&Fit) -> u16, at: usize| {
            std::array::from_fn(|value| {
                let fits = |bucket: &usize| of(&buckets[*bucket][at]) >> value & 1 == 1;
                (0..BUCKETS).filter(fits).fold(0, |all, bucket| all | 1 << bucket)
            })
        };
        Self {
            level: Level::new(),
            low: std::array::from_fn(|at| table(&|fit| fit.low, at)),
            high: std::array::from_fn(|at| table(&|fit| fit.high, at)),
        }
    }

    /// Notes places of `text` from `at` on where something fits, in their order; those behind its end
    /// fit as if zeros stood there. Answers where to go on, or that this was all.
    pub(super) fn sift(&self, text: &[u8], at: usize, places: &mut Places) -> Option<usize> {
        places.count = 0;
        dispatch!(self.level, simd => pass(simd, self, text, at, places))
    }
}

/// Places that fit, as many as are noted at once: whoever looks at one leaves the vectors, and that
/// costs more than the look.
#[derive(Debug)]
pub(super) struct Places {
    places: [usize; PLACES],
    count: usize,
}

impl Places {
    pub(super) fn new() -> Self {
        Self { places: [0; PLACES], count: 0 }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.places[..self.count].iter().copied()
    }

    #[inline(always)]
    fn note(&mut self, at: usize, mut found: u64) {
        while found != 0 {
            self.places[self.count] = at + found.trailing_zeros() as usize;
            self.count += 1;
            found &= found - 1;
        }
    }
}

/// The tables in vectors.
struct Tables<S: Simd> {
    low: [S::u8s; LOOKED_AT],
    high: [S::u8s; LOOKED_AT],
}

/// The buckets whose first two bytes fit, and those whose last two do.
type Halves<S> = (<S as Simd>::u8s, <S as Simd>::u8s);

impl<S: Simd> Tables<S> {
    #[inline(always)]
    fn new(simd: S, sieve: &Sieve) -> Self {
        let table = |half: &[u8; 16]| S::u8s::block_splat(u8x16::from_slice(simd, half));
        Self { low: sieve.low.each_ref().map(table), high: sieve.high.each_ref().map(table) }
    }

    /// At each place of a block, and the byte behind it.
    #[inline(always)]
    fn halves(&self, simd: S, block: &[u8]) -> Halves<S> {
        let four = S::u8s::splat(simd, 0xf);
        // A byte beyond ASCII fits nothing on most processors, as an index with its upper bit set.
        // It may stand in the place of the fourth byte, whatever that is.
        let ascii = S::u8s::splat(simd, 0x8f);
        let here = S::u8s::from_slice(simd, &block[..block.len() - 1]);
        let next = S::u8s::from_slice(simd, &block[1..]);
        let (here_low, here_high) = (here & ascii, (here >> 3) & four);
        let (next_low, next_high) = (next & four, (next >> 3) & four);
        let fits = |at: usize, low: S::u8s, high: S::u8s| {
            self.low[at].swizzle_dyn_within_blocks(low)
                & self.high[at].swizzle_dyn_within_blocks(high)
        };
        (
            fits(0, here_low, here_high) & fits(1, next_low, next_high),
            fits(2, here_low, here_high) & fits(3, next_low, next_high),
        )
    }
}

#[inline(always)]
fn pass<S: Simd>(
    simd: S,
    sieve: &Sieve,
    text: &[u8],
    mut at: usize,
    places: &mut Places,
) -> Option<usize> {
    let tables = Tables::new(simd, sieve);
    let width = S::u8s::LEN;
    let nothing = S::u8s::splat(simd, 0);
    let mut before = (nothing, nothing);
    while let Some(block) = text.get(at..=at + width) {
        let here = tables.halves(simd, block);
        let found = fitting::<S>(simd, before, here);
        if found != 0 {
            places.note(at - width, found);
            if places.count > PLACES - 3 * WIDEST {
                return Some(at);
            }
        }
        (before, at) = (here, at + width);
    }
    // What is left, with zeros behind it, and what waits for its last two bytes.
    let mut rest = [0; 2 * WIDEST + 1];
    rest[..text.len() - at].copy_from_slice(&text[at..]);
    for block in [&rest[..=width], &rest[width..=2 * width]] {
        let here = tables.halves(simd, block);
        let found = fitting::<S>(simd, before, here);
        if found != 0 {
            places.note(at - width, found);
        }
        (before, at) = (here, at + width);
    }
    None
}

/// The places of the block before that fit, a bit for each.
#[inline(always)]
fn fitting<S: Simd>(simd: S, before: Halves<S>, here: Halves<S>) -> u64 {
    let fits = before.0 & before.1.slide::<2>(here.1);
    let misses = fits.simd_eq(S::u8s::splat(simd, 0)).to_bitmask();
    misses ^ (u64::MAX >> (64 - S::u8s::LEN))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Fits, Places, Sieve};

    fn fits(text: &[u8], bucket: &Fits) -> bool {
        let fits = |(at, fit): (usize, &super::Fit)| match text.get(at) {
            Some(byte) => byte.is_ascii() && fit.characters() >> byte & 1 == 1,
            None => *fit == super::Fit { low: u16::MAX, high: u16::MAX },
        };
        bucket.iter().enumerate().all(fits)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Everything that fits a bucket is told, and hardly anything else: a byte beyond ASCII
        /// may be taken for one of it.
        #[test]
        fn what_fits_is_told(
            literals in prop::collection::vec("[ab01~\\\\]{3,6}", 1..9),
            text in prop::collection::vec(prop::sample::select(b"ab01~\\\x80\xe1\xff".to_vec()), 0..900),
        ) {
            let mut buckets = [Fits::default(); super::BUCKETS];
            for (bucket, literal) in buckets.iter_mut().zip(&literals) {
                for (at, fit) in bucket.iter_mut().enumerate() {
                    fit.add(literal.as_bytes().get(at));
                }
            }
            let (sieve, mut places, mut told) = (Sieve::new(&buckets), Places::new(), Vec::new());
            let mut from = Some(0);
            while let Some(at) = from {
                from = sieve.sift(&text, at, &mut places);
                told.extend(places.iter());
            }
            prop_assert!(told.is_sorted_by(|a, b| a < b));
            for at in 0..text.len() {
                let is_wanted = buckets.iter().any(|bucket| fits(&text[at..], bucket));
                prop_assert!(!is_wanted || told.contains(&at), "{}", at);
            }
            let is_ascii = |at: &usize| text[*at..text.len().min(at + 4)].is_ascii();
            for at in told.iter().filter(|at| is_ascii(at)) {
                prop_assert!(buckets.iter().any(|bucket| fits(&text[*at..], bucket)), "{}", at);
            }
        }
    }
}
