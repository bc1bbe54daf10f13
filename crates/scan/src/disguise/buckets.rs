//! Which literals share a bucket of the vectorized searcher.
//!
//! The searcher tells apart the low and the high half of each of the first three bytes, for each
//! bucket: it stops wherever each half fits *some* literal of the bucket. So four literals of small
//! letters in one bucket stop it at every other word, and twenty of digits hardly ever. Literals
//! with the same low halves are always put into one bucket; any other goes into the one that its
//! number, counted by eights, says. So the order of the literals decides.

use std::collections::BTreeMap;

use super::rarity::frequency;

const BUCKETS: usize = 8;
/// Bytes of a literal that are looked at before it is compared.
const LOOKED_AT: usize = 3;
/// Rounds of improvement; a third one hardly finds any.
const ROUNDS: usize = 2;

/// What fits a bucket: the low and the high halves, a bit for each value.
type Masks = [(u16, u16); LOOKED_AT];

/// An order of the literals in which their buckets fit source text as seldom as can be.
pub(crate) fn order(literals: &[&[u8]]) -> Vec<usize> {
    // Those that share a bucket in any case.
    let mut kin: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    for (number, literal) in literals.iter().enumerate() {
        let low = literal.iter().take(LOOKED_AT).map(|byte| byte & 0xf).collect();
        kin.entry(low).or_default().push(number);
    }
    let kin: Vec<Vec<usize>> = kin.into_values().collect();
    let masks: Vec<Masks> = kin
        .iter()
        .map(|kin| kin.iter().fold([(0, 0); LOOKED_AT], |m, at| with(m, literals[*at])))
        .collect();
    let buckets = distribute(&masks);
    // In rows of eight: the first of each kin, while the others fill the gaps and the end.
    let rows = buckets.iter().map(Vec::len).max().unwrap_or(0);
    let (mut order, mut others) = (Vec::new(), Vec::new());
    for row in 0..rows {
        for bucket in &buckets {
            match bucket.get(row) {
                Some(member) => {
                    let members = kin[*member].iter();
                    others.extend(members.clone().skip(1).copied());
                    order.extend(members.take(1).copied());
                }
                None => order.extend(others.pop()),
            }
        }
    }
    order.extend(others);
    order
}

/// Puts each into one of the buckets, which differ by one member at most.
fn distribute(masks: &[Masks]) -> Vec<Vec<usize>> {
    let room = masks.len().div_ceil(BUCKETS);
    let mut numbers: Vec<usize> = (0..masks.len()).collect();
    numbers.sort_by_key(|number| (std::cmp::Reverse(cost(masks, &[*number])), *number));
    let mut buckets: Vec<Vec<usize>> = vec![Vec::new(); BUCKETS];
    for number in numbers {
        let grown = |bucket: &Vec<usize>| {
            cost(masks, &[bucket.as_slice(), &[number]].concat()) - cost(masks, bucket)
        };
        let open = buckets.iter_mut().filter(|bucket| bucket.len() < room);
        if let Some(bucket) = open.min_by_key(|bucket| grown(bucket)) {
            bucket.push(number);
        }
    }
    for _ in 0..ROUNDS {
        if !improve(masks, &mut buckets) {
            break;
        }
    }
    // The full ones first, so that the gaps are at the end of the last row.
    buckets.sort_by_key(|bucket| std::cmp::Reverse(bucket.len()));
    buckets
}

/// Exchanges members wherever that helps. Returns whether it did.
fn improve(masks: &[Masks], buckets: &mut [Vec<usize>]) -> bool {
    let mut has_improved = false;
    for a in 0..buckets.len() {
        for b in a + 1..buckets.len() {
            let mut best = cost(masks, &buckets[a]) + cost(masks, &buckets[b]);
            for i in 0..buckets[a].len() {
                for j in 0..buckets[b].len() {
                    (buckets[a][i], buckets[b][j]) = (buckets[b][j], buckets[a][i]);
                    let now = cost(masks, &buckets[a]) + cost(masks, &buckets[b]);
                    if now < best {
                        (best, has_improved) = (now, true);
                    } else {
                        (buckets[a][i], buckets[b][j]) = (buckets[b][j], buckets[a][i]);
                    }
                }
            }
        }
    }
    has_improved
}

fn with(mut masks: Masks, literal: &[u8]) -> Masks {
    for ((low, high), byte) in masks.iter_mut().zip(literal) {
        *low |= 1 << (byte & 0xf);
        *high |= 1 << (byte >> 4);
    }
    masks
}

/// How often source text fits a bucket, in 10¹⁵ bytes.
fn cost(masks: &[Masks], bucket: &[usize]) -> u64 {
    if bucket.is_empty() {
        return 0;
    }
    let mut all: Masks = [(0, 0); LOOKED_AT];
    for number in bucket {
        for (all, one) in all.iter_mut().zip(&masks[*number]) {
            *all = (all.0 | one.0, all.1 | one.1);
        }
    }
    let fits = |(low, high): (u16, u16)| -> u64 {
        let bytes = bits(high).flat_map(|high| bits(low).map(move |low| high << 4 | low));
        bytes.map(|byte| u64::from(frequency(byte))).sum()
    };
    all.into_iter().map(fits).product()
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
    use super::order;

    #[test]
    fn each_literal_keeps_a_place() {
        for count in 0..70 {
            let literals: Vec<Vec<u8>> =
                (0..count).map(|n| format!("{:03}", n * 7 % 100).into_bytes()).collect();
            let literals: Vec<&[u8]> = literals.iter().map(Vec::as_slice).collect();
            let mut order = order(&literals);
            order.sort_unstable();
            assert_eq!(order, (0..count).collect::<Vec<_>>());
        }
    }
}
