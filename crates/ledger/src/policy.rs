//! The ledger's policy: how long tokens may live, and what happens to one that leaks.

use std::collections::BTreeMap;

use crate::scope::{Scope, Scopes};
use crate::time::Lifetime;
use crate::words::words;

/// The ledger's policy. Every change is an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a token lives if nothing is said; `None`: for ever. 90 days until changed.
    pub default_expiry: Option<Lifetime>,
    /// The longest a token may live; `None`: no bound.
    pub max_lifetime: Option<Lifetime>,
    /// What happens to a token that leaks.
    pub leak_response: LeakResponse,
    /// What happens to one that holds a scope covered by the key, in place of the above.
    pub leak_response_by_scope: BTreeMap<Scope, LeakResponse>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            default_expiry: Some(Lifetime::days(90)),
            max_lifetime: None,
            leak_response: LeakResponse::Revoke,
            leak_response_by_scope: BTreeMap::new(),
        }
    }
}

words! {
    /// What happens to a token that leaks, mildest first.
    LeakResponse, "leak response" {
        /// It is recorded.
        Report = "report",
        /// It is suspended.
        Suspend = "suspend",
        /// It is revoked.
        Revoke = "revoke",
    }
}

impl Policy {
    /// What happens to a token with these scopes: for each scope, what the rule for it says, else
    /// what holds for the ledger; of all these, the strictest.
    pub fn leak_response_for(&self, scopes: &Scopes) -> LeakResponse {
        let of = |scope: &Scope| {
            let rules = self.leak_response_by_scope.iter();
            // A scope wider than the rule holds what the rule is about.
            let applies = |rule: &Scope| rule.covers(scope) || scope.covers(rule);
            rules.filter(|(rule, _)| applies(rule)).map(|(_, response)| *response).max()
        };
        scopes
            .iter()
            .map(|scope| of(scope).unwrap_or(self.leak_response))
            .max()
            .unwrap_or(self.leak_response)
    }

    /// The changes that make this policy of the default one, one for each member, in order.
    pub fn changes(&self) -> Vec<Change> {
        let members = [
            Change::DefaultExpiry(self.default_expiry),
            Change::MaxLifetime(self.max_lifetime),
            Change::LeakResponse(self.leak_response),
        ];
        let rules = self.leak_response_by_scope.iter();
        let rules = rules.map(|(scope, to)| Change::LeakResponseByScope(scope.clone(), Some(*to)));
        members.into_iter().chain(rules).collect()
    }

    /// The policy after a change.
    #[must_use]
    pub fn with(mut self, change: &Change) -> Self {
        match change {
            Change::DefaultExpiry(lifetime) => self.default_expiry = *lifetime,
            Change::MaxLifetime(lifetime) => self.max_lifetime = *lifetime,
            Change::LeakResponse(response) => self.leak_response = *response,
            Change::LeakResponseByScope(scope, Some(response)) => {
                self.leak_response_by_scope.insert(scope.clone(), *response);
            }
            Change::LeakResponseByScope(scope, None) => {
                self.leak_response_by_scope.remove(scope);
            }
        }
        self
    }
}

/// One change of policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `default-expiry`: a lifetime, or `never`.
    DefaultExpiry(Option<Lifetime>),
    /// `max-lifetime`: a lifetime, or `none`.
    MaxLifetime(Option<Lifetime>),
    /// `leak-response`: `revoke`, `suspend` or `report`.
    LeakResponse(LeakResponse),
    /// `leak-response.SCOPE`: the same, or `default`.
    LeakResponseByScope(Scope, Option<LeakResponse>),
}

impl Change {
    /// The names of the members, for help texts.
    pub const KEYS: &'static [&'static str] =
        &["default-expiry", "max-lifetime", "leak-response", "leak-response.SCOPE"];

    /// Reads a change as the command line and the log spell it.
    ///
    /// ```
    /// use patrol_ledger::{Change, LeakResponse};
    /// let change = Change::parse("leak-response.repo:read", "report").unwrap();
    /// assert_eq!(change.key_and_value(), ("leak-response.repo:read".into(), "report".into()));
    /// assert!(Change::parse("leak-respones", "report").is_err());
    /// ```
    ///
    /// # Errors
    /// An unknown key, or a value that the key does not take, with what it does take.
    pub fn parse(key: &str, value: &str) -> Result<Self, PolicyError> {
        let bad = |takes: &'static str| PolicyError::Value { key: key.into(), takes };
        let lifetime = |none: &str, takes: &'static str| match value {
            _ if value == none => Ok(None),
            _ => value
                .parse::<Lifetime>()
                .ok()
                .filter(|lifetime| *lifetime > Lifetime::ZERO)
                .map(Some)
                .ok_or_else(|| bad(takes)),
        };
        match key.split_once('.') {
            None if key == "default-expiry" => {
                Ok(Self::DefaultExpiry(lifetime("never", "a duration such as 90d, or never")?))
            }
            None if key == "max-lifetime" => {
                Ok(Self::MaxLifetime(lifetime("none", "a duration such as 365d, or none")?))
            }
            None if key == "leak-response" => {
                value.parse().map(Self::LeakResponse).map_err(|_| bad("revoke, suspend or report"))
            }
            Some(("leak-response", scope)) => {
                let scope = scope.parse().map_err(|_| bad("a scope after the dot"))?;
                let response = match value {
                    "default" => None,
                    _ => Some(value.parse().map_err(|_| {
                        bad("revoke, suspend, report, or default to remove the rule")
                    })?),
                };
                Ok(Self::LeakResponseByScope(scope, response))
            }
            _ => Err(PolicyError::Key(key.chars().take(60).collect())),
        }
    }

    /// The change as [`Change::parse`] reads it.
    pub fn key_and_value(&self) -> (String, String) {
        let lifetime = |lifetime: &Option<Lifetime>, none: &str| {
            lifetime.map_or_else(|| none.to_owned(), |lifetime| lifetime.to_string())
        };
        match self {
            Self::DefaultExpiry(value) => ("default-expiry".into(), lifetime(value, "never")),
            Self::MaxLifetime(value) => ("max-lifetime".into(), lifetime(value, "none")),
            Self::LeakResponse(response) => ("leak-response".into(), response.to_string()),
            Self::LeakResponseByScope(scope, response) => (
                format!("leak-response.{scope}"),
                response.map_or_else(|| "default".to_owned(), |response| response.to_string()),
            ),
        }
    }
}

/// A change of policy that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No such member.
    #[error("the policy has no member {0:?}; it has {keys}", keys = Change::KEYS.join(", "))]
    Key(String),
    /// A value the member does not take.
    #[error("{key} takes {takes}")]
    Value {
        /// The member.
        key: String,
        /// What it takes.
        takes: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_response_wins() {
        let policy = [
            ("leak-response", "suspend"),
            ("leak-response.ci:*", "report"),
            ("leak-response.*", "suspend"),
            ("leak-response.admin:*", "revoke"),
        ]
        .iter()
        .map(|(key, value)| Change::parse(key, value).unwrap())
        .fold(Policy::default(), |policy, change| policy.with(&change));
        let response = |scopes: &[&str]| {
            policy.leak_response_for(&scopes.iter().map(|s| s.parse().unwrap()).collect())
        };
        assert_eq!(response(&[]), LeakResponse::Suspend);
        assert_eq!(response(&["ci:read"]), LeakResponse::Suspend);
        assert_eq!(response(&["ci:read", "admin:all"]), LeakResponse::Revoke);
        let policy = policy.with(&Change::parse("leak-response.*", "default").unwrap());
        let only_ci: Scopes = ["ci:read".parse().unwrap()].into_iter().collect();
        assert_eq!(policy.leak_response_for(&only_ci), LeakResponse::Report);
    }

    #[test]
    fn values_round_trip_and_errors_say_what_fits() {
        for (key, value) in [
            ("default-expiry", "never"),
            ("default-expiry", "30d"),
            ("max-lifetime", "none"),
            ("max-lifetime", "1y"),
            ("leak-response", "report"),
            ("leak-response.a:b", "default"),
        ] {
            let change = Change::parse(key, value).unwrap();
            assert_eq!(change.key_and_value(), (key.to_owned(), value.to_owned()));
        }
        let error = |key, value| Change::parse(key, value).unwrap_err().to_string();
        assert_eq!(
            error("max-lifetime", "0d"),
            "max-lifetime takes a duration such as 365d, or none"
        );
        assert!(
            error("max_lifetime", "1d")
                .starts_with("the policy has no member \"max_lifetime\"; it has default-expiry")
        );
    }
}
