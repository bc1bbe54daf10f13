//! A delta: how to make one object out of another. Pure.
//!
//! Format: git's `gitformat-pack`, "Deltified representation". The instructions are decoded once
//! and checked as a whole, so that whoever follows them cannot leave a buffer.

use crate::judged::{Judged, MAX_JUDGED};

/// Instructions of one delta that are held in memory: 48 MiB, by each thread. No delta that git
/// writes comes near it; one that does is left to the ordinary road, which does not hold them.
const MAX_PIECES: usize = 1 << 22;

/// A stretch of the result: copied from the base, or new and held in the delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it begins, in the base or in the delta's own bytes.
    pub(crate) start: u32,
    pub(crate) len: u32,
    pub(crate) is_copy: bool,
}

impl Piece {
    /// Its bytes.
    pub(crate) fn of<'b>(&self, base: &'b [u8], delta: &'b [u8]) -> &'b [u8] {
        let from = if self.is_copy { base } else { delta };
        &from[self.start as usize..][..self.len as usize]
    }
}

/// Decodes a delta into the pieces of its result, in order, and returns the size of the result.
/// Pieces that follow one another in the base are one.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn decode(
    delta: &[u8],
    base: usize,
    max: usize,
    pieces: &mut Vec<Piece>,
) -> Result<usize, &'static str> {
    pieces.clear();
    let mut at = 0;
    if number(delta, &mut at) != Some(base as u64) {
        return Err("its delta is for a base of another size");
    }
    let size = number(delta, &mut at).ok_or(CUT)?;
    if size > max as u64 || delta.len() > max {
        return Err("its delta makes too large an object");
    }
    let mut made: u64 = 0;
    while let Some(op) = delta.get(at) {
        at += 1;
        let piece = match op {
            0 => return Err("its delta has an instruction that is not known"),
            1..0x80 => {
                let piece = Piece { start: at as u32, len: u32::from(*op), is_copy: false };
                at += usize::from(*op);
                if at > delta.len() {
                    return Err(CUT);
                }
                piece
            }
            _ => {
                let mut field = |bits: u8, bytes: u8| {
                    let mut value = 0u64;
                    for n in 0..bytes {
                        if bits & 1 << n != 0 {
                            value |= u64::from(*delta.get(at)?) << (8 * n);
                            at += 1;
                        }
                    }
                    Some(value)
                };
                let start = field(op & 0xf, 4).ok_or(CUT)?;
                let len = match field(op >> 4 & 7, 3).ok_or(CUT)? {
                    0 => 0x1_0000,
                    len => len,
                };
                if start + len > base as u64 {
                    return Err("its delta copies what its base does not have");
                }
                Piece { start: start as u32, len: len as u32, is_copy: true }
            }
        };
        made += u64::from(piece.len);
        if made > size {
            return Err("its delta makes more than it says");
        }
        let is_full = pieces.len() == MAX_PIECES;
        match pieces.last_mut() {
            Some(last) if piece.is_copy && last.is_copy && last.start + last.len == piece.start => {
                last.len += piece.len;
            }
            _ if is_full => {
                // Not kept for the next one, which is a small one.
                *pieces = Vec::new();
                return Err(TOO_MANY);
            }
            _ => pieces.push(piece),
        }
    }
    if made == size { Ok(size as usize) } else { Err("its delta makes less than it says") }
}

/// There may be nothing wrong with it, but it is not held.
pub(crate) const TOO_MANY: &str = "its delta has too many instructions";

const CUT: &str = "its delta is cut short";

/// A size: seven bits a byte, the lowest first.
fn number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Makes the result.
pub(crate) fn apply(pieces: &[Piece], base: &[u8], delta: &[u8], size: usize, out: &mut Vec<u8>) {
    out.clear();
    out.reserve(size);
    for piece in pieces {
        out.extend_from_slice(piece.of(base, delta));
    }
}

/// All that is new in the result, with `margin` bytes of what stands beside it on both sides.
///
/// A text of at most `margin + 1` bytes that occurs in the result occurs in the base or in here:
/// if no single copied piece holds it, then it takes nothing of the pieces that it touches but
/// what is new and the first or last `margin` bytes of what is copied, and those stand here side
/// by side as they do in the result. Where the middle of a copied piece is left out, bytes meet
/// that do not meet in the result; a text found there was not missed, merely looked for in vain.
pub(crate) fn news(pieces: &[Piece], base: &[u8], delta: &[u8], margin: usize, out: &mut Vec<u8>) {
    out.clear();
    for piece in pieces {
        let bytes = piece.of(base, delta);
        if piece.is_copy && bytes.len() > 2 * margin {
            out.extend_from_slice(&bytes[..margin]);
            out.extend_from_slice(&bytes[bytes.len() - margin..]);
        } else {
            out.extend_from_slice(bytes);
        }
    }
}

/// The literals of the base that the result has taken over. `None` if one of them stands in other
/// surroundings there, as far as those matter, or if there are too many.
pub(crate) fn carried(pieces: &[Piece], base: usize, of_base: &[Judged]) -> Option<Vec<Judged>> {
    let mut carried = Vec::new();
    let mut made = 0;
    for (number, piece) in pieces.iter().enumerate() {
        let (start, len) = (piece.start as usize, piece.len as usize);
        let end = start + len;
        // Nothing is before it or behind it, there as here.
        let is_first = start == 0 && number == 0;
        let is_last = end == base && number + 1 == pieces.len();
        if piece.is_copy {
            let from = of_base.partition_point(|it| it.at < start);
            for it in of_base[from..].iter().take_while(|it| it.at < end) {
                // Torn, it is no literal any more, unless what is new has made it whole again.
                if it.at + it.needs > end {
                    continue;
                }
                let is_same = (is_first || it.at >= start + it.before)
                    && (is_last || it.at + it.after <= end);
                if !is_same || carried.len() == MAX_JUDGED {
                    return None;
                }
                carried.push(Judged { at: it.at - start + made, ..*it });
            }
        }
        made += len;
    }
    Some(carried)
}

/// The first bytes of the result, and its last ones behind them.
pub(crate) fn ends(
    pieces: &[Piece],
    base: &[u8],
    delta: &[u8],
    (first, last): (usize, usize),
    out: &mut Vec<u8>,
) {
    out.clear();
    for piece in pieces {
        let bytes = piece.of(base, delta);
        out.extend_from_slice(&bytes[..bytes.len().min(first - out.len())]);
        if out.len() == first {
            break;
        }
    }
    let mut behind = Vec::new();
    let mut left = last;
    for piece in pieces.iter().rev() {
        let bytes = piece.of(base, delta);
        let taken = bytes.len().min(left);
        behind.push(&bytes[bytes.len() - taken..]);
        left -= taken;
        if left == 0 {
            break;
        }
    }
    behind.iter().rev().for_each(|bytes| out.extend_from_slice(bytes));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A delta by hand: `Ok` copies, `Err` inserts.
    fn delta(base: usize, size: usize, ops: &[Result<(u32, u32), &[u8]>]) -> Vec<u8> {
        let number = |mut n: usize| {
            let mut bytes = Vec::new();
            while n > 0x7f {
                bytes.push(n as u8 | 0x80);
                n >>= 7;
            }
            bytes.push(n as u8);
            bytes
        };
        let mut bytes = [number(base), number(size)].concat();
        for op in ops {
            match op {
                Ok((start, len)) => {
                    bytes.push(0xff);
                    bytes.extend(start.to_le_bytes());
                    bytes.extend(&len.to_le_bytes()[..3]);
                }
                Err(new) => {
                    bytes.push(new.len() as u8);
                    bytes.extend(*new);
                }
            }
        }
        bytes
    }

    fn made(base: &[u8], delta: &[u8]) -> Result<Vec<u8>, &'static str> {
        let (mut pieces, mut out) = (Vec::new(), Vec::new());
        let size = decode(delta, base.len(), 1 << 20, &mut pieces)?;
        apply(&pieces, base, delta, size, &mut out);
        Ok(out)
    }

    #[test]
    fn copies_and_inserts() {
        let base = b"0123456789";
        let good = delta(10, 9, &[Ok((2, 3)), Err(b"ab"), Ok((5, 2)), Ok((7, 2))]);
        assert_eq!(made(base, &good).unwrap(), b"234ab5678");
        // Without a size it is 64 KiB.
        let large = vec![7; 0x1_0000];
        let whole = [delta(0x1_0000, 0x1_0000, &[]), vec![0x80]].concat();
        assert_eq!(made(&large, &whole).unwrap(), large);
    }

    #[test]
    fn more_pieces_than_are_held_are_told_from_damage() {
        // The same byte again and again, so that no copy goes on where the last one ended.
        let made = |count: usize| {
            let bytes = [delta(2, count, &[]), [0x90, 1].repeat(count)].concat();
            let mut pieces = Vec::new();
            decode(&bytes, 2, 4 * count, &mut pieces).map(|size| (size, pieces.len()))
        };
        assert_eq!(made(MAX_PIECES), Ok((MAX_PIECES, MAX_PIECES)));
        assert_eq!(made(MAX_PIECES + 1), Err(TOO_MANY));
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let base = b"0123456789";
        let check = |delta: &[u8], wanted: &str| {
            assert_eq!(made(base, delta), Err(wanted));
        };
        check(&delta(9, 1, &[]), "its delta is for a base of another size");
        check(&delta(10, 4, &[Ok((8, 4))]), "its delta copies what its base does not have");
        check(&delta(10, 4, &[Ok((0, 3))]), "its delta makes less than it says");
        check(&delta(10, 2, &[Ok((0, 3))]), "its delta makes more than it says");
        check(&delta(10, 2 << 20, &[]), "its delta makes too large an object");
        check(
            &[delta(10, 2, &[]), vec![0]].concat(),
            "its delta has an instruction that is not known",
        );
        for cut in [vec![], vec![0x80], vec![10], vec![0xff; 20]] {
            assert!(made(base, &cut).is_err());
        }
        let good = delta(10, 9, &[Ok((2, 3)), Err(b"ab"), Ok((5, 2)), Ok((7, 2))]);
        assert!((0..good.len()).all(|end| made(base, &good[..end]).is_err()));
    }

    proptest! {
        /// The one sentence on which a history scan rests.
        #[test]
        fn a_text_in_the_result_is_in_the_base_or_in_the_news(
            base in "[ab]{1,40}",
            ops in prop::collection::vec((any::<bool>(), 0u32..40, 1u32..12, "[ab]{1,5}"), 1..8),
            width in 1usize..7,
        ) {
            let base = base.as_bytes();
            let mut size = 0;
            let ops: Vec<Result<(u32, u32), &[u8]>> = ops
                .iter()
                .map(|(copy, start, len, new)| {
                    let start = start % base.len() as u32;
                    let len = (*len).min(base.len() as u32 - start);
                    size += if *copy { len as usize } else { new.len() };
                    if *copy { Ok((start, len)) } else { Err(new.as_bytes()) }
                })
                .collect();
            let delta = delta(base.len(), size, &ops);
            let (mut pieces, mut out) = (Vec::new(), Vec::new());
            decode(&delta, base.len(), 1 << 20, &mut pieces).unwrap();
            let whole = made(base, &delta).unwrap();
            news(&pieces, base, &delta, width - 1, &mut out);
            let holds = |hay: &[u8], text: &[u8]| hay.windows(text.len()).any(|it| it == text);
            for text in whole.windows(width) {
                prop_assert!(holds(base, text) || holds(&out, text));
            }
            ends(&pieces, base, &delta, (5, 3), &mut out);
            let first = &whole[..whole.len().min(5)];
            let wanted = [first, &whole[whole.len().saturating_sub(3)..]].concat();
            prop_assert_eq!(&out, &wanted);
        }

        /// The other sentence: a literal (here an X and what follows it) that is not in the news
        /// was in the base, in the same surroundings.
        #[test]
        fn a_literal_in_the_result_is_in_the_news_or_stands_as_it_stood(
            base in "[abX]{1,60}",
            ops in prop::collection::vec((0u32..9, 0u32..60, 1u32..50, "[abX]{1,3}"), 1..6),
            before in 0usize..5,
            after in 2usize..6,
        ) {
            let base = base.as_bytes();
            let mut size = 0;
            let ops: Vec<Result<(u32, u32), &[u8]>> = ops
                .iter()
                .map(|(kind, start, len, new)| {
                    let start = start % base.len() as u32;
                    let len = (*len).min(base.len() as u32 - start);
                    size += if *kind > 0 { len as usize } else { new.len() };
                    if *kind > 0 { Ok((start, len)) } else { Err(new.as_bytes()) }
                })
                .collect();
            let delta = delta(base.len(), size, &ops);
            let (mut pieces, mut out) = (Vec::new(), Vec::new());
            decode(&delta, base.len(), 1 << 20, &mut pieces).unwrap();
            let whole = made(base, &delta).unwrap();
            let literals = |text: &[u8]| -> Vec<usize> {
                let pairs = text.windows(2).enumerate();
                pairs.filter(|(_, pair)| pair[0] == b'X').map(|(at, _)| at).collect()
            };
            news(&pieces, base, &delta, 1, &mut out);
            let judged: Vec<Judged> =
                literals(base).into_iter().map(|at| Judged { at, needs: 2, before, after }).collect();
            if let Some(carried) = carried(&pieces, base.len(), &judged)
                && literals(&out).is_empty()
            {
                let around = |text: &[u8], at: usize| {
                    let (from, to) = (at.checked_sub(before), text.len().checked_sub(at + after));
                    let left = text[from.unwrap_or(0)..at].to_vec();
                    (from.is_none(), left, text[at..text.len().min(at + after)].to_vec(), to.is_none())
                };
                let places: Vec<usize> = carried.iter().map(|it| it.at).collect();
                prop_assert_eq!(&places, &literals(&whole));
                for at in places {
                    let same = judged.iter().any(|it| around(base, it.at) == around(&whole, at));
                    prop_assert!(same, "{at}");
                }
            }
        }

        #[test]
        fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let head = [&[10, 20], &bytes[..]].concat();
            let _made = made(b"0123456789", &head);
            let _made = made(b"0123456789", &bytes);
        }
    }
}
