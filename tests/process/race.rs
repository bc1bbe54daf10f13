//! Processes racing for the same token: one order, no lost update, refusals in words.

use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use patrol_app::EventQuery;
use patrol_ledger::{Event, Revoke, Selector, Status};

use crate::world::{World, caller, issue, stderr};

/// The contract: 1,000 times out of 1,000.
const REVOCATIONS: usize = 1000;

#[test]
fn a_revocation_is_refused_by_the_next_verify_of_any_process() {
    let world = World::new();
    let app = world.app();
    let next = AtomicUsize::new(0);
    let refused = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::SeqCst) < REVOCATIONS {
                    let minted = issue(&app, "x");
                    let tokens = vec![Selector::Id(minted.token.id)];
                    app.revoke(&caller(), Revoke { tokens, ..Revoke::default() }).unwrap();
                    let output = world.run(&["verify", "--format", "json"], minted.plain.expose());
                    let said = String::from_utf8_lossy(&output.stdout);
                    let revoked = said.contains(r#""reason":"revoked""#);
                    assert!(
                        revoked && output.status.code() == Some(1),
                        "{said}{}",
                        stderr(&output)
                    );
                    refused.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(refused.into_inner(), REVOCATIONS);
}

#[test]
fn rename_rotate_and_revoke_at_once_happen_in_one_order() {
    let world = World::new();
    let app = world.app();
    for round in 0..12 {
        let minted = issue(&app, "before");
        let id = minted.token.id.to_string();
        let verbs: [&[&str]; 6] = [
            &["rename", &id, "one"],
            &["rename", &id, "two"],
            &["rotate", &id, "--overlap", "1h", "--format", "json"],
            &["rotate", &id, "--overlap", "1h", "--format", "json"],
            &["revoke", &id],
            &["revoke", &id],
        ];
        let outputs: Vec<Output> = std::thread::scope(|scope| {
            let running: Vec<_> =
                verbs.iter().map(|args| scope.spawn(|| world.run(args, ""))).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (args, output) in verbs.iter().zip(&outputs) {
            let said = stderr(output);
            assert!(!said.contains("database is locked"), "{said}");
            match output.status.code() {
                Some(0) => {}
                Some(1) => assert!(
                    said.contains("was revoked") || said.contains("was already rotated"),
                    "{args:?}: {said}"
                ),
                other => panic!("round {round} {args:?}: {other:?} {said}"),
            }
        }
        let query = EventQuery { token: Some(minted.token.id), limit: 99, ..EventQuery::default() };
        let events = app.events(&query).unwrap().events;
        let versions: Vec<_> = events.iter().map(|event| event.version).collect();
        assert_eq!(versions, (1..=events.len() as u64).collect::<Vec<_>>());
        let count = |wanted: fn(&Event) -> bool| events.iter().filter(|e| wanted(&e.event)).count();
        let won = |verb: &str| {
            let both = verbs.iter().zip(&outputs);
            both.filter(|(args, out)| args[0] == verb && out.status.success()).count()
        };
        // Everything acknowledged is in the log, and nothing else.
        assert_eq!(count(|event| matches!(event, Event::TokenRevoked { .. })), 1);
        assert_eq!(won("revoke"), 2, "revoking twice is idempotent");
        assert_eq!(count(|event| matches!(event, Event::TokenRotated { .. })), won("rotate"));
        assert!(won("rotate") <= 1);
        assert_eq!(count(|event| matches!(event, Event::TokenRenamed(_))), won("rename"));
        assert!(matches!(events.last().unwrap().event, Event::TokenRevoked { .. }));
        let token = app.token(&Selector::Id(minted.token.id), None).unwrap();
        assert_eq!(token.status(app.now().unwrap()), Status::Revoked);
    }
    assert_eq!(world.problems(), Vec::<String>::new());
}

#[test]
fn many_processes_issue_at_once_and_none_is_told_that_the_database_is_locked() {
    let world = World::new();
    let outputs: Vec<Output> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..24)
            .map(|n| {
                let name = format!("n{n}");
                let world = &world;
                scope.spawn(move || {
                    world.run(&["issue", "--owner", "alice", "--name", &name, "-q"], "")
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(outputs.iter().all(|output| output.status.success()), "{outputs:?}");
    let report = world.app().check().unwrap();
    assert_eq!((report.events, report.problems), (25, vec![]));
}

/// A command must get its turn beside a process that writes batch after batch.
#[test]
fn a_single_command_gets_its_turn_beside_a_busy_writer() {
    let world = World::new();
    let app = world.app();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    issue(&app, "busy");
                }
            });
        }
        for n in 0..10 {
            let name = format!("n{n}");
            let output = world.run(&["issue", "--owner", "bob", "--name", &name, "-q"], "");
            assert!(output.status.success(), "{}", stderr(&output));
        }
        done.store(true, Ordering::SeqCst);
    });
}
