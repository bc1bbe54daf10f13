//! Which commits a range is: what a person or a hook writes, resolved to ids.

use std::path::PathBuf;

use gix::ObjectId;
use gix::objs::Kind;
use gix::revision::plumbing::Spec;

use super::commit::Commit;
use super::names::Refs;
use super::open::Repo;
use super::small::holding_up;
use super::tags;
use crate::error::reason;
use crate::{Coverage, ScanError, redact_lossy};

/// Which commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revisions {
    /// As a person writes it: `A..B`, `A..` (to HEAD), `..B`, `A...B`, or one revision, which
    /// stands for that commit alone.
    Spec(String),
    /// As a hook knows it: what is reachable from `tips` and not from elsewhere. Tips are object
    /// ids in hexadecimal and must be here; what `not` names may be unknown here, it is what the
    /// other side has.
    Tips {
        /// The new ids.
        tips: Vec<String>,
        /// Ids that are known already.
        not: Vec<String>,
        /// Beginnings of ref names, such as `refs/remotes/`: what they point to is known already.
        not_refs: Vec<String>,
    },
}

/// The ends of a range.
#[derive(Default)]
pub(crate) struct Chosen {
    pub(crate) tips: Vec<ObjectId>,
    pub(crate) hidden: Vec<ObjectId>,
    /// The tips themselves, without what they are reachable from.
    pub(crate) alone: bool,
}

/// Resolves revisions to ids.
///
/// # Errors
/// A revision that names nothing here.
pub(crate) fn choose(repo: &Repo, revisions: &Revisions) -> Result<Chosen, ScanError> {
    let mut chosen = Chosen::default();
    match revisions {
        Revisions::Spec(spec) => return resolve(repo, spec),
        Revisions::Tips { tips, not, not_refs } => {
            for tip in tips {
                let id = repo.id(tip.as_bytes()).filter(|id| repo.odb.has(id));
                let missing = || unknown(tip, "there is no object of that name".to_owned());
                chosen.tips.push(id.ok_or_else(missing)?);
            }
            chosen.hidden.extend(not.iter().filter_map(|id| repo.id(id.as_bytes())));
            if !not_refs.is_empty() {
                // A ref that cannot be read hides nothing: more is searched then.
                let refs = Refs::read(repo, &mut Coverage::default());
                let known = |name: &[u8]| not_refs.iter().any(|r| name.starts_with(r.as_bytes()));
                let refs = refs.tips.into_iter().filter(|tip| known(&tip.name));
                chosen.hidden.extend(refs.map(|tip| tip.id));
            }
        }
    }
    Ok(chosen)
}

/// Resolves what a person wrote. Opened isolated: no configuration but the repository's own, no
/// environment, no includes, no replacement refs.
fn resolve(repo: &Repo, text: &str) -> Result<Chosen, ScanError> {
    let dirs = vec![repo.paths.git_dir.clone(), repo.paths.common_dir.clone()];
    let below = |name| dirs.iter().map(move |dir: &PathBuf| dir.join(name));
    let named = below("refs").chain(below("logs")).collect();
    if let Some(file) = holding_up(dirs.clone(), false).or_else(|| holding_up(named, true)) {
        let why = format!("{} is no regular file", super::discover::text(&file));
        return Err(ScanError::Repository { path: repo.name.clone(), why });
    }
    let options = gix::open::Options::isolated()
        .with(gix::sec::Trust::Full)
        .open_path_as_is(true)
        .config_overrides(["core.useReplaceRefs=false"]);
    let opened = gix::open_opts(&repo.paths.git_dir, options)
        .map_err(|error| ScanError::Repository { path: repo.name.clone(), why: reason(&error) })?;
    // Git reads an absent end as HEAD.
    let (text, given) = match (text.strip_suffix(".."), text.strip_prefix("..")) {
        (Some(_), None) => (format!("{text}HEAD"), text),
        (None, Some(_)) => (format!("HEAD{text}"), text),
        _ => (text.to_owned(), text),
    };
    tags::check(repo, &opened, &text).map_err(|why| unknown(given, why))?;
    let spec = opened
        .rev_parse(text.as_str())
        .map_err(|_| {
            let cut = if repo.shallow().is_empty() { "" } else { ", which is a shallow clone" };
            unknown(given, format!("one of its sides names no commit in this repository{cut}"))
        })?
        .detach();
    let parents = |id: ObjectId| {
        let mut body = Vec::new();
        match repo.odb.read(&id, &mut body) {
            Ok(Kind::Commit) => Commit::parse(id, &body).parents,
            Ok(_) | Err(_) => Vec::new(),
        }
    };
    Ok(match spec {
        Spec::Include(id) => Chosen { tips: vec![id], alone: true, ..Chosen::default() },
        Spec::ExcludeParents(id) => {
            Chosen { tips: vec![id], hidden: parents(id), ..Chosen::default() }
        }
        Spec::Range { from, to } => {
            Chosen { tips: vec![to], hidden: vec![from], ..Chosen::default() }
        }
        Spec::Merge { theirs, ours } => {
            // Of both sides what the other has not; their common part is what both reach.
            let bases = opened
                .merge_bases_many(theirs, &[ours])
                .map_err(|error| unknown(given, reason(&error)))?;
            let hidden = bases.into_iter().map(gix::Id::detach).collect();
            Chosen { tips: vec![theirs, ours], hidden, ..Chosen::default() }
        }
        Spec::IncludeOnlyParents(id) => Chosen { tips: parents(id), ..Chosen::default() },
        Spec::Exclude(_) => {
            return Err(unknown(given, "it only leaves commits out".to_owned()));
        }
    })
}

fn unknown(spec: &str, why: String) -> ScanError {
    ScanError::Revision { spec: redact_lossy(spec.as_bytes()), why }
}
