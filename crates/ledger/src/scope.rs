//! Scopes: what a token may do, as `resource:action`.

use std::fmt;
use std::str::FromStr;

/// One scope: `resource:action`, each part `[a-z0-9_.-]+`, or `*` as the action or as the whole;
/// at most 128 bytes.
///
/// ```
/// use patrol_ledger::Scope;
/// let all: Scope = "repo:*".parse()?;
/// assert!(all.covers(&"repo:read".parse()?));
/// assert!(!all.covers(&"registry:read".parse()?));
/// # Ok::<(), patrol_ledger::ScopeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Box<str>);

impl Scope {
    /// The longest scope, in bytes.
    pub const MAX_LEN: usize = 128;

    /// The scope as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether holding `self` is holding `asked`.
    pub fn covers(&self, asked: &Self) -> bool {
        if *self.0 == *"*" || self.0 == asked.0 {
            return true;
        }
        // "repo:*" covers what begins with "repo:".
        self.0.strip_suffix('*').is_some_and(|resource| asked.0.starts_with(resource))
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let part = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-')
                })
        };
        if text.len() > Self::MAX_LEN {
            return Err(ScopeError::Length);
        }
        let fits = text == "*"
            || text.split_once(':').is_some_and(|(resource, action)| {
                part(resource) && (action == "*" || part(action))
            });
        if fits { Ok(Self(text.into())) } else { Err(ScopeError::Form) }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The rule of the scope grammar that a text breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Longer than 128 bytes.
    #[error("a scope has at most {} bytes", Scope::MAX_LEN)]
    Length,
    /// Not `resource:action`.
    #[error("a scope is written resource:action (a-z 0-9 _ . -), resource:* or *")]
    Form,
}

/// A set of scopes, sorted, at most [`Scopes::MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// The most scopes a token may hold.
    pub const MAX: usize = 100;

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none. A token without scopes authenticates and may do nothing more.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether some scope held covers `asked`.
    pub fn cover(&self, asked: &Scope) -> bool {
        self.0.iter().any(|held| held.covers(asked))
    }

    /// Those of `self` that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.iter().filter(|scope| !other.0.contains(scope)).cloned().collect()
    }

    /// Both together.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).cloned().collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut scopes: Vec<_> = scopes.into_iter().collect();
        scopes.sort();
        scopes.dedup();
        Self(scopes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar() {
        for text in ["repo:read", "repo:*", "*", "a.b-c_1:x.y", "r:a"] {
            assert_eq!(text.parse::<Scope>().unwrap().as_str(), text);
        }
        for text in
            ["", "repo", "repo:", ":read", "*:read", "Repo:read", "repo:re*", "a:b:c", "a b:c"]
        {
            assert_eq!(text.parse::<Scope>(), Err(ScopeError::Form), "{text}");
        }
        assert_eq!(format!("a:{}", "b".repeat(127)).parse::<Scope>(), Err(ScopeError::Length));
    }

    #[test]
    fn covering() {
        let covers = |held: &str, asked: &str| {
            held.parse::<Scope>().unwrap().covers(&asked.parse().unwrap())
        };
        assert!(covers("*", "repo:read") && covers("*", "*") && covers("repo:*", "repo:*"));
        assert!(
            !covers("repo:read", "repo:*") && !covers("repo:*", "*") && !covers("re:*", "repo:x")
        );
    }
}
