//! A set of rules as the rest of the crate sees it.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, OnceLock};

use regex::bytes::Regex;
use sha2::{Digest as _, Sha256};

use super::builtin::PACK;
use super::gitleaks::{Allowlist, Fragment, Required};
use super::index::Index;
use super::rule::{Shape, Spec};
use super::{RulesError, gitleaks, load, search, utf16, weigh};
use crate::judged::Judged;
use crate::{Foreign, Match, RuleInfo};

/// A set of rules. Cheap to clone and to share between threads; what it needs to search is built
/// when it is first used.
#[derive(Clone)]
pub struct Rules {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) rules: Vec<Rule>,
    /// Allowlists that hold for every rule.
    pub(super) allowlists: Vec<Arc<Allowlist>>,
    index: OnceLock<Index>,
    /// Whether any rule goes by the path alone.
    pub(super) has_path_rules: bool,
    /// Whether anything is decoded for any rule.
    pub(super) decodes: bool,
    digest: [u8; 32],
    /// What it takes, as it was weighed when it was read.
    weight: u64,
    notes: Vec<String>,
    infos: Vec<Arc<RuleInfo>>,
}

/// One rule of a set.
#[derive(Clone)]
pub(super) struct Rule {
    pub(super) info: Arc<RuleInfo>,
    pub(super) body: Body,
    pub(super) criteria: Criteria,
}

/// What a rule looks for.
#[derive(Clone)]
pub(super) enum Body {
    /// The quick kind: something around a literal.
    Shape(Arc<Shape>),
    /// An expression over all of the text, as gitleaks has it.
    Fragment(Arc<Fragment>),
    /// Files of some name, whatever is in them.
    Path,
}

/// What else must be so.
#[derive(Clone, Default)]
pub(super) struct Criteria {
    /// The path must match.
    pub(super) path: Option<Arc<Regex>>,
    /// What is let go.
    pub(super) allowlists: Vec<Arc<Allowlist>>,
    /// More entropy than that.
    pub(super) entropy: Option<f64>,
    /// Rules that must have found something near by.
    pub(super) required: Vec<Required>,
    /// It only serves other rules.
    pub(super) is_silent: bool,
    /// What is encoded is decoded for it.
    pub(super) decodes: bool,
}

/// Changes whenever the same rules find something else than before.
const ENGINE: u32 = 4;

impl Rules {
    /// No rule at all.
    pub fn none() -> Self {
        static NONE: LazyLock<Rules> =
            LazyLock::new(|| Rules::new(Vec::new(), Vec::new(), Vec::new(), b"none"));
        NONE.clone()
    }

    /// The built-in pack.
    pub fn builtin() -> Self {
        static BUILTIN: LazyLock<Rules> =
            LazyLock::new(|| Rules::new(pack(), Vec::new(), Vec::new(), pack_text().as_bytes()));
        BUILTIN.clone()
    }

    /// Reads a file of rules: the configuration of gitleaks, or the form of our own. `name` is the
    /// file's, for messages; `extend` reads a file that it names.
    ///
    /// # Errors
    ///
    /// [`RulesError`] with the place in the file if anything in it is not understood. Nothing is
    /// ignored: a rule that could not be honoured would be a leak that is not found.
    pub fn load(
        text: &str,
        name: &str,
        extend: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Self, RulesError> {
        load::load(text, name, extend)
    }

    /// The same of bytes that were not yet found to be text.
    ///
    /// # Errors
    ///
    /// As [`Rules::load`], and if the bytes are not UTF-8.
    pub fn load_bytes(
        bytes: &[u8],
        name: &str,
        extend: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Self, RulesError> {
        load::load(load::text(bytes, name)?, name, extend)
    }

    /// The rules of both sets. A rule of `other` takes the place of one of the same name.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let new: BTreeSet<&str> = other.rules().iter().map(|rule| &*rule.info.id).collect();
        let is_replaced = |rule: &&Rule| new.contains(&*rule.info.id);
        let kept = self.inner.rules.iter().filter(|rule| !is_replaced(rule));
        let rules = kept.chain(other.rules()).cloned().collect();
        let lists = self.inner.allowlists.iter().chain(&other.inner.allowlists).cloned().collect();
        let notes = self.inner.notes.iter().chain(&other.inner.notes).cloned().collect();
        let source = [self.digest(), other.digest()].concat();
        Self::new(rules, lists, notes, &source)
            .taking(self.inner.weight.saturating_add(other.inner.weight))
    }

    /// Whether it takes more memory and time than a set may that others have a hand in: each file is
    /// bounded when it is read, and this is for the sum.
    pub fn is_too_large(&self) -> bool {
        self.inner.weight > weigh::ROOM
    }

    /// Notes what a set takes that was just made.
    pub(super) fn taking(mut self, weight: u64) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.weight = weight;
        }
        self
    }

    /// `source` is all that the set was made of, for its digest.
    pub(super) fn new(
        mut rules: Vec<Rule>,
        allowlists: Vec<Arc<Allowlist>>,
        notes: Vec<String>,
        source: &[u8],
    ) -> Self {
        for (index, rule) in rules.iter_mut().enumerate() {
            if rule.info.index != index {
                rule.info = Arc::new(RuleInfo { index, ..RuleInfo::clone(&rule.info) });
            }
        }
        let infos = rules.iter().map(|rule| Arc::clone(&rule.info)).collect();
        let mut hasher = Sha256::new();
        hasher.update(format!("patrol rules {ENGINE} {}\0", env!("CARGO_PKG_VERSION")));
        hasher.update(source);
        let digest = hasher.finalize().into();
        let index = OnceLock::new();
        let has_path_rules = rules.iter().any(|rule| matches!(rule.body, Body::Path));
        let is_decoding = |rule: &Rule| rule.criteria.decodes && !matches!(rule.body, Body::Path);
        let decodes = rules.iter().any(is_decoding);
        let inner = Inner {
            rules,
            allowlists,
            index,
            has_path_rules,
            decodes,
            digest,
            weight: 0,
            notes,
            infos,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.inner.rules.is_empty()
    }

    /// A digest of all that decides what is found: a cache of results is good for one digest only.
    pub fn digest(&self) -> [u8; 32] {
        self.inner.digest
    }

    /// What the user should be told about the set: what of a file could only be followed in part.
    pub fn notes(&self) -> &[String] {
        &self.inner.notes
    }

    /// Every rule, by its place in the set.
    pub fn infos(&self) -> &[Arc<RuleInfo>] {
        &self.inner.infos
    }

    /// The literals of all rules: where none occurs, in whatever case, nothing is found unless
    /// [`Rules::always_hot`]. Prefer [`Rules::is_hot`], which also sees UTF-16.
    pub fn literals(&self) -> &[Vec<u8>] {
        self.index().all_literals()
    }

    /// Some rule has no literal, or its literal may be encoded, so no text can be passed over for
    /// want of one.
    pub fn always_hot(&self) -> bool {
        self.inner.decodes || self.index().is_always_hot()
    }

    /// Whether any literal that a match needs occurs in `bytes`, in eight bits a character or in
    /// UTF-16. If not in a content, nor in any of its pieces with [`Rules::margin`] bytes around
    /// them, nothing is found in it.
    pub fn is_hot(&self, bytes: &[u8]) -> bool {
        let may_decode = || {
            gitleaks::may_hold(bytes)
                || utf16::has_nul(bytes) && gitleaks::may_hold(&utf16::narrow(bytes))
        };
        !self.is_empty() && (self.inner.decodes && may_decode() || self.index().is_hot(bytes))
    }

    /// The literals in `bytes`, if all that they are part of is nothing; `None`: something may be
    /// found.
    pub(crate) fn judge(&self, bytes: &[u8]) -> Option<Vec<Judged>> {
        if self.is_empty() {
            return Some(Vec::new());
        }
        let decodes = self.inner.decodes && self.is_hot(bytes);
        if decodes { None } else { self.index().judge(&self.inner.rules, bytes) }
    }

    /// The bytes of neighbourhood on both sides that [`Rules::is_hot`] needs.
    pub fn margin(&self) -> usize {
        let encoded = if self.inner.decodes { 2 * gitleaks::MARGIN } else { 0 };
        self.index().margin().max(encoded)
    }

    /// The longest stretch of bytes, in any encoding, that one match may depend on. Windows of a
    /// stream overlap by that on both sides.
    pub fn reach(&self) -> usize {
        self.index().reach()
    }

    /// Tells everything that the rules find in `haystack`, by its beginning. Whether it stands is
    /// known after [`Rules::settle`].
    pub fn search(&self, haystack: &[u8], found: &mut dyn FnMut(Match)) {
        if !self.is_empty() && !haystack.is_empty() {
            search::search(self, haystack, found);
        }
    }

    /// Whether what was found stands, now that its path and commit are known: a rule may hold for
    /// some paths only, and an allowlist may name paths and commits.
    pub fn settle(&self, foreign: &Foreign, path: Option<&[u8]>, commit: Option<&str>) -> bool {
        let Some(rule) = self.inner.rules.get(foreign.rule.index) else { return true };
        if rule.info.id != foreign.rule.id {
            return true;
        }
        // That was decided by the path when it was found.
        if matches!(rule.body, Body::Path) {
            return true;
        }
        // A blob whose path nobody knows may have had any.
        let is_unknown = path.is_none() && rule.criteria.path.is_some();
        is_unknown || gitleaks::settle(self, rule, foreign.settle, path.unwrap_or_default(), commit)
    }

    pub(super) fn rules(&self) -> &[Rule] {
        &self.inner.rules
    }

    pub(super) fn index(&self) -> &Index {
        self.inner.index.get_or_init(|| Index::new(&self.inner.rules))
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules").field("rules", &self.inner.rules.len()).finish_non_exhaustive()
    }
}

/// The built-in rules, not yet in a set.
pub(super) fn pack() -> Vec<Rule> {
    let rule = |provider: &str, spec: &Spec| Rule {
        info: Arc::new(RuleInfo {
            id: spec.id.to_owned(),
            description: spec.description.to_owned(),
            provider: (!provider.is_empty()).then(|| provider.to_owned()),
            tags: Vec::new(),
            help: Some(spec.help.to_owned()),
            index: 0,
        }),
        body: Body::Shape(Arc::new(Shape::from(spec))),
        criteria: Criteria::default(),
    };
    let of = |(provider, specs): &(&'static str, &'static [Spec])| {
        specs.iter().map(|spec| rule(provider, spec)).collect::<Vec<_>>()
    };
    PACK.iter().flat_map(of).collect()
}

/// All data of the built-in pack that decides what it finds; [`ENGINE`] stands for the code.
pub(super) fn pack_text() -> String {
    let specs = PACK.iter().flat_map(|(_, specs)| specs.iter());
    specs
        .map(|spec| {
            format!(
                "{}\0{:?}\0{}\0{} {} {} {} {:?} {:?}\n",
                spec.id,
                spec.literals,
                spec.regex,
                spec.group,
                spec.before,
                spec.span,
                spec.tail.1,
                spec.randomness,
                spec.checksum,
            )
        })
        .collect()
}
