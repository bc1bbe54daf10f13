//! What git hands to its hooks by environment variables, as a value: this crate reads none itself.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The git variables that say where a repository's parts are. Relative paths are taken from the
/// path that the source is asked for, which in a hook is the current directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitEnvironment {
    /// `GIT_DIR`: no repository is looked for.
    pub git_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_COMMON_DIR`.
    pub common_dir: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: in a hook the index of the commit being made, which need not be the
    /// repository's own.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: while a push is received, the quarantine.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`: read beside the object directory.
    pub alternate_object_directories: Vec<PathBuf>,
    /// `GIT_CEILING_DIRECTORIES`: a repository is not looked for above these.
    pub ceiling_directories: Vec<PathBuf>,
}

impl GitEnvironment {
    /// Picks the git variables out of an environment, such as `std::env::vars_os()`.
    pub fn from_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut it = Self::default();
        for (name, value) in vars {
            // Git takes an empty variable for one that is not set, as far as paths go.
            if value.is_empty() {
                continue;
            }
            match name.as_bytes() {
                b"GIT_DIR" => it.git_dir = Some(value.into()),
                b"GIT_WORK_TREE" => it.work_tree = Some(value.into()),
                b"GIT_COMMON_DIR" => it.common_dir = Some(value.into()),
                b"GIT_INDEX_FILE" => it.index_file = Some(value.into()),
                b"GIT_OBJECT_DIRECTORY" => it.object_directory = Some(value.into()),
                b"GIT_ALTERNATE_OBJECT_DIRECTORIES" => {
                    it.alternate_object_directories = path_list(&value);
                }
                b"GIT_CEILING_DIRECTORIES" => it.ceiling_directories = path_list(&value),
                _ => {}
            }
        }
        it
    }

    /// The same with every path absolute, as seen from `base`.
    pub(crate) fn seen_from(&self, base: &Path) -> Self {
        let join = |path: &PathBuf| base.join(path);
        let list = |paths: &[PathBuf]| paths.iter().map(join).collect();
        Self {
            git_dir: self.git_dir.as_ref().map(join),
            work_tree: self.work_tree.as_ref().map(join),
            common_dir: self.common_dir.as_ref().map(join),
            index_file: self.index_file.as_ref().map(join),
            object_directory: self.object_directory.as_ref().map(join),
            alternate_object_directories: list(&self.alternate_object_directories),
            ceiling_directories: list(&self.ceiling_directories),
        }
    }
}

/// Splits at colons. Git writes a path that holds a colon in quotes, as in C.
fn path_list(value: &OsStr) -> Vec<PathBuf> {
    let mut rest = value.as_bytes();
    let mut paths = Vec::new();
    while !rest.is_empty() {
        let mut path = Vec::new();
        if rest.first() == Some(&b'"') {
            rest = &rest[1..];
            while let Some((byte, more)) = rest.split_first() {
                rest = more;
                match byte {
                    b'"' => break,
                    b'\\' => {
                        let (byte, more) = unescape(rest);
                        path.extend(byte);
                        rest = more;
                    }
                    byte => path.push(*byte),
                }
            }
            rest = rest.strip_prefix(b":").unwrap_or(rest);
        } else {
            let end = memchr::memchr(b':', rest).unwrap_or(rest.len());
            path.extend_from_slice(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        if !path.is_empty() {
            paths.push(PathBuf::from(OsStr::from_bytes(&path)));
        }
    }
    paths
}

/// The byte after a backslash in git's C quoting, and what follows.
fn unescape(rest: &[u8]) -> (Option<u8>, &[u8]) {
    if let [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', more @ ..] = rest {
        return (Some((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0')), more);
    }
    match rest.split_first() {
        Some((byte, more)) => {
            let byte = match byte {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'a' => 7,
                b'b' => 8,
                b'v' => 11,
                b'f' => 12,
                byte => *byte,
            };
            (Some(byte), more)
        }
        None => (None, rest),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::PathBuf;

    use super::path_list;

    #[test]
    fn lists_as_git_writes_them() {
        let paths = |text: &str| path_list(OsStr::new(text));
        assert_eq!(paths("/a:/b"), [PathBuf::from("/a"), "/b".into()]);
        assert_eq!(paths("\"/a:\\\"\\303\\251\":b"), [PathBuf::from("/a:\"é"), "b".into()]);
        assert_eq!(paths(":"), Vec::<PathBuf>::new());
    }
}
