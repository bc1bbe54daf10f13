//! `kill -9` at random moments under concurrent writers: what was acknowledged is there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use patrol_app::App;
use patrol_ledger::{Command as Ask, Selector};
use patrol_token::TokenId;

use crate::world::{World, caller, issue};

/// Rounds that CI runs; `PATROL_SOAK_ROUNDS` asks for more.
const ROUNDS: u32 = 200;
/// Writing processes at once.
const WRITERS: u32 = 3;
/// Rounds on one ledger, before its log is long enough to make each check slow.
const ROUNDS_PER_LEDGER: u32 = 20;

/// The environment variable that makes this program a writer instead of a test.
const ROLE: &str = "PATROL_TEST_WRITER";

/// Not a test: a process that writes until it is killed, and says what was acknowledged.
#[test]
fn writer() {
    #[expect(clippy::disallowed_methods, reason = "how the test tells its child what to do")]
    let Ok(ledger) = std::env::var(ROLE) else { return };
    let app = App::open(Path::new(&ledger)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let app = &app;
            scope.spawn(move || {
                for n in 0.. {
                    let minted = issue(app, &format!("{thread} {n}"));
                    println!("\nacked {} 1", minted.token.id);
                    let token = Selector::Id(minted.token.id);
                    let rename = Ask::Rename { token, name: format!("renamed {n}") };
                    app.change(&caller(), token, rename).unwrap();
                    println!("\nacked {} 2", minted.token.id);
                }
            });
        }
    });
}

fn spawn(world: &World) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writer", "--nocapture", "--test-threads=1"])
        .env(ROLE, world.ledger())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn kill_9_at_random_moments_loses_nothing_acknowledged() {
    #[expect(clippy::disallowed_methods, reason = "a longer run is asked for by the soak recipe")]
    let rounds = std::env::var("PATROL_SOAK_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds = rounds.unwrap_or(ROUNDS);
    let mut world = World::new();
    let mut acknowledged = 0;
    // Any spread of moments will do; this one repeats.
    let mut moment = 0x2545_f491_4f6c_dd1du64;
    for round in 0..rounds {
        if round % ROUNDS_PER_LEDGER == 0 {
            world = World::new();
        }
        let mut children: Vec<_> = (0..WRITERS).map(|_| spawn(&world)).collect();
        let mut readers: Vec<_> =
            children.iter_mut().map(|child| BufReader::new(child.stdout.take().unwrap())).collect();
        // Everybody writes before anybody dies.
        let mut acks = Vec::new();
        for reader in &mut readers {
            acks.push(reader.lines().map_while(Result::ok).find_map(|line| ack(&line)).unwrap());
        }
        moment ^= moment << 13;
        moment ^= moment >> 7;
        moment ^= moment << 17;
        std::thread::sleep(Duration::from_micros(moment % 40_000));
        for child in &mut children {
            child.kill().unwrap();
        }
        for child in &mut children {
            child.wait().unwrap();
        }
        for reader in readers {
            acks.extend(reader.lines().map_while(Result::ok).filter_map(|line| ack(&line)));
        }
        let app = world.app();
        for (id, version) in &acks {
            let token = app.token(&Selector::Id(*id), None);
            let token =
                token.unwrap_or_else(|e| panic!("round {round}: {id} was acknowledged: {e}"));
            assert!(token.version >= *version, "round {round}: {id} at version {}", token.version);
        }
        acknowledged += acks.len();
        assert_eq!(world.problems(), Vec::<String>::new(), "round {round}");
    }
    println!("{rounds} rounds, {acknowledged} acknowledged events, none missing");
}

/// The token and version that a line acknowledges. The last line of a killed process may be cut.
fn ack(line: &str) -> Option<(TokenId, u64)> {
    let (id, version) = line.strip_prefix("acked ")?.split_once(' ')?;
    Some((id.parse().ok()?, version.parse().ok()?))
}
