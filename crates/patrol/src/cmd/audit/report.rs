//! `patrol audit report`: the register over a span of time.

use patrol_ledger::{Lifetime, Timestamp};

use super::answer::{self, To};
use crate::cmd::Context;
use crate::error::{CliError, Exit};

/// How far a report reaches back unless said otherwise.
const SPAN: Lifetime = Lifetime::days(90);

/// Report on the register over a span of time
///
/// Who held what at the start and at the end; what was issued, rotated, revoked and expired; from
/// exposure to detection to revocation; leavers; rotation age; tokens that never expire or that
/// nobody uses; scopes; changes of policy. Each section names the controls of SOC 2, ISO 27001, PCI
/// DSS and NIST 800-53 that it serves, and says what is not known. It ends with the log's size and
/// root. --format csv has every figure and cell as a line of its own; html is one page that needs
/// nothing else, to be handed on or printed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol audit report --from 2026-01-01 --to 2026-04-01
  patrol audit report --from 2026-01-01 --to 2027-01-01 --format html --output 2026.html")]
pub(crate) struct Args {
    /// From this instant on; 90 days before the end unless said otherwise
    #[arg(long, value_name = "INSTANT")]
    from: Option<Timestamp>,
    /// Until before this instant; now unless said otherwise
    #[arg(long, value_name = "INSTANT")]
    to: Option<Timestamp>,
    #[command(flatten)]
    to_file: To,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    super::span(args.from, args.to)?;
    let app = cx.open_to_tell()?;
    let now = app.now()?;
    if let Some(to) = args.to.filter(|to| *to > now) {
        let (to, now) = (to.in_words(), now.in_words());
        cx.ui.warn(&format!("{to} is yet to come: the report ends now, at {now}"));
    }
    let to = args.to.unwrap_or(Timestamp::MAX);
    let from = args.from.unwrap_or_else(|| to.min(now).minus(SPAN));
    let report = {
        let _progress = cx.ui.progress("reading the log");
        app.report(from, to)?
    };
    answer::give(&report, &report.document(), &args.to_file, cx)?;
    Ok(Exit::Yes)
}
