//! Persons: owners, actors and authors, as the log knows them. The log names a person by a random
//! id and seals what it says of them under that person's key; destroying the key forgets them.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A person's name in the log: 128 random bits, shown as 32 hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId([u8; 16]);

impl PersonId {
    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 32];
        hex::encode_to_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
        f.pad(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonId({self})")
    }
}

impl FromStr for PersonId {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// A person's key: 256 random bits, kept beside the log, never in it.
#[derive(Clone)]
pub struct PersonKey(Zeroizing<[u8; 32]>);

impl PersonKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes: a secret.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the person's first event says of the key. Hiding, as the key has 256 random bits, and
    /// binding: nobody can later produce another key and other texts for the same events.
    pub fn commitment(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"patrol person key v1\n");
        hash.update(self.0.as_slice());
        hash.finalize().into()
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(…)")
    }
}

/// A person as kept beside the log: who they are in plain text, and their key.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their name in the log.
    pub id: PersonId,
    /// Their name among people: an owner, an actor or a commit's author, NFC and trimmed.
    pub name: String,
    /// Their key.
    pub key: PersonKey,
}

/// A text about a person. The envelope holds it sealed; it is `None` once the person's key is
/// destroyed, or where a reader did not ask for it to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Personal {
    /// Under whose key it is sealed.
    pub person: PersonId,
    /// The plain text.
    pub text: Option<String>,
}

impl Personal {
    /// A text about `person`.
    pub fn new(person: PersonId, text: impl Into<String>) -> Self {
        Self { person, text: Some(text.into()) }
    }
}
