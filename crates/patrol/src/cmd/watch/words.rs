//! Events for people: what was found and done on standard output, the rest beside it.

use patrol_scan::report::short_id;
use patrol_scan::{Action, Finding, Status};
use patrol_watch::Event;

use crate::error::CliError;
use crate::ui::{Look, Ui, paint, shown};

/// Tells of one event.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn tell(event: &Event, ui: &Ui) -> Result<(), CliError> {
    match event {
        Event::Ready { repositories: 1 } => ui.note("ready: watching 1 repository"),
        Event::Ready { repositories } => {
            ui.note(&format!("ready: watching {repositories} repositories"));
        }
        Event::RepositoryAdded { repository } => ui.note(&format!("reading {repository}")),
        Event::RepositoryGone { repository } => {
            ui.note(&format!("{repository} is gone; it is followed again when it comes back"));
        }
        Event::Revoked(finding) => return line(Look::Error, "revoked", finding, ui),
        Event::Suspended(finding) => return line(Look::Error, "suspended", finding, ui),
        Event::Reported(finding) => {
            return line(Look::Warning, "live, and left so by policy:", finding, ui);
        }
        Event::Unsaved(finding) => return line(Look::Warning, "not committed yet:", finding, ui),
        Event::Finding(finding) => match (finding.status, finding.action) {
            (Some(Status::Unknown), _) => {
                return line(Look::Warning, "no token of this ledger:", finding, ui);
            }
            // Every start finds what is in history; that it has ended is no news.
            (Some(status @ Status::Expired), _) | (Some(status), Action::Already)
                if ui.is_verbose() =>
            {
                return line(Look::Faint, &format!("already {}:", status.as_str()), finding, ui);
            }
            // What was done about it is the next event.
            _ => {}
        },
        Event::Warning(warning) => match &warning.repository {
            Some(repository) => ui.warn(&format!("{repository}: {}", warning.message)),
            None => ui.warn(&warning.message),
        },
        Event::Stopped => ui.note("stopped"),
    }
    Ok(())
}

fn line(look: Look, what: &str, finding: &Finding, ui: &Ui) -> Result<(), CliError> {
    let owner = finding.owner.as_deref().map(|owner| format!(" of {}", shown(owner)));
    ui.print(&format!(
        "{} {}{}\n  {}\n",
        paint(look, what),
        paint(Look::Strong, finding.secret.redacted()),
        owner.unwrap_or_default(),
        paint(Look::Faint, &place(finding)),
    ))
}

/// Where, and by whom.
fn place(finding: &Finding) -> String {
    let at = &finding.location;
    let path = at.path.as_ref().map(ToString::to_string);
    let what = path.or_else(|| at.reference.clone()).unwrap_or_default();
    let commit = at.commit.as_deref().map(|id| format!("commit {}", short_id(id)));
    let author = at.author.as_deref().map(|author| format!("by {}", shown(author)));
    let repository = at.repository.as_deref().map(|repository| format!("in {}", shown(repository)));
    let place = format!("{}:{}:{} ({})", shown(&what), at.line, at.column, at.source.as_str());
    let parts = [Some(place), commit, author, repository];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
