//! Sealing: XChaCha20-Poly1305 under a person's key, with the ledger, the event and the field as
//! associated data, so that no sealed text can be moved to another place in the log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use orion::hazardous::aead::xchacha20poly1305::{Nonce, SecretKey, Tag, XChaCha20Poly1305};
use orion::hazardous::mac::poly1305::POLY1305_OUTSIZE as TAG_LEN;
use ulid::{ULID_LEN, Ulid};

use crate::person::PersonKey;

/// Bytes of an XChaCha20 nonce.
pub(crate) const NONCE_LEN: usize = 24;

/// Where a sealed text stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) ledger: Ulid,
    pub(crate) event: Ulid,
    pub(crate) field: &'a str,
}

impl Place<'_> {
    /// `ledger \n event \n field`: ULIDs have a fixed length, so this is unambiguous.
    fn associated_data(self) -> Vec<u8> {
        let (mut text, mut data) = ([0; ULID_LEN], Vec::with_capacity(96));
        for id in [self.ledger, self.event] {
            data.extend_from_slice(id.array_to_str(&mut text).as_bytes());
            data.push(b'\n');
        }
        data.extend_from_slice(self.field.as_bytes());
        data
    }
}

/// Seals `text`: base64 (no padding) of nonce and ciphertext. `None` if it is longer than any
/// field may be.
pub(crate) fn seal(
    key: &PersonKey,
    place: Place<'_>,
    nonce: [u8; NONCE_LEN],
    text: &str,
) -> Option<String> {
    let key = SecretKey::try_from(key.expose()).ok()?;
    let mut bytes = nonce.to_vec();
    bytes.resize(NONCE_LEN + text.len() + TAG_LEN, 0);
    let (associated, nonce) = (place.associated_data(), Nonce::try_from(&nonce).ok()?);
    let sealed = &mut bytes[NONCE_LEN..];
    XChaCha20Poly1305::seal(&key, &nonce, text.as_bytes(), Some(&associated), sealed).ok()?;
    Some(BASE64.encode(bytes))
}

/// Most texts fit in here: a name of 100 bytes with its nonce and tag.
const SHORT: usize = 192;

/// Opens what [`seal`] made; `None` if it was made with another key, for another place, or changed.
pub(crate) fn open(key: &PersonKey, place: Place<'_>, sealed: &str) -> Option<String> {
    // A log is opened by the million: short texts without asking for memory.
    let mut short = [0; SHORT];
    let mut long = Vec::new();
    let bytes = match base64::decoded_len_estimate(sealed.len()) {
        0..=SHORT => &mut short[..],
        len => {
            long.resize(len, 0);
            &mut long[..]
        }
    };
    let len = BASE64.decode_slice(sealed, bytes).ok()?;
    let (nonce, sealed) = bytes[..len].split_at_mut_checked(NONCE_LEN)?;
    let (text, tag) = sealed.split_at_mut_checked(sealed.len().checked_sub(TAG_LEN)?)?;
    let key = SecretKey::try_from(key.expose()).ok()?;
    let (nonce, tag) = (Nonce::try_from(&*nonce).ok()?, Tag::try_from(&*tag).ok()?);
    let associated = place.associated_data();
    XChaCha20Poly1305::open_inplace(&key, &nonce, &tag, Some(&associated), text).ok()?;
    std::str::from_utf8(text).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_the_key_and_in_the_place() {
        let key = PersonKey::from_bytes([7; 32]);
        let place = Place { ledger: Ulid::from(1u128), event: Ulid::from(2u128), field: "name" };
        let sealed = seal(&key, place, [9; NONCE_LEN], "deploy bot").unwrap();
        assert_eq!(open(&key, place, &sealed).as_deref(), Some("deploy bot"));
        assert_eq!(open(&PersonKey::from_bytes([8; 32]), place, &sealed), None);
        assert_eq!(open(&key, Place { field: "owner", ..place }, &sealed), None);
        assert_eq!(open(&key, Place { event: Ulid::from(3u128), ..place }, &sealed), None);
        assert_eq!(open(&key, place, &sealed[..20]), None);
    }
}
