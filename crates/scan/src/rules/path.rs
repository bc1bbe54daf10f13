//! Rules of gitleaks that have a path and no expression: they report a file for its path alone,
//! whatever is in it.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::set::{Body, Rule, Rules};
use crate::{
    Checksum, Finding, Foreign, Location, Match, Origin, Place, Position, RuleInfo, Secret,
    SourceKind, redact_bytes,
};

impl Rules {
    /// Whether any rule goes by the path alone. Without one, [`Rules::path_only`] need not be
    /// asked.
    pub fn has_path_rules(&self) -> bool {
        self.inner.has_path_rules
    }

    /// The rules that report a file for its path alone.
    pub fn path_only(&self, path: &[u8], commit: Option<&str>) -> Vec<Arc<RuleInfo>> {
        if !self.has_path_rules() || path.is_empty() {
            return Vec::new();
        }
        let of_path = |rule: &&Rule| matches!(rule.body, Body::Path) && !rule.criteria.is_silent;
        let rules = self.inner.rules.iter().filter(of_path);
        rules
            .filter(|rule| super::gitleaks::settle(self, rule, 0, path, commit))
            .map(|rule| Arc::clone(&rule.info))
            .collect()
    }

    /// A finding for each of them. What it is about is the file: it stands before its first byte,
    /// its digest is that of the path, and so is its place, the same for every content.
    #[cfg_attr(
        not(any(feature = "tree", feature = "git")),
        expect(dead_code, reason = "only files and blobs have paths")
    )]
    pub(crate) fn path_findings(
        &self,
        path: &[u8],
        commit: Option<&str>,
        source: SourceKind,
    ) -> impl Iterator<Item = Finding> {
        let (digest, shown) = (Sha256::digest(path).into(), redact_bytes(path));
        let place = Place::new(Origin::Name(path), 0);
        self.path_only(path, commit).into_iter().map(move |rule| {
            let found = Match {
                start: 0,
                end: 0,
                secret: Secret::Foreign(Foreign {
                    redacted: format!("file detected by {}", rule.id),
                    rule,
                    digest,
                    checksum: Checksum::None,
                    settle: 0,
                }),
                encoding: Vec::new(),
                is_allowed_inline: false,
            };
            let first = Position { line: 1, column: 1 };
            let mut location = Location::new(source, (first, first), 0);
            location.path = Some(shown.clone());
            Finding::new(found, place, location)
        })
    }
}
