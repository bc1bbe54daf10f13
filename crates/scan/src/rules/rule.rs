//! One rule of the quick kind: literals by which it is noticed, a regular expression that is held
//! against the few bytes around one, and what a match must stand.
//!
//! ```text
//! literal ─► enough of the alphabet behind it ─► expression ─► both ends free ─► not a
//! placeholder ─► checksum ─► the rule's own word
//! ```

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::builtin::NEIGHBOURHOOD;
use super::checksum::{Recipe, Verdict};
use super::class::{ALNUM, Class, WORD};
use super::entropy::{is_placeholder, least, shannon};
use crate::Checksum;
use crate::judged::Judged;

/// A built-in rule as its file writes it.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    /// The name; where gitleaks has a rule for the same it is that rule's.
    pub(crate) id: &'static str,
    /// What it finds.
    pub(crate) description: &'static str,
    /// What to do about it, or where the provider says so.
    pub(crate) help: &'static str,
    /// Exact, at least three bytes each.
    pub(crate) literals: &'static [&'static str],
    /// In the syntax of the crate `regex`, over bytes. It begins with a literal if `before` is 0.
    pub(crate) regex: &'static str,
    /// The group that is the secret; 0: all of it.
    pub(crate) group: usize,
    /// How many bytes before a literal a match may begin.
    pub(crate) before: usize,
    /// How many bytes a match may have from its literal on.
    pub(crate) span: usize,
    /// So many bytes of this class stand behind the literal, or there is no match.
    pub(crate) tail: (Class, usize),
    /// What stands behind the literal, asked before the expression: cheap, for common literals.
    pub(crate) ahead: Option<fn(&[u8]) -> bool>,
    /// What may not stand before a match and behind a secret: there it would go on.
    pub(crate) edges: (Class, Class),
    /// Whether the random part is asked if it is random.
    pub(crate) randomness: Randomness,
    /// The checksum, if one is known.
    pub(crate) checksum: Option<Recipe>,
    /// The rule's own word about a match.
    pub(crate) accept: Option<fn(&Seen<'_>) -> bool>,
    /// A form that many providers use: it gives way to the rule that knows whose it is.
    pub(crate) is_general: bool,
    /// Templates of what is found, for the walk over all rules; see `fixture.rs`.
    #[cfg_attr(not(test), expect(dead_code, reason = "the walk over all rules reads it"))]
    pub(crate) examples: &'static [&'static str],
    /// Templates of what looks like it and is not.
    #[cfg_attr(not(test), expect(dead_code, reason = "the walk over all rules reads it"))]
    pub(crate) near_misses: &'static [&'static str],
}

impl Spec {
    /// What most rules have in common.
    pub(crate) const DEFAULT: Self = Self {
        id: "",
        description: "",
        help: "",
        literals: &[],
        regex: "",
        group: 0,
        before: 0,
        span: 512,
        tail: (ALNUM, 1),
        ahead: None,
        edges: (WORD, WORD),
        randomness: Randomness::Looks,
        checksum: None,
        accept: None,
        is_general: false,
        examples: &[],
        near_misses: &[],
    };
}

/// How random the random part has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Randomness {
    /// As a random text of that length would be, and no placeholder.
    Looks,
    /// So many bits per byte, and no placeholder.
    Bits(f64),
    /// It is not asked.
    Any,
}

/// A match and where it stands.
pub(crate) struct Seen<'h> {
    pub(crate) haystack: &'h [u8],
    /// All that the expression matched.
    pub(crate) whole: Range<usize>,
    /// The secret in it.
    pub(crate) secret: Range<usize>,
    /// The literal by which it was noticed.
    pub(crate) literal: Range<usize>,
}

impl<'h> Seen<'h> {
    /// The secret's bytes.
    pub(crate) fn secret(&self) -> &'h [u8] {
        &self.haystack[self.secret.clone()]
    }

    /// The bytes of the literal, if the secret begins with it.
    pub(crate) fn prefix(&self) -> &'h [u8] {
        let literal = &self.haystack[self.literal.clone()];
        if self.secret.start == self.literal.start { literal } else { b"" }
    }
}

/// A rule of the quick kind, ready to be used. Its expression is compiled when it is first needed.
#[derive(Clone)]
pub(crate) struct Shape {
    pub(crate) literals: Vec<Cow<'static, [u8]>>,
    pub(crate) pattern: Cow<'static, str>,
    pub(crate) regex: OnceLock<Option<Regex>>,
    pub(crate) group: usize,
    pub(crate) before: usize,
    pub(crate) span: usize,
    pub(crate) tail: (Class, usize),
    pub(crate) ahead: Option<fn(&[u8]) -> bool>,
    pub(crate) edges: (Class, Class),
    pub(crate) randomness: Randomness,
    pub(crate) checksum: Option<Recipe>,
    pub(crate) accept: Option<fn(&Seen<'_>) -> bool>,
    pub(crate) is_general: bool,
    /// A rule of a user, whose matches may be long: see `wide.rs`.
    pub(crate) is_wide: bool,
}

impl From<&Spec> for Shape {
    fn from(spec: &Spec) -> Self {
        Self {
            literals: spec.literals.iter().map(|text| Cow::Borrowed(text.as_bytes())).collect(),
            pattern: Cow::Borrowed(spec.regex),
            regex: OnceLock::new(),
            group: spec.group,
            before: spec.before,
            span: spec.span,
            tail: spec.tail,
            ahead: spec.ahead,
            edges: spec.edges,
            randomness: spec.randomness,
            checksum: spec.checksum,
            accept: spec.accept,
            is_general: spec.is_general,
            is_wide: false,
        }
    }
}

impl Shape {
    /// A rule of a user's file, with an expression that has been compiled already.
    pub(crate) fn of_user(literals: Vec<Vec<u8>>, regex: Regex, group: usize) -> Self {
        Self {
            literals: literals.into_iter().map(Cow::Owned).collect(),
            pattern: Cow::Owned(regex.as_str().to_owned()),
            regex: OnceLock::from(Some(regex)),
            group,
            before: USER_BEFORE,
            span: USER_SPAN,
            tail: (ALNUM, 0),
            ahead: None,
            edges: (Class::of(b""), Class::of(b"")),
            randomness: Randomness::Any,
            checksum: None,
            accept: None,
            is_general: false,
            is_wide: true,
        }
    }

    /// The match around the literal at `literal`, if there is one that stands.
    pub(crate) fn probe<'h>(
        &self,
        haystack: &'h [u8],
        literal: Range<usize>,
    ) -> Option<(Seen<'h>, Checksum)> {
        if !self.has_tail(haystack, literal.end) {
            return None;
        }
        if self.ahead.is_some_and(|ahead| !ahead(&haystack[literal.end..])) {
            return None;
        }
        if self.before == 0 && !is_free_before(haystack, literal.start, self.edges.0) {
            return None;
        }
        let seen = self.find(haystack, literal)?;
        let checksum = self.judge(&seen)?;
        Some((seen, checksum))
    }

    /// Whether enough of the alphabet stands behind a literal that ends here.
    pub(super) fn has_tail(&self, haystack: &[u8], end: usize) -> bool {
        let (class, least) = self.tail;
        haystack.get(end..end + least).is_some_and(|tail| tail.iter().all(|byte| class.has(*byte)))
    }

    /// What a probe of this literal depends on: the match, a little before and behind it, and
    /// words near it.
    pub(crate) fn judged(&self, literal: &Range<usize>) -> Judged {
        Judged {
            at: literal.start,
            needs: literal.len() + self.tail.1,
            before: self.before + NEIGHBOURHOOD,
            after: self.span.max(literal.len() + self.tail.1) + NEIGHBOURHOOD,
        }
    }

    /// The expression's match around the literal, with both ends free.
    fn find<'h>(&self, haystack: &'h [u8], literal: Range<usize>) -> Option<Seen<'h>> {
        let regex = self.regex()?;
        let from = literal.start.saturating_sub(self.before);
        let window = &haystack[from..haystack.len().min(literal.start + self.span)];
        let mut at = 0;
        loop {
            let groups = regex.captures_at(window, at)?;
            let whole = groups.get(0)?.range();
            let end = whole.end;
            let shift = |range: Range<usize>| from + range.start..from + range.end;
            let secret = groups.get(self.group).map(|group| shift(group.range()));
            let whole = shift(whole);
            if whole.start > literal.start || self.before == 0 && whole.start != literal.start {
                return None;
            }
            if let Some(secret) = secret
                && whole.end >= literal.end
                && is_free_before(haystack, whole.start, self.edges.0)
                && haystack.get(secret.end).is_none_or(|byte| !self.edges.1.has(*byte))
            {
                return Some(Seen { haystack, whole, secret, literal });
            }
            if self.before == 0 {
                return None;
            }
            // The match was another one; the next may be that of this literal.
            at = end.max(at + 1);
            if at > window.len() {
                return None;
            }
        }
    }

    /// What the content of the match says; `None`: it is none.
    pub(super) fn judge(&self, seen: &Seen<'_>) -> Option<Checksum> {
        let secret = seen.secret();
        let random = secret.strip_prefix(seen.prefix()).unwrap_or(secret);
        let is_random = match self.randomness {
            Randomness::Any => true,
            Randomness::Looks => shannon(random) >= least(random) && !is_placeholder(random),
            Randomness::Bits(bits) => shannon(random) >= bits && !is_placeholder(random),
        };
        let checksum = match self.checksum {
            None => Checksum::None,
            Some(recipe) => match recipe.verify(seen.prefix(), secret) {
                Verdict::Absent => Checksum::None,
                Verdict::Holds => Checksum::Verified,
                Verdict::Fails if recipe.is_published() => return None,
                Verdict::Fails => Checksum::Unverified,
            },
        };
        let is_accepted = self.accept.is_none_or(|accept| accept(seen));
        (is_random && is_accepted).then_some(checksum)
    }

    /// The expression, compiled at the first call. A built-in one that does not compile fails the
    /// walk over all rules; a user's was compiled when the file was read.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.pattern, self.before == 0).ok()).as_ref()
    }
}

/// Compiles a rule's expression: over bytes, anchored if it has to begin where the search begins.
pub(crate) fn compile(pattern: &str, is_anchored: bool) -> Result<Regex, regex::Error> {
    let pattern = if is_anchored { format!(r"\A(?:{pattern})") } else { pattern.to_owned() };
    RegexBuilder::new(&pattern).unicode(false).size_limit(REGEX_LIMIT).build()
}

/// No letter or digit goes on before `at`. The end of an escape, `\n` or `%3D`, is none.
fn is_free_before(haystack: &[u8], at: usize, class: Class) -> bool {
    let before = &haystack[..at];
    match before {
        [] => true,
        [.., last] if !class.has(*last) => true,
        [.., b'\\', b'n' | b'r' | b't'] => true,
        // `${KEY:-default}`
        [.., b':', b'-'] => true,
        [.., b'%', high, low] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        _ => false,
    }
}

/// How far before a literal a match of a user's own rule may begin.
pub(crate) const USER_BEFORE: usize = 256;
/// How long a match of a user's own rule may be from its literal on: a key in PEM fits.
pub(crate) const USER_SPAN: usize = 16 * 1024;
/// The memory that one compiled expression may take.
pub(crate) const REGEX_LIMIT: usize = 32 * 1024 * 1024;
