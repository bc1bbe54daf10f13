//! Sealing: XChaCha20-Poly1305 under a person's key, with the ledger, the event and the field as
//! associated data, so that no sealed text can be moved to another place in the log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ulid::Ulid;

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
        format!("{}\n{}\n{}", self.ledger, self.event, self.field).into_bytes()
    }
}

/// Seals `text`: base64 (no padding) of nonce and ciphertext.
pub(crate) fn seal(
    key: &PersonKey,
    place: Place<'_>,
    nonce: [u8; NONCE_LEN],
    text: &str,
) -> String {
    let cipher = XChaCha20Poly1305::new(key.expose().into());
    let payload = Payload { msg: text.as_bytes(), aad: &place.associated_data() };
    let nonce = XNonce::from(nonce);
    let sealed = cipher.encrypt(&nonce, payload).unwrap_or_else(|_| {
        // The cipher refuses only messages over 256 GiB; fields are bounded to kilobytes.
        unreachable!("a bounded text can always be sealed")
    });
    let mut bytes = nonce.to_vec();
    bytes.extend_from_slice(&sealed);
    BASE64.encode(bytes)
}

/// Opens what [`seal`] made; `None` if it was made with another key, for another place, or changed.
pub(crate) fn open(key: &PersonKey, place: Place<'_>, sealed: &str) -> Option<String> {
    let bytes = BASE64.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
    let cipher = XChaCha20Poly1305::new(key.expose().into());
    let payload = Payload { msg: sealed, aad: &place.associated_data() };
    let text = cipher.decrypt(&XNonce::try_from(nonce).ok()?, payload).ok()?;
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_the_key_and_in_the_place() {
        let key = PersonKey::from_bytes([7; 32]);
        let place = Place { ledger: Ulid::from(1u128), event: Ulid::from(2u128), field: "name" };
        let sealed = seal(&key, place, [9; NONCE_LEN], "deploy bot");
        assert_eq!(open(&key, place, &sealed).as_deref(), Some("deploy bot"));
        assert_eq!(open(&PersonKey::from_bytes([8; 32]), place, &sealed), None);
        assert_eq!(open(&key, Place { field: "owner", ..place }, &sealed), None);
        assert_eq!(open(&key, Place { event: Ulid::from(3u128), ..place }, &sealed), None);
        assert_eq!(open(&key, place, &sealed[..20]), None);
    }
}
