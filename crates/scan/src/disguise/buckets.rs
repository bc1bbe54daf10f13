//! Which literals share a bucket of the vectorized searcher.
//!
//! The searcher tells apart the low and the high half of each of the first four bytes (three, if a
//! literal has no more), for each bucket: it stops wherever each half fits *some* literal of the
//! bucket. So four literals of small letters in one bucket stop it far more often than twenty of
//! digits. Literals with the same low halves are always put into one bucket; any other goes into
//! the one that its number, counted by eights, says. So the order of the literals decides, and where
//! a bucket has to have fewer than the others, one that has its place already is told again.

use std::collections::BTreeMap;

use super::rarity::{CLASSES, FOLLOWS, class, frequency};

const BUCKETS: usize = 8;
/// Bytes of a literal that are looked at before it is compared, at most.
pub(crate) const LOOKED_AT: usize = 4;
/// What the searcher takes at most, repetitions included.
const LIMIT: usize = 127;
/// Rounds of improvement; a third one hardly finds any.
const ROUNDS: usize = 2;

/// What fits a bucket: the low and the high halves, a bit for each value; none for a byte that is
/// not looked at.
type Masks = [(u16, u16); LOOKED_AT];

/// An order of the literals, with repetitions, in which their buckets fit source text as seldom as
/// can be.
pub(crate) fn order(literals: &[&[u8]]) -> Vec<usize> {
    let looked_at = literals.iter().map(|literal| literal.len()).min().unwrap_or(0).min(LOOKED_AT);
    let literals: Vec<&[u8]> = literals.iter().map(|literal| &literal[..looked_at]).collect();
    // Those that share a bucket in any case.
    let mut kin: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    for (number, literal) in literals.iter().enumerate() {
        kin.entry(literal.iter().map(|byte| byte & 0xf).collect()).or_default().push(number);
    }
    let kin: Vec<Vec<usize>> = kin.into_values().collect();
    let masks =
        kin.iter().map(|kin| kin.iter().fold([(0, 0); LOOKED_AT], |m, at| with(m, literals[*at])));
    let model = Model::new(masks.collect(), looked_at);
    // In rows of eight: the first of each kin, while the others fill the gaps and the end.
    let buckets = distribute(&model);
    let rows = buckets.iter().map(Vec::len).max().unwrap_or(0);
    let (mut order, mut others) = (Vec::new(), Vec::new());
    for row in 0..rows {
        for bucket in &buckets {
            match bucket.get(row) {
                Some(member) => {
                    let members = &kin[*member];
                    others.extend(members[1..].iter().copied());
                    order.push(members[0]);
                }
                // The first one of all, which is in the rarest bucket.
                None => order.extend(others.pop().or(order.first().copied())),
            }
        }
    }
    order.extend(others);
    order
}

/// Puts each into one of the buckets, none of which has more than all of them have room for.
fn distribute(model: &Model) -> Vec<Vec<usize>> {
    let mut buckets = vec![(Vec::new(), 0.0); BUCKETS];
    let mut numbers: Vec<usize> = (0..model.masks.len()).collect();
    let alone: Vec<f64> = numbers.iter().map(|number| model.cost(&[*number])).collect();
    numbers.sort_by(|a, b| alone[*b].total_cmp(&alone[*a]));
    for number in numbers {
        put(&mut buckets, number, model);
    }
    for _ in 0..ROUNDS {
        for number in 0..model.masks.len() {
            let holds = |(members, _): &&mut (Vec<usize>, f64)| members.contains(&number);
            let Some((members, cost)) = buckets.iter_mut().find(holds) else { continue };
            members.retain(|member| *member != number);
            *cost = model.cost(members);
            put(&mut buckets, number, model);
        }
    }
    buckets
        .sort_by(|(a, of_a), (b, of_b)| a.is_empty().cmp(&b.is_empty()).then(of_a.total_cmp(of_b)));
    buckets.into_iter().map(|(members, _)| members).collect()
}

/// Puts one into the bucket that gets least worse by it.
fn put(buckets: &mut [(Vec<usize>, f64)], number: usize, model: &Model) {
    let rows = (LIMIT / BUCKETS).max(model.masks.len().div_ceil(BUCKETS));
    let grown = buckets.iter().enumerate().filter(|(_, (members, _))| members.len() < rows);
    let grown = grown.map(|(bucket, (members, cost))| {
        let grown = model.cost(&[members.as_slice(), &[number]].concat());
        (bucket, grown, grown - cost)
    });
    if let Some((bucket, grown, _)) = grown.min_by(|(.., a), (.., b)| a.total_cmp(b)) {
        buckets[bucket].0.push(number);
        buckets[bucket].1 = grown;
    }
}

fn with(mut masks: Masks, literal: &[u8]) -> Masks {
    for ((low, high), byte) in masks.iter_mut().zip(literal) {
        *low |= 1 << (byte & 0xf);
        *high |= 1 << (byte >> 4);
    }
    masks
}

/// How often source text fits what. Bytes of one class come after one another: of four digits each
/// is rare, but where one is the others are, too.
struct Model {
    masks: Vec<Masks>,
    looked_at: usize,
    /// The class of each byte, and its share in that.
    within: Vec<(usize, f64)>,
    /// The share of each class in all.
    shares: [f64; CLASSES],
}

impl Model {
    fn new(masks: Vec<Masks>, looked_at: usize) -> Self {
        let mut sums = [0.0; CLASSES];
        (0..=u8::MAX).for_each(|byte| sums[class(byte)] += f64::from(frequency(byte)));
        let share = |byte| (class(byte), f64::from(frequency(byte)) / sums[class(byte)]);
        let all: f64 = sums.iter().sum();
        let shares = sums.map(|sum| sum / all);
        Self { masks, looked_at, within: (0..=u8::MAX).map(share).collect(), shares }
    }

    /// The share of places that fit a bucket with these members.
    fn cost(&self, members: &[usize]) -> f64 {
        if members.is_empty() {
            return 0.0;
        }
        let mut all: Masks = [(0, 0); LOOKED_AT];
        for member in members {
            for (all, one) in all.iter_mut().zip(&self.masks[*member]) {
                *all = (all.0 | one.0, all.1 | one.1);
            }
        }
        // The share of places that fit so far and whose next byte is of each class.
        let mut next = self.shares;
        let mut fits = [0.0; CLASSES];
        for (low, high) in &all[..self.looked_at] {
            fits = [0.0; CLASSES];
            for byte in bits(*high).flat_map(|high| bits(*low).map(move |low| high << 4 | low)) {
                let (class, share) = self.within[usize::from(byte)];
                fits[class] += next[class] * share;
            }
            next = [0.0; CLASSES];
            for (fit, follows) in fits.iter().zip(&FOLLOWS) {
                for (next, share) in next.iter_mut().zip(follows) {
                    *next += fit * f64::from(*share) / 1000.0;
                }
            }
        }
        fits.iter().sum()
    }
}

/// The numbers of the bits that are set.
fn bits(mut mask: u16) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let bit = mask.trailing_zeros() as u8;
        mask &= mask.wrapping_sub(1);
        (bit < 16).then_some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, order};

    #[test]
    fn each_literal_keeps_a_place() {
        for count in 0..97 {
            for len in [3, 4] {
                let literals: Vec<Vec<u8>> =
                    (0..count).map(|n| format!("{:0len$}", n * 7 % 100).into_bytes()).collect();
                let literals: Vec<&[u8]> = literals.iter().map(Vec::as_slice).collect();
                let mut order = order(&literals);
                assert!(order.len() <= LIMIT, "{count}");
                order.sort_unstable();
                order.dedup();
                assert_eq!(order, (0..count).collect::<Vec<_>>());
            }
        }
    }
}
