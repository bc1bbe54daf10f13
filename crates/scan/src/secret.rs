//! What a finding is about: a token of our own format, or somebody else's secret. Either is named
//! by what may be shown; the secret itself is in neither.

use std::sync::Arc;

use patrol_token::{Prefix, Redacted, TokenDigest, TokenId, TokenRef};

/// The rule that finds tokens of our own format.
pub const RULE: &str = "patrol-token";

/// What was found.
#[derive(Clone, Debug)]
pub enum Secret {
    /// A checksum-valid token of our own format; whether it was issued the ledger says.
    Own(OwnToken),
    /// Somebody else's, found by a rule. It is reported; nothing else can be done about it here.
    Foreign(Foreign),
}

impl Secret {
    /// Our own token, if it is one.
    pub fn own(&self) -> Option<&OwnToken> {
        match self {
            Self::Own(token) => Some(token),
            Self::Foreign(_) => None,
        }
    }

    /// The id of the rule that found it; [`RULE`] for our own.
    pub fn rule(&self) -> &str {
        match self {
            Self::Own(_) => RULE,
            Self::Foreign(foreign) => &foreign.rule.id,
        }
    }

    /// The form in which it may be shown.
    pub fn redacted(&self) -> &str {
        match self {
            Self::Own(token) => token.redacted.as_str(),
            Self::Foreign(foreign) => &foreign.redacted,
        }
    }

    /// SHA-256 of the secret's bytes.
    pub fn digest(&self) -> &[u8; 32] {
        match self {
            Self::Own(token) => token.digest.as_bytes(),
            Self::Foreign(foreign) => &foreign.digest,
        }
    }
}

/// A token of our own format.
#[derive(Clone, Debug)]
pub struct OwnToken {
    /// The token's public id.
    pub id: TokenId,
    /// SHA-256 of the whole token.
    pub digest: TokenDigest,
    /// The prefix it was found by.
    pub prefix: Prefix,
    /// The form in which the token may be shown.
    pub redacted: Redacted,
}

impl OwnToken {
    pub(crate) fn new(token: &TokenRef<'_>, prefix: &Prefix) -> Self {
        Self {
            id: token.id(),
            digest: token.digest(),
            prefix: prefix.clone(),
            redacted: token.redacted(),
        }
    }
}

/// Somebody else's secret.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The rule that found it.
    pub rule: Arc<RuleInfo>,
    /// SHA-256 of the secret's bytes.
    pub digest: [u8; 32],
    /// The form in which it may be shown: the literal that the rule goes by and the beginning of
    /// the digest, nothing of what is random.
    pub redacted: String,
    /// What the checksum in it says.
    pub checksum: Checksum,
    /// What the rule must remember until path and commit are known; nobody else's business.
    pub settle: u64,
}

/// What the checksum inside a secret says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checksum {
    /// Its format has none that is known.
    #[default]
    None,
    /// It holds: this was issued, or made up by somebody who knows the recipe.
    Verified,
    /// It does not, but the recipe is not the provider's word, so the secret is reported.
    Unverified,
}

/// A rule as reports describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleInfo {
    /// The rule's name, unique in its set.
    pub id: String,
    /// What it finds, in a few words.
    pub description: String,
    /// Whose secret that is.
    pub provider: Option<String>,
    /// Free words.
    pub tags: Vec<String>,
    /// What to do about it, or where the provider says so.
    pub help: Option<String>,
    /// Its place in the set.
    pub index: usize,
}
