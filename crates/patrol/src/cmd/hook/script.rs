//! The text of hooks. Pure: plain `sh`, whole and readable where it lies.
//!
//! A hook that was there before is kept beside and called with the same arguments and the same
//! input; its exit code counts. Before a commit it goes first, as it may change what is committed;
//! before a push it goes last, as it may send things itself, and on a server, as it may act on what
//! is then taken over.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::Kind;

/// By this line, the second of the file, a hook is known as one of patrol's.
const MARK: &[u8] = b"# patrol hook v1";

/// The ending of the name under which a hook that was there before is kept.
pub(super) const KEPT: &str = ".patrol-chained";

/// Hooks that a folder for all repositories has to pass on, or a repository's own would be silent.
/// Left out are those whose mere presence changes what git does.
pub(super) const PASSED_ON: [&str; 21] = [
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "reference-transaction",
    "sendemail-validate",
    "update",
];

/// The hook `name`, which calls `program`, with these arguments if it is a server's. In a folder for all repositories it calls the
/// repository's own hook as well.
pub(super) fn hook(
    kind: Kind,
    name: &str,
    program: &Path,
    is_global: bool,
    arguments: &str,
) -> Vec<u8> {
    let others = if is_global { "\"$kept\" \"$own\"" } else { "\"$kept\"" };
    let mut text = head(name);
    text.extend_from_slice(b"patrol=");
    text.extend(quoted(program));
    text.push(b'\n');
    text.extend_from_slice(b"kept=$0");
    text.extend_from_slice(KEPT.as_bytes());
    text.push(b'\n');
    if is_global {
        text.extend_from_slice(own(name).as_bytes());
    }
    text.extend_from_slice(gone(kind).as_bytes());
    let rest = match kind {
        Kind::PreCommit => format!(
            "for hook in {others}; do\n    [ ! -x \"$hook\" ] || \"$hook\" \"$@\" || exit $?\ndone\n\
             exec \"$patrol\" hook run --kind pre-commit\n"
        ),
        // The address is not passed on: it may hold a password, and arguments are seen by others.
        // Standard output is git's own here, and read by whoever runs `git push --porcelain`.
        Kind::PrePush => format!(
            "lines=$(cat && echo .) || exit 1\nlines=${{lines%.}}\n\
             remote=$1\n[ \"$1\" != \"$2\" ] || remote=\n\
             printf '%s' \"$lines\" | \"$patrol\" hook run --kind pre-push -- \"$remote\" >&2 || exit $?\n\
             for hook in {others}; do\n    [ ! -x \"$hook\" ] || printf '%s' \"$lines\" | \"$hook\" \"$@\" || exit $?\ndone\n"
        ),
        Kind::PreReceive => format!(
            "lines=$(cat && echo .) || exit 1\nlines=${{lines%.}}\n\
             printf '%s' \"$lines\" | \"$patrol\" hook run --kind pre-receive{arguments} || exit $?\n\
             for hook in {others}; do\n    [ ! -x \"$hook\" ] || printf '%s' \"$lines\" | \"$hook\" \"$@\" || exit $?\ndone\n"
        ),
    };
    text.extend_from_slice(rest.as_bytes());
    text
}

/// A hook for all repositories that only calls the repository's own.
pub(super) fn pass_on(name: &str) -> Vec<u8> {
    let mut text = head(name);
    text.extend_from_slice(own(name).as_bytes());
    text.extend_from_slice(b"[ ! -x \"$own\" ] || exec \"$own\" \"$@\"\n");
    text
}

/// Whether this is the text of one of patrol's hooks.
pub(super) fn is_ours(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').nth(1).is_some_and(|line| line.starts_with(MARK))
}

/// The program that one of patrol's hooks calls.
pub(super) fn program(text: &[u8]) -> Option<PathBuf> {
    let start = text.windows(8).position(|it| it == b"\npatrol=")? + 8;
    let mut rest = text[start..].strip_prefix(b"'")?;
    let mut path = Vec::new();
    loop {
        let end = rest.iter().position(|byte| *byte == b'\'')?;
        path.extend_from_slice(&rest[..end]);
        match rest[end..].strip_prefix(b"'\\''") {
            Some(more) => {
                path.push(b'\'');
                rest = more;
            }
            None => return Some(PathBuf::from(std::ffi::OsString::from_vec(path))),
        }
    }
}

fn head(name: &str) -> Vec<u8> {
    let mark = String::from_utf8_lossy(MARK);
    let text = format!(
        "#!/bin/sh\n{mark}: {name}\n# Written by `patrol hook install`; `patrol hook uninstall` \
         puts back what was here before.\n"
    );
    text.into_bytes()
}

/// The repository's own hook, unless that is this file. While `git init` and `git clone` make one,
/// hooks are run in what is no repository yet, and has no hook of its own.
fn own(name: &str) -> String {
    format!(
        "own=$(git rev-parse --git-common-dir 2>/dev/null)/hooks/{name} || own=\n[ ! \"$own\" -ef \"$0\" ] || own=\n"
    )
}

/// What is said when the program is gone. GitLab shows only lines that are marked for it.
fn gone(kind: Kind) -> String {
    let format = match kind {
        Kind::PreReceive => "\"${GL_ID:+GL-HOOK-ERR: }patrol: %s\\n\"",
        Kind::PreCommit | Kind::PrePush => "'patrol: %s\\n'",
    };
    GONE.replace("FORMAT", format)
}

const GONE: &str = "\
if ! [ -x \"$patrol\" ]; then
    printf FORMAT \\
        \"$patrol is not there any more, so nothing was checked, and git is stopped here\" \\
        \"run 'hook install' of the new one, or delete this hook: $0\" >&2
    exit 1
fi
";

/// A path in single quotes.
fn quoted(path: &Path) -> Vec<u8> {
    let mut out = vec![b'\''];
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            byte => out.push(*byte),
        }
    }
    out.push(b'\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_known_again_with_its_program() {
        for path in ["/usr/bin/patrol", "/it's here/p $HOME `x`", "/a'b'/c\nd"] {
            for kind in [Kind::PreCommit, Kind::PrePush, Kind::PreReceive] {
                let text = hook(kind, kind.as_str(), Path::new(path), false, " --revoke");
                assert!(is_ours(&text));
                assert_eq!(program(&text), Some(PathBuf::from(path)));
            }
        }
        assert!(is_ours(&pass_on("commit-msg")) && program(&pass_on("commit-msg")).is_none());
        assert!(!is_ours(b"#!/bin/sh\nexec other\n# patrol hook v1\n") && !is_ours(b""));
    }
}
