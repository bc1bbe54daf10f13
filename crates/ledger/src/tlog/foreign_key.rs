//! Keys of algorithms that are not supported here: known by name, so that a policy can be read that
//! names them.

use super::note::{KeyError, key_id, key_parts};

/// ML-DSA-44 cosignatures (C2SP tlog-cosignature): known by name, not verified here.
const ML_DSA_44: u8 = 0x06;
const ML_DSA_44_LEN: usize = 1312;

/// The text of a key of an algorithm that is not supported here. It verifies nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForeignKey {
    name: String,
    algorithm: u8,
    public: Vec<u8>,
}

impl ForeignKey {
    /// Reads a key's text.
    ///
    /// # Errors
    /// The rule of the format that it breaks; of ML-DSA-44 its length and id are verified, too.
    pub(super) fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, typed) = key_parts(text)?;
        let (algorithm, public) = typed.split_first().ok_or(KeyError::Length)?;
        if *algorithm == ML_DSA_44 {
            if public.len() != ML_DSA_44_LEN {
                return Err(KeyError::Length);
            }
            if key_id(name, ML_DSA_44, public) != id {
                return Err(KeyError::WrongId);
            }
        }
        Ok(Self { name: name.into(), algorithm: *algorithm, public: public.into() })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn algorithm(&self) -> u8 {
        self.algorithm
    }

    pub(super) fn public(&self) -> &[u8] {
        &self.public
    }
}
