//! `patrol audit review`: campaigns in which others than the owners say what is still needed.

use std::collections::BTreeSet;

use patrol_app::App;
use patrol_app::audit::{ReviewScope, ReviewView, reviews_document};
use patrol_ledger::{Scope, Selector, Verdict};
use patrol_token::TokenId;
use serde::Serialize;
use ulid::Ulid;

use super::answer::{self, To};
use crate::cmd::Context;
use crate::error::{CliError, Exit};
use crate::input::Which;

/// Review who still needs what, and sign it off
///
/// A review is about the tokens that live when it starts. Whoever acts (--actor) is the reviewer;
/// nobody reviews their own tokens. Each verdict has a reason; a token that is not kept ends with
/// the verdict. A review closes when something was said of every token that still lives.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples, in the order of a review:
  patrol audit review start --name 'second quarter' --scope 'deploy:*'
  patrol audit review decide 01JZ5T9RNX4Y8S2Q6W3E7M1K0B 01JD3KQ8Z5V7W2N9X4C6B8M0T1 \\
    --keep --reason 'runs the nightly build'
  patrol audit review status 01JZ5T9RNX4Y8S2Q6W3E7M1K0B
  patrol audit review close 01JZ5T9RNX4Y8S2Q6W3E7M1K0B"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Begin a review of the living tokens
    #[command(after_help = "\
Examples:
  patrol audit review start --name 'second quarter'
  patrol audit review start --name 'all of Alice' --owner alice@example.com")]
    Start {
        /// What to call it
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Only this owner's
        #[arg(long, value_name = "OWNER")]
        owner: Option<String>,
        /// Only those that may do this
        #[arg(long, value_name = "SCOPE")]
        scope: Option<Scope>,
    },
    /// Say of tokens that they are kept or revoked
    #[command(after_help = "\
Examples:
  patrol audit review decide 01JZ5T9RNX4Y8S2Q6W3E7M1K0B 01JD3KQ8Z5V7W2N9X4C6B8M0T1 \\
    --keep --reason 'runs the nightly build'
  patrol audit review decide 01JZ5T9RNX4Y8S2Q6W3E7M1K0B 01JD3KQ8Z5V7W2N9X4C6B8M0T1 \\
    --revoke --reason 'the project ended'")]
    #[command(group = clap::ArgGroup::new("verdict").required(true))]
    Decide {
        /// The review
        #[arg(value_name = "REVIEW", value_parser = id)]
        review: Ulid,
        /// Token ids, or - to read an id or a whole token from standard input
        #[arg(value_name = "TOKEN", required = true)]
        tokens: Vec<String>,
        /// They are still needed
        #[arg(long, group = "verdict")]
        keep: bool,
        /// They are not needed any more; they end now
        #[arg(long, group = "verdict")]
        revoke: bool,
        /// Why, in words, for the record
        #[arg(long, value_name = "REASON")]
        reason: String,
    },
    /// Sign a review off
    #[command(after_help = "\
Example:
  patrol audit review close 01JZ5T9RNX4Y8S2Q6W3E7M1K0B --comment 'with the heads of both teams'")]
    Close {
        /// The review
        #[arg(value_name = "REVIEW", value_parser = id)]
        review: Ulid,
        /// With these words
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
    },
    /// Show a review, or all of them
    #[command(after_help = "\
Examples:
  patrol audit review status
  patrol audit review status 01JZ5T9RNX4Y8S2Q6W3E7M1K0B --format html --output review.html")]
    Status {
        /// The review; all of them unless said otherwise
        #[arg(value_name = "REVIEW", value_parser = id)]
        review: Option<Ulid>,
        #[command(flatten)]
        to: To,
    },
}

fn id(text: &str) -> Result<Ulid, String> {
    Ulid::from_string(text).map_err(|_| {
        "this is not a review's id; `patrol audit review status` shows them".to_owned()
    })
}

#[derive(Serialize)]
struct All {
    reviews: Vec<ReviewView>,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open_to_tell()?;
    let by = cx.cli();
    let nowhere = To::default();
    let (review, to) = match args.what {
        What::Start { name, owner, scope } => {
            (app.start_review(&by, &name, &ReviewScope { owner, scope })?, nowhere)
        }
        What::Decide { review, tokens, keep, revoke: _, reason } => {
            let selector = |text: &String| Which::parse(text)?.selector(&app, &cx.ui);
            let tokens = tokens.iter().map(selector).collect::<Result<Vec<_>, _>>()?;
            let verdict = if keep { Verdict::Keep } else { Verdict::Revoke };
            let decided = app.decide_review(&by, review, tokens.clone(), verdict, &reason)?;
            tell_unchanged(&app, &tokens, &decided, verdict, cx)?;
            (review, nowhere)
        }
        What::Close { review, comment } => {
            app.close_review(&by, review, comment)?;
            (review, nowhere)
        }
        What::Status { review: Some(review), to } => (review, to),
        What::Status { review: None, to } => {
            let all = All { reviews: app.reviews(None)? };
            answer::give(&all, &reviews_document(&all.reviews), &to, cx)?;
            return Ok(Exit::Yes);
        }
    };
    let view = app.review(review)?;
    answer::give(&view, &view.document(), &to, cx)?;
    Ok(Exit::Yes)
}

/// Of tokens with that verdict already: the new reason was not recorded, and nobody should think so.
fn tell_unchanged(
    app: &App,
    tokens: &[Selector],
    decided: &[TokenId],
    verdict: Verdict,
    cx: &Context,
) -> Result<(), CliError> {
    let mut told = BTreeSet::new();
    for token in tokens {
        let id = app.token(token, None)?.id;
        if !decided.contains(&id) && told.insert(id) {
            cx.ui.note(&format!(
                "unchanged: the verdict on {id} was {verdict} already, and its reason stays"
            ));
        }
    }
    Ok(())
}
