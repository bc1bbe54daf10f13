//! The JSON lines of `patrol watch`, version 1. The member names are a contract with scripts; new
//! ones may come, these stay.

use std::borrow::Cow;

use patrol_scan::report::FindingV1;
use patrol_scan::{Finding, plain_system_words};
use patrol_watch::Event;
use serde::Serialize;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum EventV1<'a> {
    Ready { repositories: usize },
    RepositoryAdded { repository: &'a str },
    RepositoryGone { repository: &'a str },
    Finding { finding: Box<FindingV1> },
    Revoked(Done),
    Suspended(Done),
    Reported(Done),
    Unsaved(Done),
    Warning { kind: &'static str, repository: Option<&'a str>, message: Cow<'a, str> },
    Stopped,
}

/// What happened to a token, and because of what.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    token_id: Option<String>,
    owner: Option<String>,
    finding: Box<FindingV1>,
}

impl From<&Finding> for Done {
    fn from(finding: &Finding) -> Self {
        Self {
            token_id: finding.own().map(|token| token.id.to_string()),
            owner: finding.owner.clone(),
            finding: Box::new(finding.into()),
        }
    }
}

impl<'a> From<&'a Event> for EventV1<'a> {
    fn from(event: &'a Event) -> Self {
        match event {
            Event::Ready { repositories } => Self::Ready { repositories: *repositories },
            Event::RepositoryAdded { repository } => Self::RepositoryAdded { repository },
            Event::RepositoryGone { repository } => Self::RepositoryGone { repository },
            Event::Finding(finding) => Self::Finding { finding: Box::new((&**finding).into()) },
            Event::Revoked(finding) => Self::Revoked((&**finding).into()),
            Event::Suspended(finding) => Self::Suspended((&**finding).into()),
            Event::Reported(finding) => Self::Reported((&**finding).into()),
            Event::Unsaved(finding) => Self::Unsaved((&**finding).into()),
            Event::Warning(warning) => Self::Warning {
                kind: warning.kind.as_str(),
                repository: warning.repository.as_deref(),
                message: plain_system_words(&warning.message),
            },
            Event::Stopped => Self::Stopped,
        }
    }
}
