//! `patrol policy`: the ledger's rules for lives and leaks.

use std::collections::BTreeMap;

use clap::Subcommand;
use patrol_ledger::{Change, Policy};
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit};
use crate::ui::{Look, paint};

/// Show or change the ledger's policy
///
/// Every change is an event of the log.
///
///   default-expiry       how long a token lives if nothing is said: a duration, or never
///   max-lifetime         the longest a token may live: a duration, or none
///   leak-response        what happens to a token that leaks: revoke, suspend or report
///   leak-response.SCOPE  the same for tokens with a scope that SCOPE covers; default
///                        removes it. Of several that fit, the strictest counts
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  patrol policy
  patrol policy set max-lifetime 365d
  patrol policy set 'leak-response.ci:*' suspend"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the policy
    #[command(after_help = "\
Example:
  patrol policy show --format json")]
    Show,
    /// Change one rule of it
    #[command(after_help = "\
Examples:
  patrol policy set default-expiry 30d
  patrol policy set max-lifetime none
  patrol policy set leak-response suspend
  patrol policy set leak-response.ci:read report
  patrol policy set leak-response.ci:read default")]
    Set {
        /// Which rule: default-expiry, max-lifetime, leak-response or leak-response.SCOPE
        #[arg(value_name = "KEY")]
        key: String,
        /// Its new value: a duration, never, none; or revoke, suspend, report, default
        #[arg(value_name = "VALUE")]
        value: String,
    },
}

#[derive(Serialize)]
struct Answer {
    policy: Members,
}

/// The policy as JSON shows it; `null` where there is no bound.
#[derive(Serialize)]
struct Members {
    default_expiry: Option<String>,
    max_lifetime: Option<String>,
    leak_response: &'static str,
    leak_response_by_scope: BTreeMap<String, &'static str>,
}

impl From<&Policy> for Members {
    fn from(policy: &Policy) -> Self {
        let by_scope = policy.leak_response_by_scope.iter();
        Self {
            default_expiry: policy.default_expiry.map(|lifetime| lifetime.to_string()),
            max_lifetime: policy.max_lifetime.map(|lifetime| lifetime.to_string()),
            leak_response: policy.leak_response.as_str(),
            leak_response_by_scope: by_scope
                .map(|(scope, response)| (scope.to_string(), response.as_str()))
                .collect(),
        }
    }
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let policy = match args.what {
        Some(What::Set { key, value }) => {
            let change = Change::parse(&key, &value).map_err(|error| {
                CliError::usage(error.to_string()).hint("see `patrol help policy`")
            })?;
            let app = cx.open()?;
            app.set_policy(&cx.cli(), change)?;
            app.info()?.policy
        }
        Some(What::Show) | None => cx.open()?.info()?.policy,
    };
    if cx.ui.is_json() {
        cx.ui.json(&Answer { policy: (&policy).into() })?;
    } else {
        cx.ui.print(&lines(&policy))?;
    }
    Ok(Exit::Yes)
}

fn lines(policy: &Policy) -> String {
    let members = [
        Change::DefaultExpiry(policy.default_expiry),
        Change::MaxLifetime(policy.max_lifetime),
        Change::LeakResponse(policy.leak_response),
    ];
    let by_scope = policy.leak_response_by_scope.iter();
    let by_scope = by_scope
        .map(|(scope, response)| Change::LeakResponseByScope(scope.clone(), Some(*response)));
    let members: Vec<_> =
        members.into_iter().chain(by_scope).map(|member| member.key_and_value()).collect();
    let width = members.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
    let line = |(key, value): &(String, String)| {
        let key = paint(Look::Faint, &format!("{key:<width$}"));
        // Whoever wrote 365d finds it again.
        let years = value.strip_suffix('y').and_then(|years| years.parse::<u64>().ok());
        let days = years.map(|years| format!(" ({}d)", years.saturating_mul(365)));
        format!("{key}  {value}{}\n", days.unwrap_or_default())
    };
    members.iter().map(line).collect()
}
