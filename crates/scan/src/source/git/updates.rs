//! The lines that git hands to a pre-receive hook: which refs a push would move, and from where to
//! where. Pure.

use bstr::{BString, ByteSlice as _};
use gix::ObjectId;

/// One ref that a push would move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// What it names now; `None`: it is created.
    pub old: Option<ObjectId>,
    /// What it would name; `None`: it is deleted.
    pub new: Option<ObjectId>,
    /// Its name, in its own bytes.
    pub name: BString,
}

/// All refs that a push would move, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updates(Vec<Update>);

/// Lines that are not git's. What they hold is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdatesError {
    /// Git never calls the hook without a ref.
    #[error("there is no line: git hands over one for each ref of a push")]
    Empty,
    /// A line of another form.
    #[error("line {0} is not `<old id> <new id> <ref>`")]
    Line(usize),
    /// Ids of different lengths.
    #[error("line {0} has ids of another length than the lines before it")]
    Mixed(usize),
}

impl Updates {
    /// Reads lines of `<old id> <new id> <ref>`. An id of nothing but zeros stands for none.
    ///
    /// # Errors
    /// Anything else: then it is not known what is pushed, and nothing should be.
    pub fn parse(lines: &[u8]) -> Result<Self, UpdatesError> {
        let mut updates: Vec<Update> = Vec::new();
        let mut hash = None;
        for (n, line) in lines.strip_suffix(b"\n").unwrap_or(lines).split_str("\n").enumerate() {
            if lines.is_empty() {
                break;
            }
            let wrong = UpdatesError::Line(n + 1);
            let mut parts = line.splitn(3, |byte| *byte == b' ');
            let (Some(old), Some(new), Some(name)) = (parts.next(), parts.next(), parts.next())
            else {
                return Err(wrong);
            };
            let id = |hex: &[u8]| ObjectId::from_hex(hex).map_err(|_| wrong);
            let (old, new) = (id(old)?, id(new)?);
            if name.is_empty() || name.contains(&0) {
                return Err(wrong);
            }
            if old.kind() != new.kind() || *hash.get_or_insert(new.kind()) != new.kind() {
                return Err(UpdatesError::Mixed(n + 1));
            }
            let there = |id: ObjectId| (!id.is_null()).then_some(id);
            updates.push(Update { old: there(old), new: there(new), name: name.into() });
        }
        if updates.is_empty() { Err(UpdatesError::Empty) } else { Ok(Self(updates)) }
    }

    /// The refs, in git's order.
    pub fn iter(&self) -> std::slice::Iter<'_, Update> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Updates {
    type Item = &'a Update;
    type IntoIter = std::slice::Iter<'a, Update>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{Updates, UpdatesError};

    #[test]
    fn lines_of_both_lengths_with_any_name() {
        let (a, b, none) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let mut lines =
            format!("{a} {b} refs/heads/main\n{none} {a} refs/heads/x y\n").into_bytes();
        lines.extend(format!("{b} {none} refs/heads/").bytes().chain([0xff, b'\n']));
        let updates = Updates::parse(&lines).unwrap();
        let seen: Vec<_> = updates
            .iter()
            .map(|it| (it.old.is_some(), it.new.is_some(), it.name.as_slice()))
            .collect();
        assert_eq!(
            seen,
            [
                (true, true, &b"refs/heads/main"[..]),
                (false, true, b"refs/heads/x y"),
                (true, false, b"refs/heads/\xff"),
            ]
        );
        let (long, none) = ("c".repeat(64), "0".repeat(64));
        assert_eq!(Updates::parse(format!("{none} {long} r").as_bytes()).unwrap().iter().len(), 1);
    }

    #[test]
    fn what_is_not_git_s_is_named_by_its_line() {
        let (a, long) = ("a".repeat(40), "a".repeat(64));
        let fault = |lines: &str| Updates::parse(lines.as_bytes()).unwrap_err();
        assert_eq!(fault(""), UpdatesError::Empty);
        for line in [
            "\n",
            "x",
            "a b c",
            &format!("{a} {a}"),
            &format!("{a} {a} "),
            &format!("{a}  {a} r"),
            &format!("{a} {} r", &a[1..]),
            &format!("{a} {a} r\0"),
        ] {
            assert_eq!(fault(line), UpdatesError::Line(1), "{line}");
        }
        assert_eq!(fault(&format!("{a} {a} r\n\n")), UpdatesError::Line(2));
        assert_eq!(fault(&format!("{a} {a} r\n{a} {long} r\n")), UpdatesError::Mixed(2));
        assert_eq!(fault(&format!("{a} {a} r\n{long} {long} r\n")), UpdatesError::Mixed(2));
    }
}
