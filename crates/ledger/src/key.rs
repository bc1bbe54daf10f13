//! The ledger's signing key: Ed25519, in the text forms of the C2SP signed-note format, so that
//! the tools of the transparency world read them as they are.
//!
//! `init` makes it and writes it outside the database; the log's first event names its verifier
//! half. `signer` signs checkpoints with it.

use patrol_token::{Entropy, EntropyError};
use zeroize::Zeroizing;

use crate::event::KeyRotated;
use crate::tlog::note::{self, Algorithm, KeyError, Note, Signature, SignerKey, VerifierKey};

/// A signing key with the origin it signs for.
#[derive(Debug)]
pub struct LedgerKey(SignerKey);

impl LedgerKey {
    /// Makes a key for the log named `origin`.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn generate(origin: &str, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut_slice())?;
        Ok(Self(SignerKey::from_seed(origin, Algorithm::Ed25519, &seed)))
    }

    /// Reads what [`LedgerKey::signer_text`] wrote.
    ///
    /// # Errors
    /// The rule of the format that it breaks.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        SignerKey::parse(text).map(Self)
    }

    /// The half that verifies. Public.
    pub fn verifier(&self) -> &VerifierKey {
        self.0.verifier()
    }

    /// The verifier key: `<origin>+<key id>+<base64(0x01 ‖ public key)>`. Public.
    pub fn verifier_text(&self) -> String {
        self.verifier().to_string()
    }

    /// The signing key: `PRIVATE+KEY+<origin>+<key id>+<base64(0x01 ‖ seed)>`. A secret, for a
    /// file of mode 0600.
    pub fn signer_text(&self) -> Zeroizing<String> {
        self.0.text()
    }

    /// Signs the text of a note.
    pub fn sign(&self, text: &str) -> Signature {
        self.0.sign(text, 0)
    }
}

/// What the old key signs to endorse a new one: no checkpoint, as its second line is no size.
pub fn endorsement(origin: &str, verifier_key: &str) -> String {
    format!("{origin}\npatrol key rotation v1\n{verifier_key}\n")
}

/// The identifier of the signature type 0xff under which a note carries an endorsement.
const LINE: &[u8] = b"patrol.endorsement.v1";

/// The id of the signature lines that carry what a key endorses.
fn line_id(key: &VerifierKey) -> [u8; 4] {
    note::key_id(key.name(), 0xff, &[LINE, key.public()].concat())
}

/// An endorsement as a signature line of a note: whoever verifies the note with the old key is led to
/// the new one by it, and everybody else passes it over, as the format asks.
#[cfg(feature = "sqlite")]
pub(crate) fn endorsement_line(present: &VerifierKey, rotated: &KeyRotated) -> Option<Signature> {
    let new = VerifierKey::parse(&rotated.verifier_key).ok()?;
    let bytes = [new.public(), rotated.endorsement.as_slice()].concat();
    is_endorsed(&present.to_string(), rotated).then(|| Signature {
        name: present.name().into(),
        id: line_id(present),
        bytes,
    })
}

/// A key, and those that it endorsed one after another by the lines of a note.
pub(crate) fn endorsed_in(note: &Note, first: &VerifierKey) -> Vec<VerifierKey> {
    let mut keys = vec![first.clone()];
    rotations_in(note, first, |key, _| keys.push(key));
    keys
}

/// Hands over the rotations from a key on that the lines of a note carry, one after another.
pub(crate) fn rotations_in(
    note: &Note,
    first: &VerifierKey,
    mut take: impl FnMut(VerifierKey, KeyRotated),
) {
    let mut last = first.clone();
    // Each line leads further once: lines that lead round in circles end, too.
    for _ in note.signatures() {
        let next = note.signatures().iter().find_map(|line| {
            if line.name != last.name() || line.id != line_id(&last) {
                return None;
            }
            let (public, endorsement) = line.bytes.split_first_chunk()?;
            let key = VerifierKey::of_log(last.name(), public).ok()?;
            let rotated =
                KeyRotated { verifier_key: key.to_string(), endorsement: endorsement.into() };
            is_endorsed(&last.to_string(), &rotated).then_some((key, rotated))
        });
        let Some((key, rotated)) = next else { return };
        last = key.clone();
        take(key, rotated);
    }
}

/// Whether a rotation is endorsed by the key that was in force, and is one of the same log.
pub(crate) fn is_endorsed(present: &str, rotated: &KeyRotated) -> bool {
    let keys = (VerifierKey::parse(present), VerifierKey::parse(&rotated.verifier_key));
    let (Ok(present), Ok(new)) = keys else { return false };
    let text = endorsement(present.name(), &rotated.verifier_key);
    let signature = Signature {
        name: present.name().into(),
        id: present.id(),
        bytes: rotated.endorsement.clone(),
    };
    let endorsed = Note::unsigned(text).is_ok_and(|mut note| {
        note.add(signature);
        note.verify([&present]).is_ok()
    });
    endorsed && new.name() == present.name() && new.algorithm() == Algorithm::Ed25519
}

/// Whether `text` can name a log: a schema-less URL of printable ASCII without spaces and `+`
/// (C2SP tlog-checkpoint), at most 255 bytes.
pub fn is_origin(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    /// The seed and verifier key of a deterministic published log key (seed = SHA-256 of
    /// "patrol test log key").
    #[test]
    fn texts_follow_the_signed_note_format() {
        struct Seed;
        impl Entropy for Seed {
            fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
                buffer.copy_from_slice(&Sha256::digest(b"patrol test log key"));
                Ok(())
            }
        }
        let key = LedgerKey::generate("patrol.example/test-log", &Seed).unwrap();
        assert_eq!(
            key.verifier_text(),
            "patrol.example/test-log+dc00adf9+AW4iENyMc/Sr/Ja72oPuvp0ekRvgIwLjv2iRIpB7qKs7"
        );
        assert!(key.signer_text().starts_with("PRIVATE+KEY+patrol.example/test-log+dc00adf9+AW"));
    }

    #[test]
    fn origins() {
        assert!(
            is_origin("patrol.invalid/01JD3KQ8Z5V7W2N9X4C6B8M0T1") && is_origin("example.com/log")
        );
        for text in ["", "two words", "a+b", "naïve.example", "line\nbreak", &"x".repeat(256)] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
