//! The signed note (C2SP signed-note): a text and who signed it.
//!
//! ```text
//! the text, which ends with a line feed
//!
//! — name base64(key id ‖ signature)
//! ```
//!
//! Signatures of keys one does not know are passed over; one by a known key that does not fit
//! refuses the whole note; a note without any good signature of a known key proves nothing.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::cosignature;

/// The largest note that is read, in bytes.
pub const MAX_LEN: usize = 1_000_000;
/// The most signatures of a note that are read; the format asks for at least 16.
pub const MAX_SIGNATURES: usize = 100;

const SIGNATURE_MARK: &str = "— ";

/// A text and its signatures, as read; nothing is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub id: [u8; 4],
    /// What stands after the id: of Ed25519, 64 bytes.
    pub bytes: Vec<u8>,
}

/// A signature that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'k> {
    /// By which key.
    pub key: &'k VerifierKey,
    /// When, as a cosigner says, in seconds since 1970.
    pub time: Option<u64>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// The rule of the format that it breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_LEN {
            return Err(NoteError::TooLong);
        }
        let all = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        if all.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::ControlCharacter);
        }
        let split = all.rfind("\n\n").ok_or(NoteError::NoBlankLine)?;
        let (text, signatures) = (&all[..=split], &all[split + 2..]);
        Ok(Self { text: text.into(), signatures: signature_lines(signatures)? })
    }

    /// A text that nobody has signed yet.
    ///
    /// # Errors
    /// A text that a note cannot hold.
    pub fn unsigned(text: impl Into<String>) -> Result<Self, NoteError> {
        let text = text.into();
        if text.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::ControlCharacter);
        }
        if text.len() > MAX_LEN {
            return Err(NoteError::TooLong);
        }
        if !text.ends_with('\n') {
            return Err(NoteError::NoLineFeed);
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// What was signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, verified or not.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The same note with its first signature alone, the log's own.
    #[cfg(feature = "sqlite")]
    pub(crate) fn by_its_first(&self) -> Self {
        Self {
            text: self.text.clone(),
            signatures: self.signatures.iter().take(1).cloned().collect(),
        }
    }

    /// Adds a signature, unless it is there.
    pub fn add(&mut self, signature: Signature) {
        if !self.signatures.contains(&signature) {
            self.signatures.push(signature);
        }
    }

    /// Verifies the note against the keys one knows, and returns the good signatures, each key
    /// once.
    ///
    /// # Errors
    /// A bad signature by a known key, or none by a known key.
    pub fn verify<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k VerifierKey> + Clone,
    ) -> Result<Vec<Verified<'k>>, NoteError> {
        let mut good: Vec<Verified<'k>> = Vec::new();
        for signature in &self.signatures {
            let known = keys.clone().into_iter().find(|key| key.is_of(signature));
            let Some(key) = known else { continue };
            let Some(time) = key.verify(&self.text, &signature.bytes) else {
                return Err(NoteError::BadSignature(key.name.clone()));
            };
            if !good.iter().any(|verified| verified.key == key) {
                good.push(Verified { key, time });
            }
        }
        match good.is_empty() {
            true => Err(NoteError::NoKnownKey {
                signed: named(self.signatures.iter().map(|it| (it.name.as_str(), it.id))),
                wanted: named(keys.into_iter().map(|it| (it.name(), it.id()))),
            }),
            false => Ok(good),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl fmt::Display for Signature {
    /// The line, without its line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut blob = self.id.to_vec();
        blob.extend_from_slice(&self.bytes);
        write!(f, "{SIGNATURE_MARK}{} {}", self.name, BASE64.encode(blob))
    }
}

/// Reads signature lines, each ended by a line feed.
///
/// # Errors
/// The rule of the format that they break.
pub fn signature_lines(lines: &str) -> Result<Vec<Signature>, NoteError> {
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Signature)?;
    let mut signatures = Vec::new();
    for line in lines.split('\n') {
        if signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let line = line.strip_prefix(SIGNATURE_MARK).ok_or(NoteError::Signature)?;
        let (name, blob) = line.split_once(' ').ok_or(NoteError::Signature)?;
        let blob = BASE64.decode(blob).map_err(|_| NoteError::Signature)?;
        let (id, bytes) = blob.split_first_chunk().ok_or(NoteError::Signature)?;
        if !is_name(name) || bytes.is_empty() {
            return Err(NoteError::Signature);
        }
        signatures.push(Signature { name: name.into(), id: *id, bytes: bytes.into() });
    }
    Ok(signatures)
}

/// Whether a text can name a key.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < ' ')
}

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 over the note's text: a log.
    Ed25519,
    /// Ed25519 over the text and a time: a witness (C2SP tlog-cosignature).
    Cosignature,
}

impl Algorithm {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// A key that signatures are verified with: `<name>+<key id>+<base64(algorithm ‖ public key)>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    algorithm: Algorithm,
    public: VerifyingKey,
}

impl VerifierKey {
    /// Reads a key's text.
    ///
    /// # Errors
    /// The rule of the format that it breaks.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, typed) = key_parts(text)?;
        let (algorithm, public) = typed.split_first().ok_or(KeyError::Length)?;
        let public: [u8; 32] = match algorithm {
            0x01 | 0x04 => public.try_into().map_err(|_| KeyError::Length)?,
            other => return Err(KeyError::Algorithm(*other)),
        };
        let algorithm =
            if *algorithm == 0x04 { Algorithm::Cosignature } else { Algorithm::Ed25519 };
        let public = VerifyingKey::from_bytes(&public).map_err(|_| KeyError::NotAPoint)?;
        let key = Self { name: name.into(), algorithm, public };
        if key.id() != id {
            return Err(KeyError::WrongId);
        }
        Ok(key)
    }

    /// The key of a log.
    ///
    /// # Errors
    /// Bytes that are no public key.
    pub(crate) fn of_log(name: &str, public: &[u8; 32]) -> Result<Self, KeyError> {
        let public = VerifyingKey::from_bytes(public).map_err(|_| KeyError::NotAPoint)?;
        Ok(Self { name: name.into(), algorithm: Algorithm::Ed25519, public })
    }

    /// The key's name; of a log, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key.
    pub fn public(&self) -> &[u8; 32] {
        self.public.as_bytes()
    }

    /// First four bytes of `SHA-256(name ‖ "\n" ‖ algorithm ‖ public key)`.
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.algorithm.byte(), self.public.as_bytes())
    }

    /// Whether a signature says that it is by this key.
    pub fn is_of(&self, signature: &Signature) -> bool {
        signature.name == self.name && signature.id == self.id()
    }

    /// Verifies signature bytes over a text: the time for a cosignature, if it is good.
    fn verify(&self, text: &str, bytes: &[u8]) -> Option<Option<u64>> {
        let (time, message, signature) = match self.algorithm {
            Algorithm::Ed25519 => (None, text.to_owned(), bytes),
            Algorithm::Cosignature => {
                let (time, signature) = cosignature::split(bytes)?;
                (Some(time), cosignature::message(time, text), signature)
            }
        };
        let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
        // Strict: no weak keys, no second encoding of the same signature.
        self.public.verify_strict(message.as_bytes(), &signature).ok()?;
        Some(time)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![self.algorithm.byte()];
        typed.extend_from_slice(self.public.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), BASE64.encode(typed))
    }
}

/// A key that signs: `PRIVATE+KEY+<name>+<key id>+<base64(algorithm ‖ seed)>`. A secret.
pub struct SignerKey {
    verifier: VerifierKey,
    signing: SigningKey,
}

impl SignerKey {
    /// The key with this seed.
    pub fn from_seed(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(seed);
        let public = signing.verifying_key();
        Self { verifier: VerifierKey { name: name.into(), algorithm, public }, signing }
    }

    /// Reads a signing key's text.
    ///
    /// # Errors
    /// The rule of the format that it breaks.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::NotPrivate)?;
        let (name, id, typed) = key_parts(text)?;
        let typed = Zeroizing::new(typed);
        let (algorithm, seed) = typed.split_first().ok_or(KeyError::Length)?;
        let algorithm = match algorithm {
            0x01 => Algorithm::Ed25519,
            0x04 => Algorithm::Cosignature,
            other => return Err(KeyError::Algorithm(*other)),
        };
        let seed: Zeroizing<[u8; 32]> =
            Zeroizing::new(seed.try_into().map_err(|_| KeyError::Length)?);
        let key = Self::from_seed(name, algorithm, &seed);
        if key.verifier.id() != id {
            return Err(KeyError::WrongId);
        }
        Ok(key)
    }

    /// The half that verifies.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The key's own text: a secret.
    pub fn text(&self) -> Zeroizing<String> {
        let mut seed = Zeroizing::new(vec![self.verifier.algorithm.byte()]);
        seed.extend_from_slice(self.signing.as_bytes());
        let seed = Zeroizing::new(BASE64.encode(&*seed));
        let id = hex::encode(self.verifier.id());
        Zeroizing::new(format!("PRIVATE+KEY+{}+{id}+{}", self.verifier.name, *seed))
    }

    /// Signs a text. A cosigner also says when, in seconds since 1970; a log's key leaves that out.
    pub fn sign(&self, text: &str, time: u64) -> Signature {
        let bytes = match self.verifier.algorithm {
            Algorithm::Ed25519 => self.signing.sign(text.as_bytes()).to_vec(),
            Algorithm::Cosignature => {
                let message = cosignature::message(time, text);
                cosignature::join(time, &self.signing.sign(message.as_bytes()).to_bytes())
            }
        };
        Signature { name: self.verifier.name.clone(), id: self.verifier.id(), bytes }
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier)
    }
}

/// First four bytes of `SHA-256(name ‖ "\n" ‖ type ‖ public key)`.
pub(crate) fn key_id(name: &str, kind: u8, public: &[u8]) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update(b"\n");
    hash.update([kind]);
    hash.update(public);
    let hash: [u8; 32] = hash.finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Name, id and typed key of a key's text. Only the first two `+` separate: base64 has its own.
pub(super) fn key_parts(text: &str) -> Result<(&str, [u8; 4], Vec<u8>), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Parts);
    };
    if !is_name(name) {
        return Err(KeyError::Name);
    }
    let mut bytes = [0; 4];
    hex::decode_to_slice(id, &mut bytes).map_err(|_| KeyError::Id)?;
    let key = BASE64.decode(key).map_err(|_| KeyError::Base64)?;
    Ok((name, bytes, key))
}

/// Keys as `name+id`: three at most, and no name longer than fits a line.
fn named<'k>(keys: impl Iterator<Item = (&'k str, [u8; 4])>) -> String {
    let mut keys = keys.map(|(name, id)| {
        let short: String = name.chars().take(100).collect();
        format!("{short}+{}", hex::encode(id))
    });
    let shown: Vec<_> = keys.by_ref().take(3).collect();
    let more = if keys.next().is_some() { " and others" } else { "" };
    match shown.is_empty() {
        true => "nobody".into(),
        false => shown.join(", ") + more,
    }
}

/// Why bytes are not a note, or a note is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Too long.
    #[error("a note has at most {MAX_LEN} bytes")]
    TooLong,
    /// Without an end of line.
    #[error("a note's text ends with a line feed")]
    NoLineFeed,
    /// Not UTF-8.
    #[error("a note is UTF-8; this is not")]
    NotUtf8,
    /// A control character.
    #[error(
        "a note has no control characters but line feeds (is it from an editor that writes CR LF?)"
    )]
    ControlCharacter,
    /// Nothing separates text and signatures.
    #[error("no blank line divides the text from its signatures")]
    NoBlankLine,
    /// A line below the text that is no signature.
    #[error("a line below the text is not a signature: `— name base64`")]
    Signature,
    /// More than are read.
    #[error("more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// Signed by a known key, and the signature does not fit.
    #[error("the signature by {0} does not fit the text")]
    BadSignature(String),
    /// Nobody known has signed.
    #[error("signed by {signed}, not by {wanted}")]
    NoKnownKey {
        /// Who has: names and ids of keys.
        signed: String,
        /// Who should have.
        wanted: String,
    },
}

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not three parts.
    #[error("a key is `name+id+base64`")]
    Parts,
    /// A signing key lacks its mark.
    #[error("a signing key begins with `PRIVATE+KEY+`")]
    NotPrivate,
    /// A name that cannot be one.
    #[error("a key's name has no spaces and no +, and is not empty")]
    Name,
    /// An id that is not one.
    #[error("a key's id is eight hexadecimal digits")]
    Id,
    /// Not base64.
    #[error("the key is not base64")]
    Base64,
    /// An algorithm unknown here.
    #[error(
        "keys of algorithm {0:#04x} are not supported; 0x01 (Ed25519) and 0x04 (cosignature) are"
    )]
    Algorithm(u8),
    /// Too few or many bytes.
    #[error("the key has the wrong length")]
    Length,
    /// No public key.
    #[error("the bytes are not an Ed25519 public key")]
    NotAPoint,
    /// The id is that of another key.
    #[error("the key's id does not fit its name and bytes: was it copied whole?")]
    WrongId,
}
