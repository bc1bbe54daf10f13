//! Expressions as Go's `regexp` reads them (RE2), written anew for the crate `regex`.
//!
//! The two differ in small ways that would make a rule find something else, or nothing: `\d`, `\w`,
//! `\s` and `\b` know ASCII only in Go; `{` and `]` may stand for themselves; a class has no
//! classes in it; `\Q…\E` and octal escapes exist; bytes that are not UTF-8 count as a character.
//! What neither can say is refused as Go refuses it, with the character where it stands.

use std::fmt::Write as _;

/// Why an expression is none, and at which character.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) why: String,
}

/// The expression in the syntax of the crate `regex`, for matching in bytes with Unicode on. With
/// `strays`, a byte that is no UTF-8 counts as a character: for text that has such bytes.
pub(super) fn translate(pattern: &str, strays: bool) -> Result<String, Refused> {
    let mut go = Go { chars: pattern.chars().collect(), at: 0, out: String::new(), strays };
    go.read()?;
    Ok(go.out)
}

struct Go {
    chars: Vec<char>,
    at: usize,
    out: String,
    strays: bool,
}

/// Any byte that is no part of a character: one character to Go.
const STRAY: &str = r"(?-u:[\x80-\xFF])";
/// What Go takes a stray byte for.
const REPLACEMENT: u32 = 0xFFFD;
/// Go repeats no more often.
const MAX_REPEAT: u32 = 1000;

/// What the next sign of repetition would repeat.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Atom,
    Repetition,
}

impl Go {
    fn refuse<T>(&self, at: usize, why: impl Into<String>) -> Result<T, Refused> {
        Err(Refused { why: format!("{}, at character {}", why.into(), at + 1) })
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek(0)?;
        self.at += 1;
        Some(next)
    }

    fn read(&mut self) -> Result<(), Refused> {
        let mut before = Before::Nothing;
        let mut open = Vec::new();
        while let Some(next) = self.peek(0) {
            let start = self.at;
            match next {
                '(' => {
                    open.push(start);
                    before = Before::Nothing;
                    if self.group()? {
                        open.pop(); // `(?i)` ends at once
                    }
                }
                ')' => {
                    if open.pop().is_none() {
                        return self.refuse(start, "unexpected `)`");
                    }
                    self.at += 1;
                    self.out.push(')');
                    before = Before::Atom;
                }
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                    before = Before::Nothing;
                }
                '*' | '+' | '?' => {
                    self.at += 1;
                    self.repeat(start, before, &next.to_string())?;
                    before = Before::Repetition;
                }
                '{' => {
                    if let Some(text) = self.braces()? {
                        self.repeat(start, before, &text)?;
                        before = Before::Repetition;
                    } else {
                        self.at += 1;
                        self.literal('{');
                        before = Before::Atom;
                    }
                }
                '[' => {
                    self.class()?;
                    before = Before::Atom;
                }
                '.' => {
                    self.at += 1;
                    self.or_stray(".", true);
                    before = Before::Atom;
                }
                '^' | '$' => {
                    self.at += 1;
                    self.out.push(next);
                    before = Before::Atom;
                }
                '\\' => before = self.escape()?,
                _ => {
                    self.at += 1;
                    self.literal(next);
                    before = Before::Atom;
                }
            }
        }
        open.pop().map_or(Ok(()), |at| self.refuse(at, "missing `)`"))
    }

    /// `(`, `(?:`, `(?i:`, `(?P<name>`; true for `(?i)`, which opens nothing.
    fn group(&mut self) -> Result<bool, Refused> {
        let start = self.at;
        self.at += 1;
        if self.peek(0) != Some('?') {
            self.out.push('(');
            return Ok(false);
        }
        self.at += 1;
        let is_look = matches!(self.peek(0), Some('=' | '!'))
            || self.peek(0) == Some('<') && matches!(self.peek(1), Some('=' | '!'));
        if is_look {
            return self.refuse(start, "looking ahead or behind is not in RE2");
        }
        if self.peek(0) == Some('<') || self.peek(0) == Some('P') && self.peek(1) == Some('<') {
            self.at += if self.peek(0) == Some('P') { 2 } else { 1 };
            let name: String =
                self.chars[self.at..].iter().take_while(|char| **char != '>').collect();
            self.at += name.chars().count() + 1;
            let is_name = !name.is_empty()
                && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
            if !is_name || self.at > self.chars.len() {
                return self.refuse(start, "a group has a name that is none");
            }
            // Names are of no use here, and Go allows some that the crate does not.
            self.out.push('(');
            return Ok(false);
        }
        let mut flags = String::new();
        loop {
            match self.next() {
                Some(flag @ ('i' | 'm' | 's' | 'U')) => flags.push(flag),
                Some('-') if !flags.contains('-') => flags.push('-'),
                Some(end @ (':' | ')')) if !flags.ends_with('-') => {
                    if flags.is_empty() && end == ')' {
                        return self.refuse(start, "a group of flags without flags");
                    }
                    let _infallible = write!(self.out, "(?{flags}{end}");
                    return Ok(end == ')');
                }
                _ => return self.refuse(start, "a group begins with flags that RE2 has not"),
            }
        }
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else in braces stands for itself.
    fn braces(&mut self) -> Result<Option<String>, Refused> {
        let start = self.at;
        let inner: String =
            self.chars[start + 1..].iter().take_while(|char| **char != '}').collect();
        let end = start + 1 + inner.chars().count();
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (least, most) = inner.split_once(',').unwrap_or((&inner, &inner));
        if end >= self.chars.len() || !is_number(least) || !(most.is_empty() || is_number(most)) {
            return Ok(None);
        }
        let number = |text: &str| text.parse().ok().filter(|number| *number <= MAX_REPEAT);
        let least = number(least);
        let most = if most.is_empty() { Some(MAX_REPEAT) } else { number(most) };
        match (least, most) {
            (Some(least), Some(most)) if least <= most => {}
            _ => {
                return self
                    .refuse(start, format!("repeats `{{{inner}}}` times; RE2 goes to 1000"));
            }
        }
        self.at = end + 1;
        Ok(Some(format!("{{{inner}}}")))
    }

    fn repeat(&mut self, start: usize, before: Before, sign: &str) -> Result<(), Refused> {
        match before {
            Before::Nothing => self.refuse(start, format!("`{sign}` has nothing to repeat")),
            Before::Repetition => {
                self.refuse(start, format!("`{sign}` repeats what is a repetition already"))
            }
            Before::Atom => {
                self.out.push_str(sign);
                if self.peek(0) == Some('?') {
                    self.at += 1;
                    self.out.push('?');
                }
                Ok(())
            }
        }
    }

    fn literal(&mut self, char: char) {
        if char.is_ascii_alphanumeric() || !char.is_ascii() {
            self.out.push(char);
        } else {
            let _infallible = write!(self.out, r"\x{{{:X}}}", u32::from(char));
        }
    }

    /// One character of the crate's, or a byte that is part of none.
    fn or_stray(&mut self, one: &str, with_stray: bool) {
        if with_stray && self.strays {
            let _infallible = write!(self.out, "(?:{one}|{STRAY})");
        } else {
            self.out.push_str(one);
        }
    }

    /// An escape outside of a class.
    fn escape(&mut self) -> Result<Before, Refused> {
        let start = self.at;
        match self.peek(1) {
            Some('A' | 'z') => {
                let _infallible = write!(self.out, "\\{}", self.chars[start + 1]);
                self.at += 2;
            }
            Some(boundary @ ('b' | 'B')) => {
                let _infallible = write!(self.out, "(?-u:\\{boundary})");
                self.at += 2;
            }
            Some('C') => return self.refuse(start, r"`\C` is not supported by Go"),
            Some('Q') => {
                self.at += 2;
                let first = self.at;
                while self.at < self.chars.len() && !self.is_end_of_quote() {
                    self.literal(self.chars[self.at]);
                    self.at += 1;
                }
                let is_empty = self.at == first;
                self.at = (self.at + 2).min(self.chars.len());
                return Ok(if is_empty { Before::Nothing } else { Before::Atom });
            }
            Some('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'p' | 'P') => {
                let item = self.class_escape()?;
                let has_stray = item.has_stray;
                self.or_stray(&format!("[{}]", item.text), has_stray);
            }
            _ => {
                let char = self.single_escape()?;
                self.literal(char);
            }
        }
        Ok(Before::Atom)
    }

    fn is_end_of_quote(&self) -> bool {
        self.peek(0) == Some('\\') && self.peek(1) == Some('E')
    }

    /// An escape that is one character, in or out of a class.
    fn single_escape(&mut self) -> Result<char, Refused> {
        let start = self.at;
        self.at += 1;
        let Some(char) = self.next() else {
            return self.refuse(start, r"a `\` at the end");
        };
        Ok(match char {
            'a' => '\x07',
            'f' => '\x0C',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\x0B',
            '0'..='7' => {
                if char != '0' && !matches!(self.peek(0), Some('0'..='7')) {
                    return self.refuse(start, format!(r"`\{char}` refers back; RE2 does not"));
                }
                let mut code = char.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = self.peek(0).and_then(|next| next.to_digit(8)) else { break };
                    code = 8 * code + digit;
                    self.at += 1;
                }
                return self.character(start, code);
            }
            'x' => {
                let is_braced = self.peek(0) == Some('{');
                self.at += usize::from(is_braced);
                let digits: String = self.chars[self.at.min(self.chars.len())..]
                    .iter()
                    .take(if is_braced { 8 } else { 2 })
                    .take_while(|char| char.is_ascii_hexdigit())
                    .collect();
                self.at += digits.len();
                let ends = if is_braced { self.next() == Some('}') } else { digits.len() == 2 };
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| ends);
                return self.character(start, code.unwrap_or(u32::MAX));
            }
            _ if char.is_ascii_punctuation() => char,
            _ => return self.refuse(start, format!(r"`\{char}` is no escape of RE2")),
        })
    }

    fn character(&self, start: usize, code: u32) -> Result<char, Refused> {
        char::from_u32(code).map_or_else(|| self.refuse(start, "an escape names no character"), Ok)
    }

    fn is_class_escape(&self) -> bool {
        self.peek(0) == Some('\\')
            && matches!(self.peek(1), Some('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'p' | 'P'))
    }

    /// `\d` and its like, as what stands between the brackets of a class.
    fn class_escape(&mut self) -> Result<Item, Refused> {
        let start = self.at;
        let name = self.chars[start + 1];
        self.at += 2;
        let text = match name {
            'd' => r"0-9",
            'D' => r"\x{0}-\x{2F}\x{3A}-\x{10FFFF}",
            's' => r"\x{9}\x{A}\x{C}\x{D}\x{20}",
            'S' => r"\x{0}-\x{8}\x{B}\x{E}-\x{1F}\x{21}-\x{10FFFF}",
            'w' => r"0-9A-Za-z_",
            'W' => r"\x{0}-\x{2F}\x{3A}-\x{40}\x{5B}-\x{5E}\x{60}\x{7B}-\x{10FFFF}",
            _ => return self.unicode(start, name == 'P'),
        };
        Ok(Item { text: text.to_owned(), has_stray: name.is_ascii_uppercase() })
    }

    /// `\pN`, `\p{Greek}`, `\p{^Greek}`.
    fn unicode(&mut self, start: usize, is_negated: bool) -> Result<Item, Refused> {
        let name: String = match self.next() {
            Some('{') => {
                let name: String =
                    self.chars[self.at..].iter().take_while(|char| **char != '}').collect();
                self.at += name.chars().count() + 1;
                name
            }
            Some(letter) => letter.to_string(),
            None => String::new(),
        };
        let is_caret = name.starts_with('^');
        let name = name.trim_start_matches('^');
        let is_name = !name.is_empty()
            && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
        if !is_name || self.at > self.chars.len() {
            return self.refuse(start, r"`\p` without the name of a class");
        }
        let is_negated = is_negated != is_caret;
        let sign = if is_negated { 'P' } else { 'p' };
        Ok(Item { text: format!(r"\{sign}{{{name}}}"), has_stray: is_negated || name == "Any" })
    }

    fn class(&mut self) -> Result<(), Refused> {
        let start = self.at;
        self.at += 1;
        let is_negated = self.peek(0) == Some('^');
        self.at += usize::from(is_negated);
        let mut text = String::new();
        let mut has_stray = false;
        let mut is_first = true;
        loop {
            match self.peek(0) {
                None => return self.refuse(start, "missing `]`"),
                Some(']') if !is_first => break,
                Some('[') if self.peek(1) == Some(':') => {
                    let item = self.posix()?;
                    has_stray |= item.has_stray;
                    text.push_str(&item.text);
                }
                Some(_) if self.is_class_escape() => {
                    let item = self.class_escape()?;
                    has_stray |= item.has_stray;
                    text.push_str(&item.text);
                }
                Some(_) => {
                    let (low, high) = self.range()?;
                    has_stray |= (u32::from(low)..=u32::from(high)).contains(&REPLACEMENT);
                    let _infallible =
                        write!(text, r"\x{{{:X}}}-\x{{{:X}}}", u32::from(low), u32::from(high));
                }
            }
            is_first = false;
        }
        self.at += 1;
        let caret = if is_negated { "^" } else { "" };
        self.or_stray(&format!("[{caret}{text}]"), has_stray != is_negated);
        Ok(())
    }

    /// `[:alpha:]` and `[:^alpha:]`, which know ASCII only.
    fn posix(&mut self) -> Result<Item, Refused> {
        const NAMES: &[&str] = &[
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        let start = self.at;
        let inner: String =
            self.chars[start + 2..].iter().take_while(|char| **char != ':').collect();
        let end = start + 2 + inner.chars().count();
        if self.chars.get(end + 1) != Some(&']') {
            // No class after all: the bracket stands for itself.
            self.at += 1;
            return Ok(Item { text: r"\x{5B}".to_owned(), has_stray: false });
        }
        if !NAMES.contains(&inner.trim_start_matches('^')) {
            return self.refuse(start, format!("there is no class `[:{inner}:]`"));
        }
        self.at = end + 2;
        Ok(Item { text: format!("[:{inner}:]"), has_stray: inner.starts_with('^') })
    }

    fn range(&mut self) -> Result<(char, char), Refused> {
        let start = self.at;
        let low = self.class_char()?;
        if self.peek(0) != Some('-') || matches!(self.peek(1), None | Some(']')) {
            return Ok((low, low));
        }
        self.at += 1;
        if self.is_class_escape() {
            return self.refuse(start, "a range in a class ends with a class");
        }
        let high = self.class_char()?;
        if high < low {
            self.refuse(start, "a range in a class runs backwards")
        } else {
            Ok((low, high))
        }
    }

    fn class_char(&mut self) -> Result<char, Refused> {
        match self.peek(0) {
            Some('\\') => self.single_escape(),
            Some(char) => {
                self.at += 1;
                Ok(char)
            }
            None => self.refuse(self.at, "missing `]`"),
        }
    }
}

/// A part of a class, and whether it holds what Go takes a stray byte for.
struct Item {
    text: String,
    has_stray: bool,
}
