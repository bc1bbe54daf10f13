//! What a push would send, from the lines that git hands to a pre-push hook. Pure.

use patrol_scan::source::git::Revisions;

use crate::error::CliError;

/// What a push would send.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Push {
    /// New ends of refs.
    tips: Vec<String>,
    /// What the other side has at these refs.
    known: Vec<String>,
    /// The names the refs will have there, which are published, too.
    pub(super) names: Vec<Vec<u8>>,
}

impl Push {
    /// Reads lines of `<local ref> <local id> <remote ref> <remote id>`. The local ref is whatever
    /// somebody wrote, such as `HEAD~`, so each line is read from the right.
    ///
    /// # Errors
    /// A line that is not of this form: then it is not known what is sent, and nothing should be.
    pub(super) fn read(lines: &[u8]) -> Result<Self, CliError> {
        let mut push = Self::default();
        let lines = lines.split(|byte| *byte == b'\n').enumerate();
        for (n, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let wrong = || {
                CliError::usage(format!("line {} of standard input is not git's", n + 1)).hint(
                    "git calls this from its pre-push hook, with a line for each ref: \
                     <local ref> <local id> <remote ref> <remote id>",
                )
            };
            let mut parts = line.rsplitn(4, |byte| *byte == b' ');
            let (Some(remote), Some(name), Some(local), Some(_)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Err(wrong());
            };
            let (Some(remote), Some(local)) = (id(remote), id(local)) else { return Err(wrong()) };
            let is_nothing = |id: &str| id.bytes().all(|byte| byte == b'0');
            if is_nothing(&local) {
                // A ref is deleted there; that publishes nothing.
                continue;
            }
            push.tips.push(local);
            push.known.extend((!is_nothing(&remote)).then_some(remote));
            push.names.push(name.to_vec());
        }
        Ok(push)
    }

    /// Whether nothing is sent.
    pub(super) fn is_empty(&self) -> bool {
        self.tips.is_empty()
    }

    /// The commits that would be sent: what neither the refs there nor `published`, which was
    /// fetched from there, reaches.
    pub(super) fn revisions(&self, published: Vec<String>) -> Revisions {
        let not = [self.known.clone(), published].concat();
        Revisions::Tips { tips: self.tips.clone(), not, not_refs: Vec::new() }
    }
}

/// What was fetched from `remote`: of `refs`, with their ids, those that track it. Those of another
/// remote whose name begins with this one's and a slash stand beside them.
pub(super) fn tracking(
    remote: &str,
    remotes: &[String],
    refs: Vec<(String, String)>,
) -> Vec<String> {
    let place = |remote: &str| format!("refs/remotes/{remote}/");
    let own = place(remote);
    let others = remotes.iter().map(|other| place(other));
    let others: Vec<_> = others.filter(|it| *it != own && it.starts_with(&own)).collect();
    let is_own =
        |name: &str| name.starts_with(&own) && !others.iter().any(|other| name.starts_with(other));
    refs.into_iter().filter(|(name, _)| is_own(name)).map(|(_, id)| id).collect()
}

/// An object id in hexadecimal, SHA-1 or SHA-256.
fn id(bytes: &[u8]) -> Option<String> {
    let is_hex = bytes.iter().all(u8::is_ascii_hexdigit) && matches!(bytes.len(), 40 | 64);
    is_hex.then(|| String::from_utf8_lossy(bytes).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lines_count_and_are_read_from_the_right() {
        let (a, b, none) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let lines = format!(
            "refs/heads/main {a} refs/heads/main {b}\n\
             HEAD@{{2 days ago}} {b} refs/heads/new {none}\n\
             (delete) {none} refs/heads/old {a}\n"
        );
        let push = Push::read(lines.as_bytes()).unwrap();
        assert_eq!(push.names, [&b"refs/heads/main"[..], b"refs/heads/new"]);
        let fetched = "c".repeat(40);
        let Revisions::Tips { tips, not, not_refs } = push.revisions(vec![fetched.clone()]) else {
            panic!()
        };
        assert_eq!((tips, not), (vec![a, b.clone()], vec![b, fetched]));
        assert!(not_refs.is_empty());
        assert!(Push::read(b"").unwrap().is_empty());
    }

    #[test]
    fn refs_of_a_remote_with_a_longer_name_are_not_this_one_s() {
        let names = ["origin/main", "origin/x/main", "origin/xy", "origins/main"];
        let refs = names.map(|name| (format!("refs/remotes/{name}"), name.to_owned()));
        let remotes = ["origin", "origin/x", "origins"].map(str::to_owned);
        let own = |remotes: &[String]| tracking("origin", remotes, refs.to_vec());
        assert_eq!(own(&remotes), ["origin/main", "origin/xy"]);
        assert_eq!(own(&remotes[..1]), ["origin/main", "origin/x/main", "origin/xy"]);
    }

    #[test]
    fn what_is_not_git_s_is_refused() {
        let a = "a".repeat(40);
        let lines = ["x", "a b c d", &format!("main {a} x {}", &a[1..]), &format!("{a} x {a}")];
        for line in lines {
            assert!(Push::read(line.as_bytes()).is_err(), "{line}");
        }
        let long = "c".repeat(64);
        assert!(!Push::read(format!("m {long} r {long}").as_bytes()).unwrap().is_empty());
    }
}
