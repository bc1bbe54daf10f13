//! Use cases on tokens: issue, rotate, change, revoke, sweep.

use std::collections::{HashMap, HashSet};

use patrol_ledger::{
    Command, Event, Expiry, Issue, Lifetime, Receipt, Refusal, Revoke, Rotate, Scopes, Selector,
    StoreError, Timestamp, Token,
};
use patrol_token::{PlainToken, Prefix, TokenId};

use crate::app::{App, Caller};
use crate::error::AppError;

/// A token to be issued.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose it will be.
    pub owner: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends.
    pub expires: Expiry,
}

/// A token just minted. The plain text exists here and nowhere else: show it once.
#[derive(Debug)]
pub struct Minted {
    /// The token as the ledger knows it.
    pub token: Token,
    /// The secret.
    pub plain: PlainToken,
    /// Where its event stands.
    pub position: u64,
}

/// What a revocation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocation {
    /// Revoked now.
    pub revoked: Vec<TokenId>,
    /// Revoked before.
    pub already: Vec<TokenId>,
    /// Not known: the ids said, as far as there was one.
    pub unknown: Vec<Option<TokenId>>,
    /// Where the last event stands.
    pub position: Option<u64>,
}

/// What a sweep recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Tokens whose end had passed.
    pub expired: Vec<TokenId>,
    /// Tokens whose overlap had ended.
    pub revoked: Vec<TokenId>,
    /// When each of them ended: before it was recorded.
    pub ended: HashMap<TokenId, Timestamp>,
}

/// Tokens recorded in one transaction of a sweep: others get their turn in between.
const SWEEP_STEP: usize = 2048;

impl App {
    /// Issues a token. It is durable before its secret is returned.
    ///
    /// # Errors
    /// What the policy or the state does not allow, or a store error; the secret then opens
    /// nothing and is gone.
    pub fn issue(&self, by: &Caller, new: NewToken) -> Result<Minted, AppError> {
        let (id, prefix, plain) = self.mint()?;
        let receipt = self.submit(
            by,
            Command::Issue(Issue {
                id,
                prefix,
                digest: plain.digest(),
                owner: new.owner,
                name: new.name,
                description: new.description,
                scopes: new.scopes,
                expires: new.expires,
            }),
        )?;
        minted(receipt, id, plain)
    }

    /// Issues a successor with the same owner, name and scopes. The old token ends after the
    /// overlap, never later than its own expiry.
    ///
    /// # Errors
    /// As [`App::issue`].
    pub fn rotate(
        &self,
        by: &Caller,
        token: Selector,
        overlap: Lifetime,
        expires: Expiry,
    ) -> Result<Minted, AppError> {
        let (successor, prefix, plain) = self.mint()?;
        let digest = plain.digest();
        let rotate = Rotate { token, successor, prefix, digest, overlap, expires };
        let receipt = self.submit(by, Command::Rotate(rotate))?;
        minted(receipt, successor, plain)
    }

    fn mint(&self) -> Result<(TokenId, Prefix, PlainToken), AppError> {
        let prefix = self.info()?.current_prefix().cloned().ok_or(StoreError::NotALedger)?;
        let mut random = [0; 10];
        self.entropy().fill(&mut random)?;
        let id = TokenId::new(self.now()?.as_millis(), random);
        let plain = PlainToken::mint(&prefix, id, &**self.entropy())?;
        Ok((id, prefix, plain))
    }

    /// Does a command on one token (rename, scope, expire, suspend, resume) and returns the token
    /// after it.
    ///
    /// # Errors
    /// What the policy or the state does not allow, or a store error.
    pub fn change(
        &self,
        by: &Caller,
        token: Selector,
        command: Command,
    ) -> Result<Token, AppError> {
        let receipt = self.submit(by, command)?;
        let unknown = || Refusal::UnknownToken { id: token.id() }.into();
        receipt.tokens.into_values().find(|found| token.means(found)).ok_or_else(unknown)
    }

    /// Revokes tokens, all in one transaction. Unknown ones are told and do not keep the others
    /// alive.
    ///
    /// # Errors
    /// An owner without tokens, a comment that cannot be kept, or a store error.
    pub fn revoke(&self, by: &Caller, revoke: Revoke) -> Result<Revocation, AppError> {
        let named = revoke.tokens.clone();
        let filtered = revoke.owner.is_some() || revoke.issued_before.is_some();
        let receipt = self.submit(by, Command::Revoke(revoke))?;
        let revoked: Vec<_> = receipt.events.iter().filter_map(|e| e.stream.token()).collect();
        let now_revoked: HashSet<_> = revoked.iter().collect();
        let is_named = |token: &Token| named.iter().any(|which| which.means(token));
        let already = receipt
            .tokens
            .values()
            .filter(|token| !now_revoked.contains(&token.id))
            .filter(|token| token.revocation(receipt.at).is_some())
            .filter(|token| filtered || is_named(token));
        let unknown =
            named.iter().filter(|which| !receipt.tokens.values().any(|token| which.means(token)));
        Ok(Revocation {
            already: already.map(|token| token.id).collect(),
            unknown: unknown.map(Selector::id).collect(),
            revoked,
            position: receipt.position,
        })
    }

    /// Records what the clock has ended.
    ///
    /// # Errors
    /// A store error; what was recorded before it stays recorded.
    pub fn sweep(&self, by: &Caller) -> Result<Swept, AppError> {
        let mut swept = Swept::default();
        loop {
            let receipt = self.submit(by, Command::Sweep { limit: SWEEP_STEP })?;
            for recorded in &receipt.events {
                let to = match recorded.event {
                    Event::TokenExpired(_) => &mut swept.expired,
                    _ => &mut swept.revoked,
                };
                to.extend(recorded.stream.token());
            }
            let ends = receipt.tokens.values().filter_map(|token| Some((token.id, end(token)?)));
            swept.ended.extend(ends);
            if receipt.events.len() < SWEEP_STEP {
                return Ok(swept);
            }
        }
    }
}

/// When a token ended whose end is recorded.
fn end(token: &Token) -> Option<Timestamp> {
    let revoked = token.revoked.map(|revoked| revoked.at);
    [revoked, token.expired_at].into_iter().flatten().min()
}

fn minted(receipt: Receipt, id: TokenId, plain: PlainToken) -> Result<Minted, AppError> {
    let token = receipt.tokens.get(&id).cloned();
    match (token, receipt.position) {
        (Some(token), Some(position)) => Ok(Minted { token, plain, position }),
        _ => {
            Err(StoreError::Other("the ledger acknowledged a token it does not know".into()).into())
        }
    }
}
