//! Contents with findings in them, read again for what a report tells of their lines. What cannot
//! be had is left out of the report: it was searched before, and this is a convenience.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::rc::Rc;

use patrol_scan::report::{Line, Text};
use patrol_scan::source::git::{Contents, GitEnvironment};
use patrol_scan::{Finding, Location, SourceKind};

/// The largest content that is read again, in bytes.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Findings come in the order of reports, so the last content is most often the next one's.
#[derive(Default)]
pub(super) struct Texts {
    last: RefCell<Option<(Name, Option<Rc<Text>>)>>,
    repositories: RefCell<BTreeMap<String, Option<Contents>>>,
}

/// What tells contents apart.
#[derive(PartialEq, Eq)]
struct Name(Option<Vec<u8>>, Option<String>);

impl Texts {
    /// The line of a finding.
    pub(super) fn line(&self, finding: &Finding) -> Option<Line> {
        let at = &finding.location;
        if at.archive.is_some() {
            return None;
        }
        let path = at.path.as_ref().map(|path| path.to_vec());
        let name = match at.source {
            SourceKind::Worktree => Name(path, None),
            SourceKind::Index | SourceKind::Blob | SourceKind::Note => {
                Name(None, at.object.clone())
            }
            _ => return None,
        };
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|(known, _)| *known != name) {
            let text = self.read(at).map(|content| Rc::new(Text::new(content)));
            *last = Some((name, text));
        }
        last.as_ref().and_then(|(_, text)| text.as_ref()?.line(finding))
    }

    fn read(&self, at: &Location) -> Option<Vec<u8>> {
        match &at.object {
            None => file(at),
            Some(object) => {
                let name = at.repository.clone()?;
                let mut repositories = self.repositories.borrow_mut();
                let repository = repositories.entry(name).or_insert_with_key(|name| {
                    Contents::open(Path::new(name), &GitEnvironment::default()).ok()
                });
                let content = repository.as_ref()?.blob(object)?;
                (content.len() as u64 <= MAX_BYTES).then_some(content)
            }
        }
    }
}

/// A regular file's content; of anything else there is none to be had without waiting.
fn file(at: &Location) -> Option<Vec<u8>> {
    let path = Path::new(std::ffi::OsStr::from_bytes(at.path.as_ref()?));
    let meta = std::fs::symlink_metadata(path).ok()?;
    if !meta.is_file() || meta.len() > MAX_BYTES {
        return None;
    }
    let mut content = Vec::new();
    std::fs::File::open(path).ok()?.take(MAX_BYTES + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= MAX_BYTES).then_some(content)
}
