//! Which changes inside a git directory are worth a look. Pure.
//!
//! Git moves a ref last, after the objects it names are complete, so only refs and their logs
//! matter: never `objects/`, never the index (what is only added may still be taken back).

use std::path::{Component, Path};

/// What a change of a file in a git directory may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relevance {
    /// Nothing that holds content.
    Nothing,
    /// A ref, a log or a pseudo-ref may have moved.
    Refs,
    /// A directory of refs or logs may have come or gone: what is watched must be looked at anew.
    Shape,
}

/// The directories whose content is refs, logs or private parts of linked work trees.
pub const WATCHED_BELOW: [&str; 4] = ["refs", "logs", "worktrees", "reftable"];

/// Judges `path`, relative to the common git directory.
pub fn relevance(path: &Path) -> Relevance {
    let mut parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str().or(Some("\u{fffd}")),
        _ => None,
    });
    let Some(first) = parts.next() else {
        // The directory itself: moved, deleted, or its mode changed.
        return Relevance::Shape;
    };
    let second = parts.next();
    let last = path.file_name().and_then(|name| name.to_str()).unwrap_or("\u{fffd}");
    if is_lock(last) {
        return Relevance::Nothing;
    }
    match (first, second) {
        ("refs" | "logs" | "worktrees" | "reftable" | "modules", None) => Relevance::Shape,
        ("refs" | "logs" | "reftable", Some(_)) => Relevance::Refs,
        // A submodule comes or goes. What happens in it is its own directory's to tell.
        ("modules", Some(_)) if parts.next().is_none() => Relevance::Shape,
        // `worktrees/<name>` appears with its work tree.
        ("worktrees", Some(_)) => match parts.next() {
            None => Relevance::Shape,
            Some("refs" | "logs") => Relevance::Refs,
            Some(name) if parts.next().is_none() => top_level(name),
            Some(_) => Relevance::Nothing,
        },
        (name, None) => top_level(name),
        _ => Relevance::Nothing,
    }
}

/// A file directly in a git directory.
fn top_level(name: &str) -> Relevance {
    let pseudo_ref = name == "HEAD" || name.ends_with("_HEAD");
    // `shallow` moves when history behind the boundary arrives, and no ref does then.
    match name {
        "packed-refs" | "shallow" => Relevance::Refs,
        _ if pseudo_ref => Relevance::Refs,
        _ => Relevance::Nothing,
    }
}

/// Lock files become what they stand for by a rename, and that is seen as such.
fn is_lock(name: &str) -> bool {
    name.ends_with(".lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs_and_logs_count_and_little_else() {
        use Relevance::{Nothing, Refs, Shape};
        for (path, expected) in [
            ("", Shape),
            ("HEAD", Refs),
            ("HEAD.lock", Nothing),
            ("FETCH_HEAD", Refs),
            ("ORIG_HEAD", Refs),
            ("packed-refs", Refs),
            ("shallow", Refs),
            ("packed-refs.new", Nothing),
            ("packed-refs.lock", Nothing),
            ("refs", Shape),
            ("refs/heads/main", Refs),
            ("refs/heads/main.lock", Nothing),
            ("refs/heads/feature", Refs),
            ("refs/heads/feature.new", Refs),
            ("refs/stash", Refs),
            ("logs", Shape),
            ("logs/HEAD", Refs),
            ("logs/refs/stash", Refs),
            ("reftable/tables.list", Refs),
            ("reftable/tables.list.lock", Nothing),
            ("worktrees", Shape),
            ("worktrees/side", Shape),
            ("worktrees/side/HEAD", Refs),
            ("worktrees/side/logs/HEAD", Refs),
            ("worktrees/side/refs/bisect/bad", Refs),
            ("worktrees/side/index", Nothing),
            ("worktrees/side/index.lock", Nothing),
            ("index", Nothing),
            ("config", Nothing),
            ("COMMIT_EDITMSG", Nothing),
            ("objects/ab/cdef", Nothing),
            ("objects/pack/pack-1.pack", Nothing),
            ("modules", Shape),
            ("modules/x", Shape),
            ("modules/x/HEAD", Nothing),
        ] {
            assert_eq!(relevance(Path::new(path)), expected, "{path}");
        }
    }
}
