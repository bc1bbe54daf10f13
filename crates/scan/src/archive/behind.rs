//! The next archive behind other bytes: what was joined with something in between, and what follows
//! an archive that broke off.

use memchr::memmem;

use super::kind::{BLOCK, Kind};
use super::tap::Tap;

/// What an archive may begin with that is looked for anywhere.
const MAGIC: [&[u8]; 7] = [
    b"\x1f\x8b\x08",
    b"\xfd7zXZ\0",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
];

/// Takes what stands before the next archive; `false` if there is none, and nothing is left then.
pub(super) fn seek(tap: &mut Tap<'_>) -> bool {
    loop {
        let head = tap.head();
        if head.is_empty() {
            return false;
        }
        let begins = MAGIC.iter().filter_map(|magic| memmem::find(head, magic)).min();
        // The last bytes may be the beginning of one.
        let ahead = begins.unwrap_or_else(|| head.len().saturating_sub(BLOCK / 2).max(1));
        tap.take(ahead);
        if begins.is_some() {
            let head = tap.head();
            if Kind::of(head).is_some() && is_plausible(head) {
                return true;
            }
            tap.take(1);
        }
    }
}

/// Whether more than a short magic number speaks for an archive: among random bytes it is met by
/// chance, and what is none would be told to be a damaged one.
fn is_plausible(head: &[u8]) -> bool {
    match head {
        // Flags, what the compressor did, and the system (RFC 1952, 2.3.1).
        [0x1f, 0x8b, _, flags, _, _, _, _, extra, system, ..] => {
            flags & 0xe0 == 0 && matches!(extra, 0 | 2 | 4) && matches!(system, 0..=13 | 255)
        }
        // The version that is needed, and a method.
        [b'P', b'K', _, _, version, 0, _, _, method, 0, ..] => {
            *version <= 63 && matches!(method, 0 | 8 | 9 | 12 | 14 | 93 | 95 | 98 | 99)
        }
        [b'P', b'K', ..] | [0x1f, 0x8b, ..] => false,
        // A reserved bit (RFC 8878, 3.1.1.1.1).
        [0x28, _, _, _, descriptor, ..] => descriptor & 0x08 == 0,
        _ => true,
    }
}
