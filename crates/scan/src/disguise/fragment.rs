//! From some characters of a prefix in plain: the whole token, or where it stops being plain.

use patrol_token::{ID_LEN, TAIL_LEN};

use super::hint::Way;
use super::layer::Layer;
use super::{Disguises, Level, Work, gap};
use crate::Candidate;

/// What may begin yet another layer inside one.
const INTRODUCERS: &[u8] = b"%=\\&\"'`\r\n";

impl Disguises {
    /// Looks at the characters of a prefix from `offset` on, which stand at `at`.
    pub(super) fn fragment(
        &self,
        level: &mut Level<'_>,
        at: usize,
        prefix: usize,
        offset: usize,
        work: &mut Work,
    ) {
        let (text, stem) = (level.text, self.stems[prefix].as_slice());
        let whole = stem.len() - 1 + TAIL_LEN;
        let plain = text[at..].iter().zip(offset..whole);
        let here = offset + plain.take_while(|(byte, place)| fits(stem, *place, **byte)).count();
        let stop = at + here - offset;
        if offset == 0 {
            if here == whole {
                let prefix_of_it = &self.prefixes[prefix];
                let text = &text[at..stop];
                match (Candidate { start: at, text, prefix: prefix_of_it }).confirm() {
                    Some(found) => level.found.push(found),
                    None => level.detach(prefix),
                }
                return;
            }
            // The separator may stand with the rest: `P=acme_pat`, then `${P}_01JD…`.
            let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let ends = !text.get(stop).is_some_and(is_word);
            if here >= stem.len() || (here + 1 == stem.len() && ends) {
                level.detach(prefix);
            }
        }
        if here < whole
            && let Some(layer) = layer_after(text, stop, stem, here)
        {
            self.decode(level, at, Way::Layer(layer), work);
        }
        if offset > 0
            && let Some(layer) = layer_before(text, at, stem, offset)
        {
            self.decode(level, at, Way::Layer(layer), work);
        }
    }
}

/// Whether a token with this stem may have this byte there.
fn fits(stem: &[u8], place: usize, byte: u8) -> bool {
    match place.checked_sub(stem.len()) {
        None => stem[place] == byte,
        Some(0) => matches!(byte, b'0'..=b'7'),
        Some(1..ID_LEN) => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        Some(ID_LEN) => byte == b'_',
        Some(_) => byte.is_ascii_alphanumeric(),
    }
}

/// The layer that goes on at `at` with what fits at `place`, or with yet another layer.
fn layer_after(text: &[u8], at: usize, stem: &[u8], place: usize) -> Option<Layer> {
    let layer = Layer::at(text, at)?;
    let (byte, len) = layer.unit(text, at)?;
    let byte = byte.or_else(|| text.get(at + len).copied())?;
    (fits(stem, place, byte) || INTRODUCERS.contains(&byte)).then_some(layer)
}

/// The layer in which the character before the plain ones stands, if that is not plain.
fn layer_before(text: &[u8], at: usize, stem: &[u8], offset: usize) -> Option<Layer> {
    let plain = text[..at].iter().rev().zip(stem[..offset].iter().rev());
    let plain = plain.take_while(|(byte, wanted)| byte == wanted).count();
    // All of it is plain: then its beginning was found as well.
    let wanted = *stem.get((offset - plain).checked_sub(1)?)?;
    let end = at - plain;
    if let Some(before) = gap::join_before(text, end)
        && before.checked_sub(1).is_some_and(|last| text[last] == wanted)
    {
        return Some(Layer::Join);
    }
    // The longest escape, `\U0000005f`, has ten bytes, eleven in a text that is escaped again.
    (end.saturating_sub(12)..end).find_map(|start| {
        let layer = Layer::at(text, start).filter(|layer| *layer != Layer::Join)?;
        let (byte, len) = layer.unit(text, start)?;
        let is_it = byte == Some(wanted) && start + len == end;
        let is_nested = byte.is_some_and(|byte| INTRODUCERS.contains(&byte)) && start + len < end;
        (is_it || is_nested).then_some(layer)
    })
}
