//! Why a file of rules cannot be used.

use std::fmt;

/// What is wrong with a file of rules, and where: `rules.toml:12:9: rule `a`, `regex`: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesError {
    /// The file.
    pub file: String,
    /// Line and column, from 1, in characters.
    pub at: Option<(usize, usize)>,
    /// The rule that it is about.
    pub rule: Option<String>,
    /// The key that it is about.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: Box<Problem>,
}

/// What can be wrong with a file of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Bytes that are not UTF-8.
    #[error("the file is not UTF-8 from byte {0} on")]
    NotText(usize),
    /// Not TOML.
    #[error("not TOML: {0}")]
    NotToml(String),
    /// No rule at all.
    #[error("the file has no rule; add `[[rule]]`, or for gitleaks `[[rules]]` or `[extend]`")]
    Empty,
    /// More than anybody writes.
    #[error("the file has {0} bytes; at most {1} are read")]
    TooLarge(usize, usize),
    /// A key that is not known. The second text is a hint, or empty.
    #[error("unknown key `{0}`{1}")]
    UnknownKey(String, String),
    /// The same key twice, in other letters.
    #[error("the key `{0}` is there twice; capital letters do not matter")]
    TwiceTheKey(String),
    /// A value of another type.
    #[error("expected {0}, found {1}")]
    Type(&'static str, &'static str),
    /// A key that has to be there.
    #[error("`{0}` is missing or empty")]
    Missing(&'static str),
    /// A name that another rule has.
    #[error("another rule has this id too")]
    Duplicate,
    /// An expression that cannot be compiled.
    #[error("{0}")]
    Regex(String),
    /// A group that the expression has not.
    #[error("the expression has {1} groups, so there is no group {0}")]
    Group(u64, usize),
    /// Keys that exclude each other.
    #[error("`{0}` and `{1}` exclude each other")]
    Conflict(&'static str, &'static str),
    /// A value that is none of those that are known.
    #[error("unknown value `{0}`; expected {1}")]
    Value(String, String),
    /// Neither an expression nor a path.
    #[error("a rule needs `regex` or `path`")]
    Neither,
    /// An allowlist that allows nothing.
    #[error("an allowlist needs one of `commits`, `paths`, `regexes`, `stopwords`")]
    EmptyAllowlist,
    /// A rule that is not there.
    #[error("there is no rule `{0}`{1}")]
    NoSuchRule(String, String),
    /// Something that gitleaks has a word for but does not do.
    #[error("`{0}` is not supported: {1}")]
    Unsupported(&'static str, &'static str),
    /// A file that this one extends cannot be read.
    #[error("cannot read {0}: {1}")]
    Extend(String, String),
    /// An expression or a literal that is longer than any.
    #[error("one text of it has {0} bytes; at most {1} are taken")]
    LongPattern(usize, usize),
    /// More rules, or larger ones, than a set may have.
    #[error(
        "the rules up to here would take more than {0} MiB together once they are compiled; make their repetitions shorter, or leave some out"
    )]
    NoRoom(u64),
    /// More than the engine has room for.
    #[error("{0}")]
    TooMany(&'static str),
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        match (&self.rule, &self.key) {
            (Some(rule), Some(key)) => write!(f, ": rule `{rule}`, `{key}`")?,
            (Some(rule), None) => write!(f, ": rule `{rule}`")?,
            (None, Some(key)) => write!(f, ": `{key}`")?,
            (None, None) => {}
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for RulesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.problem)
    }
}
