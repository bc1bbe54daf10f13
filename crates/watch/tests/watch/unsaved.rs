//! Work that is not committed, on request.

use patrol_ledger::{Kind, Status};

use crate::world::World;

#[test]
fn live_tokens_are_told_of_and_nothing_is_done() {
    let world = World::new();
    let (old, new, deep) = (world.issue(), world.issue(), world.issue());
    world.write(&world.repo, ".env", &old.text);
    let mut config = world.config(&[&world.repo]);
    config.unsaved = true;
    let watching = world.start(config);
    watching.tells("unsaved worktree .env:1:1");
    watching.ready();
    world.write(&world.repo, "notes.txt", &format!("key: {}", new.text));
    watching.tells("unsaved worktree notes.txt:1:6");
    world.write(&world.repo, "made/just/now", &deep.text);
    watching.tells("unsaved worktree made/just/now:1:1");
    // The new directory is followed from now on.
    let later = world.issue();
    world.write(&world.repo, "made/later", &later.text);
    watching.tells("unsaved worktree made/later:1:1");
    for token in [&old, &new, &deep] {
        assert_eq!(world.status(token), Status::Active);
        assert!(world.events(token, Kind::TokenLeaked).is_empty());
    }
    // Committed, it is a leak like any other.
    world.git(&world.repo, &["add", "notes.txt"]);
    world.git(&world.repo, &["commit", "-q", "-m", "oops"]);
    world.becomes_revoked(&new);
    watching.end();
}
