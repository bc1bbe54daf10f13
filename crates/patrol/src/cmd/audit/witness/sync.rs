//! Asking witnesses, over HTTP. A witness that cannot be reached or refuses is named; the others
//! are asked all the same.

use std::time::Duration;

use patrol_app::App;
use patrol_ledger::KnownWitness;
use patrol_ledger::tlog::checkpoint::Signed;
use patrol_ledger::tlog::note::VerifierKey;
use patrol_ledger::tlog::witness::{AddCheckpoint, Answer, answer};
use serde::Serialize;

use crate::cmd::Context;
use crate::cmd::audit::log::{CheckpointView, newest};
use crate::error::{CliError, Exit, Kind};
use crate::ui::shown;

/// How long a witness may take, all in all.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest answer that is read, in bytes.
const ANSWER_MAX: u64 = 64 << 10;

#[derive(Serialize)]
struct Synced {
    checkpoint: CheckpointView,
    cosigned: Vec<String>,
    refused: Vec<RefusedBy>,
}

#[derive(Serialize)]
struct RefusedBy {
    witness: String,
    why: String,
}

pub(super) fn run(cx: &Context) -> Result<Exit, CliError> {
    let app = cx.open()?;
    let witnesses = app.ledger().reader()?.witnesses()?;
    if witnesses.is_empty() {
        return Err(CliError::new(Kind::Refused, "no witness is known")
            .hint("add one: patrol audit witness add URL --key KEY"));
    }
    let signed = newest(&app, cx)?;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        // A witness answers itself; where it would send us, nobody has agreed to.
        .max_redirects(0)
        .user_agent(concat!("patrol/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let (mut cosigned, mut refused) = (Vec::new(), Vec::new());
    for witness in witnesses {
        let name = witness.key.split('+').next().unwrap_or_default().to_owned();
        match ask(&app, &agent, &signed, &witness, cx) {
            Ok(()) => cosigned.push(name),
            Err(why) => refused.push(RefusedBy { witness: name, why }),
        }
    }
    let kept = app.ledger().latest_checkpoint()?.unwrap_or(signed);
    let failed = !refused.is_empty();
    if cx.ui.is_json() {
        cx.ui.json(&Synced { checkpoint: CheckpointView::new(&kept), cosigned, refused })?;
    } else {
        for it in &refused {
            cx.ui.warn(&format!("{}: {}", shown(&it.witness), shown(&it.why)));
        }
        cx.ui.print(&kept.note.to_string())?;
    }
    Ok(if failed { Exit::No } else { Exit::Yes })
}

/// How often a witness is asked: it may know another size than we thought, and another run may have
/// had it cosign a newer checkpoint meanwhile.
const TRIES: usize = 4;

/// Asks one witness, from the size that it knows.
fn ask(
    app: &App,
    agent: &ureq::Agent,
    signed: &Signed,
    witness: &KnownWitness,
    cx: &Context,
) -> Result<(), String> {
    let key = VerifierKey::parse(&witness.key).map_err(|why| why.to_string())?;
    let (mut signed, mut old) = (signed.clone(), witness.seen);
    for _ in 0..TRIES {
        if old > signed.checkpoint.size {
            // More than this run began with: was another one quicker?
            signed = newest(app, cx).map_err(|why| why.message)?;
        }
        let size = signed.checkpoint.size;
        if old > size {
            return Err(format!(
                "it says that it has cosigned {old} events of this log, which has {size}: if so, this is an \
                 older copy"
            ));
        }
        let reader = app.ledger().reader().map_err(|why| why.to_string())?;
        let proof = reader.consistency(old, size).map_err(|why| why.to_string())?;
        let request = AddCheckpoint {
            old,
            proof: proof.unwrap_or_default(),
            checkpoint: signed.note.clone(),
        };
        let (status, body) = post(agent, &witness.url, &request)?;
        match answer(status, &body, &request, &key).map_err(|why| why.to_string())? {
            Answer::KnowsSize(known) => old = known,
            Answer::Cosigned(line) => {
                return app
                    .ledger()
                    .put_cosignature(size, &witness.key, &line.to_string())
                    .map_err(|why| why.to_string());
            }
        }
    }
    Err("it names another size each time it is asked".into())
}

fn post(agent: &ureq::Agent, url: &str, request: &AddCheckpoint) -> Result<(u16, Vec<u8>), String> {
    let mut response = agent
        .post(format!("{url}/add-checkpoint"))
        .content_type("text/plain; charset=utf-8")
        .send(request.to_string())
        .map_err(|why| format!("cannot be reached: {why}"))?;
    let body = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
    Ok((response.status().as_u16(), body.map_err(|why| format!("its answer: {why}"))?))
}
