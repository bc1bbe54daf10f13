//! Which literals share a bucket of the sieve.
//!
//! The sieve stops where each of four bytes fits *some* literal of a bucket. So four literals of
//! small letters in one bucket stop it far more often than twenty of digits, and literals that have
//! much in common go together.

use super::rarity::{CLASSES, FOLLOWS, class, frequency};
use super::sieve::{BUCKETS, Fits, LOOKED_AT};

/// Rounds of improvement; another one hardly finds any.
const ROUNDS: usize = 3;

/// The shares of contents that are not source text, for which places are counted, too: base64,
/// hexadecimal digits, and random bytes.
const BASE64: f32 = 0.10;
const HEX: f32 = 0.05;
const RANDOM: f32 = 0.02;

/// Buckets for these literals, which contents fit as seldom as can be.
pub(super) fn distribute(literals: &[&[u8]]) -> [Fits; BUCKETS] {
    let model = Model::new();
    let alone: Vec<f32> =
        literals.iter().map(|it| Bucket::default().with(it, &model).cost(&model)).collect();
    let mut numbers: Vec<usize> = (0..literals.len()).collect();
    numbers.sort_by(|a, b| alone[*b].total_cmp(&alone[*a]));
    let mut buckets = [Bucket::default(); BUCKETS];
    let mut costs = [0.0; BUCKETS];
    let mut members: [Vec<usize>; BUCKETS] = Default::default();
    for round in 0..=ROUNDS {
        for number in &numbers {
            if round > 0
                && let Some(place) = members.iter().position(|all| all.contains(number))
            {
                members[place].retain(|member| member != number);
                let rest = members[place].iter().map(|member| literals[*member]);
                buckets[place] = rest.fold(Bucket::default(), |all, it| all.with(it, &model));
                costs[place] = buckets[place].cost(&model);
            }
            // Into the one that gets least worse by it.
            let grown = buckets.map(|bucket| bucket.with(literals[*number], &model));
            let more = |place: usize| grown[place].cost(&model) - costs[place];
            let all = (0..BUCKETS).map(|place| (place, more(place)));
            let Some((place, more)) = all.min_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
            members[place].push(*number);
            buckets[place] = grown[place];
            costs[place] += more;
        }
    }
    buckets.map(|bucket| bucket.fits)
}

/// Kinds of bytes that are told apart: the classes of source text, the digits of base64, those of
/// hexadecimal, and all.
const KINDS: usize = CLASSES + 3;

/// What fits a bucket, byte by byte, and the share of each kind of bytes in which that is so.
#[derive(Clone, Copy, Default)]
struct Bucket {
    fits: Fits,
    characters: [u128; LOOKED_AT],
    shares: [[f32; KINDS]; LOOKED_AT],
}

impl Bucket {
    fn with(mut self, literal: &[u8], model: &Model) -> Self {
        for (at, fit) in self.fits.iter_mut().enumerate() {
            let before = *fit;
            fit.add(literal.get(at));
            if *fit == before {
                continue;
            }
            let characters = fit.characters();
            for new in bits(characters & !self.characters[at]) {
                for (share, more) in self.shares[at].iter_mut().zip(&model.shares[new]) {
                    *share += more;
                }
            }
            self.characters[at] = characters;
        }
        self
    }

    /// The share of all places that fit.
    fn cost(&self, model: &Model) -> f32 {
        let random = |kind: usize| self.shares.iter().map(|shares| shares[kind]).product::<f32>();
        // In source text bytes of one class come after one another: of four digits each is rare,
        // but where one is the others are, too.
        let mut next = model.classes;
        let mut fits = [0.0; CLASSES];
        for shares in &self.shares {
            fits = std::array::from_fn(|class| next[class] * shares[class]);
            next = [0.0; CLASSES];
            for (fit, follows) in fits.iter().zip(&model.follows) {
                for (next, share) in next.iter_mut().zip(follows) {
                    *next += fit * share;
                }
            }
        }
        (1.0 - BASE64 - HEX - RANDOM) * fits.iter().sum::<f32>()
            + BASE64 * random(CLASSES)
            + HEX * random(CLASSES + 1)
            + RANDOM * random(CLASSES + 2)
    }
}

/// How often a byte is met.
struct Model {
    /// The share of each character in each kind of bytes.
    shares: [[f32; KINDS]; 128],
    /// The share of each class in source text.
    classes: [f32; CLASSES],
    /// The share of each class in what follows each.
    follows: [[f32; CLASSES]; CLASSES],
}

impl Model {
    fn new() -> Self {
        let mut sums = [0.0; CLASSES];
        (0..=u8::MAX).for_each(|byte| sums[class(byte)] += frequency(byte) as f32);
        let all: f32 = sums.iter().sum();
        let shares = |character: usize| {
            let byte = character as u8;
            let mut shares = [0.0; KINDS];
            shares[class(byte)] = frequency(byte) as f32 / sums[class(byte)];
            if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') {
                shares[CLASSES] = 1.0 / 64.0;
            }
            if matches!(byte, b'0'..=b'9' | b'a'..=b'f') {
                shares[CLASSES + 1] = 1.0 / 16.0;
            }
            shares[CLASSES + 2] = 1.0 / 256.0;
            shares
        };
        Self {
            shares: std::array::from_fn(shares),
            classes: sums.map(|sum| sum / all),
            follows: FOLLOWS.map(|follows| follows.map(|share| f32::from(share) / 1000.0)),
        }
    }
}

/// The numbers of the bits that are set.
fn bits(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (bit < 128).then_some(bit as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sieve::Fits;
    use super::distribute;

    fn with(mut fits: Fits, literal: &[u8]) -> Fits {
        fits.iter_mut().enumerate().for_each(|(at, fit)| fit.add(literal.get(at)));
        fits
    }

    #[test]
    fn each_literal_fits_a_bucket() {
        for count in [0, 1, 7, 8, 9, 30, 96] {
            for len in [3, 4] {
                let literals: Vec<Vec<u8>> =
                    (0..count).map(|n| format!("{:0len$}", n * 7 % 100).into_bytes()).collect();
                let literals: Vec<&[u8]> = literals.iter().map(Vec::as_slice).collect();
                let buckets = distribute(&literals);
                for literal in literals {
                    assert!(buckets.iter().any(|fits| with(*fits, literal) == *fits), "{count}");
                }
            }
        }
    }
}
