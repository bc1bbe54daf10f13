//! `patrol format`: the token grammar, and rule files by which other scanners find the tokens.

mod rules;

use patrol_token::{CHECKSUM_LEN, ID_LEN, Prefix, SECRET_LEN};
use serde::Serialize;

use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::{Look, paint};

use rules::Scanner;

/// Show what tokens look like, and rules for other scanners
///
/// With the ledger's prefixes, or those given. A regular expression alone takes look-alikes for
/// tokens; the checksum tells them apart.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol format
  patrol format --rules gitleaks > .gitleaks.toml
  patrol format --prefix acme_pat --rules github")]
pub(crate) struct Args {
    /// This prefix in place of the ledger's; may be given more than once
    #[arg(long = "prefix", value_name = "PREFIX")]
    prefixes: Vec<Prefix>,
    /// Print a rule file for a scanner and nothing else: gitleaks, betterleaks, kingfisher,
    /// trufflehog, or github (the fields of a custom pattern)
    #[arg(long, value_name = "SCANNER", hide_possible_values = true)]
    rules: Option<Scanner>,
}

/// A ULID in Crockford base32: 128 bits, so the first character is at most 7.
const ID: &str = "[0-7][0-9A-HJKMNP-TV-Z]{25}";
/// Any prefix.
const ANY_PREFIX: &str = "[a-z][a-z0-9]*(?:_[a-z0-9]+)*";
/// How the checksum is made.
const CHECKSUM: &str = "CRC-32 (ISO-HDLC, as in zlib) of everything before it, prefix included, \
                        in base62 (0-9A-Za-z), left-padded with 0 to 6 characters";

#[derive(Serialize)]
struct Answer {
    format: &'static str,
    prefixes: Vec<String>,
    regex: String,
    parts: [Part; 4],
    checksum: Checksum,
    rules: std::collections::BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Part {
    name: &'static str,
    regex: String,
}

#[derive(Serialize)]
struct Checksum {
    algorithm: &'static str,
    covers: &'static str,
    encoding: &'static str,
    length: usize,
    rule: &'static str,
}

pub(super) fn run(args: Args, cx: &Context) -> Result<Exit, CliError> {
    let prefixes = prefixes(args.prefixes, cx)?;
    if let Some(scanner) = args.rules {
        let file = scanner.file(&prefixes);
        if cx.ui.is_json() {
            let document = serde_json::json!({ "scanner": scanner.name(), "rules": file });
            cx.ui.json(&document)?;
        } else {
            cx.ui.print(&file)?;
        }
        return Ok(Exit::Yes);
    }
    let answer = answer(&prefixes);
    if cx.ui.is_json() {
        cx.ui.json(&answer)?;
    } else {
        cx.ui.print(&lines(&answer))?;
        cx.ui.note("for a scanner's rule file: patrol format --rules gitleaks");
    }
    Ok(Exit::Yes)
}

/// The prefixes given, or else the ledger's and those of the settings. Without any, the format is
/// that of every prefix.
fn prefixes(given: Vec<Prefix>, cx: &Context) -> Result<Vec<Prefix>, CliError> {
    if !given.is_empty() {
        return Ok(given);
    }
    let mut prefixes = match cx.open() {
        Ok(app) => app.prefixes()?,
        Err(error) if error.kind == Kind::NoLedger && !cx.settings.ledger.is_named => Vec::new(),
        Err(error) => return Err(error),
    };
    for more in cx.settings.prefixes.iter().chain(&cx.additions.prefixes) {
        if !prefixes.contains(more) {
            prefixes.push(more.clone());
        }
    }
    Ok(prefixes)
}

fn answer(prefixes: &[Prefix]) -> Answer {
    let part = |name, regex: &str| Part { name, regex: regex.to_owned() };
    Answer {
        format: "patrol token v1",
        prefixes: prefixes.iter().map(ToString::to_string).collect(),
        regex: regex(prefixes),
        parts: [
            part("prefix", &prefix_regex(prefixes)),
            part("id", ID),
            part("secret", &format!("[0-9A-Za-z]{{{SECRET_LEN}}}")),
            part("checksum", &format!("[0-9A-Za-z]{{{CHECKSUM_LEN}}}")),
        ],
        checksum: Checksum {
            algorithm: "CRC-32/ISO-HDLC",
            covers: "everything before the checksum, prefix included",
            encoding: "base62 (0-9A-Za-z), left-padded with 0",
            length: CHECKSUM_LEN,
            rule: CHECKSUM,
        },
        rules: Scanner::ALL.map(|scanner| (scanner.name(), scanner.file(prefixes))).into(),
    }
}

/// The expression for tokens of these prefixes. It runs on every engine without look-around.
fn regex(prefixes: &[Prefix]) -> String {
    let rest = SECRET_LEN + CHECKSUM_LEN;
    format!("{}_{ID}_[0-9A-Za-z]{{{rest}}}", prefix_regex(prefixes))
}

fn prefix_regex(prefixes: &[Prefix]) -> String {
    let names: Vec<_> = prefixes.iter().map(Prefix::as_str).collect();
    match names.as_slice() {
        [] => ANY_PREFIX.into(),
        [one] => (*one).into(),
        more => format!("(?:{})", more.join("|")),
    }
}

fn lines(answer: &Answer) -> String {
    let label = |text: &str| paint(Look::Faint, &format!("{text:<10}"));
    let prefixes = match answer.prefixes.is_empty() {
        true => format!("any ({ANY_PREFIX})"),
        false => answer.prefixes.join(", "),
    };
    format!(
        "{}\n\n  prefix_id_secret+checksum\n\n{}{prefixes}\n{}{ID_LEN} characters, a ULID: public\n\
         {}{SECRET_LEN} characters of 0-9A-Za-z\n{}{}\n{}{}\n",
        paint(Look::Strong, answer.format),
        label("prefix"),
        label("id"),
        label("secret"),
        label("checksum"),
        CHECKSUM,
        label("regex"),
        answer.regex,
    )
}
