//! Tags that lead round in circles. A tag's id covers what it names, but what is stored under an id
//! may be something else; the library that reads revisions follows such a tag for ever, so what a
//! revision names is looked at before.

use std::collections::HashSet;

use gix::ObjectId;
use gix::objs::Kind;

use super::names::Refs;
use super::object;
use super::odb::Odb;
use super::open::Repo;
use crate::Coverage;

/// What a chain of tags ends in; `None`: in a circle.
pub(crate) fn bottom(odb: &Odb, mut id: ObjectId) -> Option<ObjectId> {
    let mut body = Vec::new();
    let mut seen = HashSet::new();
    while seen.insert(id) {
        match odb.read(&id, &mut body) {
            Ok(Kind::Tag) => match object::tag_target(&body, odb.hash()) {
                Some(target) => id = target,
                None => return Some(id),
            },
            _ => return Some(id),
        }
    }
    None
}

/// Makes sure that none of the tags that a revision may name leads round in circles.
///
/// # Errors
/// Which one does.
pub(crate) fn check(repo: &Repo, opened: &gix::Repository, spec: &str) -> Result<(), String> {
    let names = || spec.split("..").map(|side| name(side.trim_start_matches(['.', '^'])));
    let mut ids = HashSet::new();
    for name in names() {
        // The beginning of an id, or the end of what `git describe` says, may stand for several,
        // and to choose among them they are followed.
        let hex = name.rsplit("-g").next().unwrap_or(name);
        if let Ok(prefix) = gix::hash::Prefix::from_hex(hex) {
            let mut all = HashSet::new();
            drop(opened.objects.lookup_prefix(prefix, Some(&mut all)));
            ids.extend(all);
        }
    }
    // A message is looked for from all refs.
    if spec.contains(":/") {
        let refs = Refs::read(repo, &mut Coverage::default());
        ids.extend(refs.tips.into_iter().map(|tip| tip.id));
    }
    end(&repo.odb, ids)?;
    // By itself a name is not followed. One that names nothing is for the library to refuse.
    end(
        &repo.odb,
        names().filter_map(|name| opened.rev_parse_single(name).ok()).map(gix::Id::detach),
    )
}

/// Makes sure that following these comes to an end.
fn end(odb: &Odb, ids: impl IntoIterator<Item = ObjectId>) -> Result<(), String> {
    match ids.into_iter().find(|id| bottom(odb, *id).is_none()) {
        Some(id) => Err(format!("the tag {id} leads round in circles")),
        None => Ok(()),
    }
}

/// What is named, without what is to be made of it. A name may end in braces, as in `main@{1}`.
fn name(side: &str) -> &str {
    let mut depth = 0usize;
    let end = side.find(|character| match character {
        '{' => {
            depth += 1;
            false
        }
        '}' => {
            depth = depth.saturating_sub(1);
            false
        }
        '^' | '~' | ':' => depth == 0,
        _ => false,
    });
    &side[..end.unwrap_or(side.len())]
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_name_ends_where_something_is_made_of_it() {
        for (side, wanted) in [
            ("main", "main"),
            ("v1^{commit}", "v1"),
            ("v1~3^2", "v1"),
            ("main@{1}^0", "main@{1}"),
            ("main@{2026-01-01 10:00:00}~1", "main@{2026-01-01 10:00:00}"),
            ("v1:a/path", "v1"),
            (":/words", ""),
            ("", ""),
        ] {
            assert_eq!(name(side), wanted, "{side}");
        }
    }
}
