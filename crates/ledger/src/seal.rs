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

/// Where the names of the ledger and the event end in the associated data.
const EVENT_END: usize = 2 * (ULID_LEN + 1);

/// The event that sealed texts stand in.
pub(crate) struct Place([u8; EVENT_END]);

impl Place {
    pub(crate) fn new(ledger: Ulid, event: Ulid) -> Self {
        let mut data = [b'\n'; EVENT_END];
        for (id, part) in [ledger, event].iter().zip(data.chunks_exact_mut(ULID_LEN + 1)) {
            let mut text = [0; ULID_LEN];
            part[..ULID_LEN].copy_from_slice(id.array_to_str(&mut text).as_bytes());
        }
        Self(data)
    }

    /// `ledger \n event \n field`: ULIDs have a fixed length, so this is unambiguous. `None` if the
    /// field's name is longer than any is.
    fn field(&self, field: &str) -> Option<Associated> {
        let (mut data, len) = ([0; 96], EVENT_END + field.len());
        data[..EVENT_END].copy_from_slice(&self.0);
        data.get_mut(EVENT_END..len)?.copy_from_slice(field.as_bytes());
        Some(Associated { data, len })
    }
}

/// Associated data, without asking for memory.
struct Associated {
    data: [u8; 96],
    len: usize,
}

impl Associated {
    fn bytes(&self) -> &[u8] {
        &self.data[..self.len]
    }
}

/// Seals `text`: base64 (no padding) of nonce and ciphertext. `None` if it is longer than any
/// field may be.
pub(crate) fn seal(
    key: &PersonKey,
    (place, field): (&Place, &str),
    nonce: [u8; NONCE_LEN],
    text: &str,
) -> Option<String> {
    let key = SecretKey::try_from(key.expose()).ok()?;
    let mut bytes = nonce.to_vec();
    bytes.resize(NONCE_LEN + text.len() + TAG_LEN, 0);
    let (associated, nonce) = (place.field(field)?, Nonce::from(nonce));
    let sealed = &mut bytes[NONCE_LEN..];
    XChaCha20Poly1305::seal(&key, &nonce, text.as_bytes(), Some(associated.bytes()), sealed)
        .ok()?;
    Some(BASE64.encode(bytes))
}

/// Most texts fit in here: a name of 100 bytes with its nonce and tag.
const SHORT: usize = 192;

/// Opens what [`seal`] made; `None` if it was made with another key, for another place, or changed.
pub(crate) fn open(
    key: &PersonKey,
    (place, field): (&Place, &str),
    sealed: &str,
) -> Option<String> {
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
    let associated = place.field(field)?;
    XChaCha20Poly1305::open_inplace(&key, &nonce, &tag, Some(associated.bytes()), text).ok()?;
    std::str::from_utf8(text).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_the_key_and_in_the_place() {
        let key = PersonKey::from_bytes([7; 32]);
        let (ledger, event) = (Ulid::from(1u128), Ulid::from(2u128));
        let place = &Place::new(ledger, event);
        let sealed = seal(&key, (place, "name"), [9; NONCE_LEN], "deploy bot").unwrap();
        assert_eq!(open(&key, (place, "name"), &sealed).as_deref(), Some("deploy bot"));
        assert_eq!(open(&PersonKey::from_bytes([8; 32]), (place, "name"), &sealed), None);
        assert_eq!(open(&key, (place, "owner"), &sealed), None);
        assert_eq!(open(&key, (&Place::new(ledger, Ulid::from(3u128)), "name"), &sealed), None);
        assert_eq!(open(&key, (&Place::new(event, ledger), "name"), &sealed), None);
        assert_eq!(open(&key, (place, "name"), &sealed[..20]), None);
        let (data, field) = (place.field("name").unwrap(), "\nname");
        assert_eq!(data.bytes(), format!("{ledger}\n{event}{field}").as_bytes());
        assert!(place.field(&"n".repeat(100)).is_none());
    }
}
