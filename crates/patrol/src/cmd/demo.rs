//! `patrol demo`: the whole story on real parts in a scratch directory. Every step is this program
//! or git, run as its own process, and is checked; the story stops at the first that does not hold.

mod stage;

use std::time::Instant;

use patrol_ledger::counted;
use patrol_scan::report::short_id;
use serde_json::Value;

use self::stage::Stage;
use super::Context;
use crate::error::{CliError, Exit, Kind};
use crate::ui::{Look, paint, shown};

/// Show the whole story on real parts, in a scratch directory
///
/// Makes a ledger, issues two tokens, watches a git repository, commits one of the tokens, and
/// shows that it is found, revoked and refused, and what the ledger says of it. The directory is
/// kept, so that you can go on with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  patrol demo
  patrol demo --format json | jq -r .ledger")]
pub(crate) struct Args {}

pub(super) fn run(_args: Args, cx: &Context) -> Result<Exit, CliError> {
    let teller = Teller { cx };
    let stage = Stage::set()?;
    teller.say(&format!("In {}\n", stage.folder().display()))?;

    teller.step("A ledger: one file, append-only, its signing key beside it")?;
    teller
        .did(&stage.patrol(&["init", "--prefix", "acme_pat"], None)?, "init --prefix acme_pat")?;

    teller.step("Two tokens, each shown once; the ledger keeps their digests")?;
    let leaked = stage.issue("alice@example.com", "laptop", "repo:read")?;
    let spared = stage.issue("ci@example.com", "deploy", "deploy:*")?;
    for token in [&leaked, &spared] {
        teller.say(&format!("    {}  {}\n", token.id, paint(Look::Faint, &token.shown)))?;
    }
    let verdict = stage.verify(&leaked, "repo:read")?;
    hold(verdict["active"] == true, "a token that was just issued is active")?;
    teller.say(&format!("    verify --scope repo:read → {}\n", paint(Look::Good, "active")))?;

    teller.step("A git repository, and `patrol watch` on it")?;
    stage.make_repository()?;
    let watch = stage.watch()?;
    watch.wait_for("ready")?;
    teller.say("    watching\n")?;

    teller.step("Somebody commits a file with a live token in it")?;
    stage.leak(&leaked)?;
    let committed = Instant::now();
    teller.say("    git commit -m \"Add deployment settings\"\n")?;
    let revoked = watch.wait_for("revoked")?;
    let after = committed.elapsed();
    hold(
        revoked.to_string().contains(&leaked.id),
        "the token that was committed is the one revoked",
    )?;
    let verdict = stage.verify(&leaked, "repo:read")?;
    hold(verdict["active"] == false, "a leaked token is refused")?;
    hold(verdict["reason"] == "revoked", "it is refused because it is revoked")?;
    teller.say(&format!(
        "    found and revoked {} after the commit; verify → {}\n",
        paint(Look::Strong, &format!("{} ms", after.as_millis())),
        paint(Look::Error, "refused (revoked)"),
    ))?;

    teller.step("The other token is untouched")?;
    let verdict = stage.verify(&spared, "deploy:production")?;
    hold(verdict["active"] == true, "a token that did not leak stays active")?;
    teller.say(&format!("    verify → {}\n", paint(Look::Good, "active")))?;

    teller.step("The incident, as the ledger tells it")?;
    let history = stage.patrol(&["history", &leaked.id, "--format", "json"], None)?;
    tell_history(&teller, &history.stdout)?;

    teller.step("And the log holds: every hash recomputed, every row replayed")?;
    let check = stage.patrol(&["check", "--format", "json"], None)?;
    let check: Value = stage::json(&check.stdout)?;
    hold(check["sound"] == true, "the ledger is sound")?;
    let events = counted(check["events"].as_u64().unwrap_or_default(), "event");
    teller.say(&format!("    {events}, root {}\n", text(&check["root"])))?;
    watch.end()?;

    if cx.ui.is_json() {
        cx.ui.json(&serde_json::json!({
            "ledger": stage.ledger(),
            "repository": stage.repository(),
            "token_id": leaked.id,
        }))?;
    } else {
        tell_what_next(&teller, &stage, &leaked.id)?;
    }
    Ok(Exit::Yes)
}

/// Whether a step held. The story is only told as far as it is true.
fn hold(held: bool, what: &str) -> Result<(), CliError> {
    if held {
        return Ok(());
    }
    Err(CliError::new(Kind::Bug, format!("this did not hold: {what}"))
        .hint("the directory is kept as it is; please report this"))
}

fn text(value: &Value) -> String {
    shown(value.as_str().unwrap_or_default()).into_owned()
}

fn tell_history(teller: &Teller<'_>, json: &[u8]) -> Result<(), CliError> {
    let history: Value = stage::json(json)?;
    let events = history["events"].as_array().map_or(&[][..], Vec::as_slice);
    let kinds: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    hold(
        kinds == ["token.issued", "token.leaked", "token.revoked"],
        "issued, leaked, revoked, in this order",
    )?;
    for event in events {
        let data = &event["data"];
        let what = match event["type"].as_str() {
            Some("token.leaked") => format!(
                "in {}:{}:{}, commit {} of {}",
                text(&data["path"]),
                data["line"],
                data["column"],
                short_id(&text(&data["commit"])),
                text(&data["author"]),
            ),
            Some("token.revoked") => format!("reason: {}", text(&data["reason"])),
            _ => format!("to {}", text(&data["owner"])),
        };
        teller.say(&format!(
            "    {:>3}  {}  {:<14} {what}\n",
            event["position"].as_u64().unwrap_or_default(),
            text(&event["recorded_at"]).get(..19).unwrap_or_default().replace('T', " "),
            text(&event["type"]),
        ))?;
    }
    Ok(())
}

fn tell_what_next(teller: &Teller<'_>, stage: &Stage, id: &str) -> Result<(), CliError> {
    teller.say(&format!("\n{}\n", paint(Look::Strong, "Go on from here")))?;
    let ledger = stage.ledger();
    let repository = stage.repository();
    let programs = stage.programs();
    for line in [
        format!("export PATH={programs}:$PATH PATROL_LEDGER={ledger}"),
        "patrol list --status all".to_owned(),
        format!("patrol show {id}"),
        format!("patrol scan {repository} --history"),
        "patrol issue --owner you@example.com --name first --scope repo:read".to_owned(),
        format!("cd {repository} && patrol hook install"),
        format!("patrol watch {repository}"),
    ] {
        teller.say(&format!("    {}\n", paint(Look::Hint, &line)))?;
    }
    Ok(())
}

/// Tells the story: on standard output to people, beside it where that is for a document.
struct Teller<'a> {
    cx: &'a Context,
}

impl Teller<'_> {
    fn say(&self, text: &str) -> Result<(), CliError> {
        if self.cx.ui.is_json() {
            // Beside the document, plain: a note escapes what is for a terminal.
            let plain = anstream::adapter::strip_str(text).to_string();
            plain.lines().for_each(|line| self.cx.ui.note(line));
            return Ok(());
        }
        self.cx.ui.print(text)
    }

    fn step(&self, title: &str) -> Result<(), CliError> {
        self.say(&format!("\n{}\n", paint(Look::Strong, title)))
    }

    fn did(&self, _output: &std::process::Output, command: &str) -> Result<(), CliError> {
        self.say(&format!("    patrol {command}\n"))
    }
}
