//! rpm: what stands before the compressed archive of a package. What it says there lies open, and
//! was searched as raw bytes.

use super::job::Fault;
use super::kind::Kind;
use super::tap::{Part, Tap};
use crate::Reason;

/// The oldest header, of which only the length counts.
const LEAD: u64 = 96;
const MAGIC: &[u8] = b"\x8e\xad\xe8\x01";
/// The beginning of the two newer headers: magic, four bytes, and two numbers.
const INTRO: usize = 16;

/// Takes all up to the archive at the end.
pub(super) fn open(tap: &mut Tap<'_>) -> Result<(), Fault> {
    Part::new(tap, LEAD).skip()?;
    for is_signature in [true, false] {
        let head = tap.head();
        let Some(intro) = head.first_chunk::<INTRO>().filter(|it| it.starts_with(MAGIC)) else {
            return Err(Fault::damaged("one of its headers is none"));
        };
        let [.., a, b, c, d, e, f, g, h] = *intro;
        let (entries, bytes) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
        let length = INTRO as u64 + 16 * u64::from(entries) + u64::from(bytes);
        // The signature is filled up to a multiple of eight.
        let length = if is_signature { length.next_multiple_of(8) } else { length };
        Part::new(tap, length).skip()?;
    }
    match Kind::of(tap.head()) {
        Some(_) => Ok(()),
        None => Err(Fault::new(Reason::Unsupported, "the archive in the rpm cannot be read")),
    }
}
