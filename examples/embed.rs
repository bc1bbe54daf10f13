//! Token verification inside your own service: a ledger, and a verifier that answers from memory.
//!
//! Run it with `cargo run --example embed`.
#![expect(clippy::print_stdout, clippy::use_debug, reason = "an example shows what it does")]

use std::error::Error;

use patrol_app::{App, Caller, NewToken};
use patrol_ledger::{Expiry, Reason, Revoke, Scope, Selector, Via};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let me = Caller { actor: "example".into(), via: Via::Api, uid: None };
    let app = App::init(&folder.path().join("ledger.db"), &"acme_pat".parse()?, None, &me)?;

    // Somewhere in your settings page: the token is shown once.
    let minted = app.issue(
        &me,
        NewToken {
            owner: "alice@example.com".into(),
            name: "laptop".into(),
            description: None,
            scopes: ["repo:*".parse()?].into_iter().collect(),
            expires: Expiry::Default,
        },
    )?;
    println!("issued {}", minted.token.id);

    // In every worker thread: one verifier. It is never behind what was acknowledged, by this
    // process or another.
    let mut verifier = app.ledger().verifier()?;
    let needed: Scope = "repo:read".parse()?;
    let presented = minted.plain.expose();
    let accepted = verifier.verify(presented, std::slice::from_ref(&needed), app.now()?)?;
    println!("before: {}", accepted.is_ok());

    // Anywhere else: `patrol revoke`, the watcher, an administrator's page.
    let tokens = vec![Selector::Id(minted.token.id)];
    app.revoke(&me, Revoke { tokens, ..Revoke::default() })?;
    let refused = verifier.verify(presented, &[needed], app.now()?)?.err();
    println!("after:  {refused:?}");
    assert_eq!(refused, Some(Reason::Revoked));
    Ok(())
}
