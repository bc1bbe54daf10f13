//! What the lines of a push bring in, asked in the hook and after it.

use patrol_scan::Options;
use patrol_scan::source::git::{self, GitEnvironment, Received, Updates};

use crate::world::{World, collect, detector, json, token};

const NONE: &str = "0000000000000000000000000000000000000000";

fn found_in(world: &World, lines: &str, quarantine: Option<&str>) -> Vec<String> {
    let updates = Updates::parse(lines.as_bytes()).unwrap();
    let received = Received { updates, quarantine: quarantine.map(|it| world.root().join(it)) };
    let env = GitEnvironment::default();
    let options = Options::default();
    let (coverage, found) =
        collect(|sink| git::pre_receive(&world.repo, &env, &received, &detector(), &options, sink));
    let coverage = coverage.unwrap();
    assert!(coverage.is_complete(), "{}", json(&coverage));
    world.lines(&found)
}

/// A moved ref does not hide what it was moved to; every other ref hides what it names.
#[test]
fn a_push_that_is_over_is_searched_by_its_lines() {
    let world = World::new();
    let base = world.commit("base", "base", "base");
    let old = world.commit("old", &token(1), "before the push");
    let new = world.commit("new", &token(2), "of the push");
    let after = |from: &str| found_in(&world, &format!("{from} {new} refs/heads/main\n"), None);

    assert_eq!(after(&old).len(), 1, "{:?}", after(&old));
    assert_eq!(after(&base).len(), 2);
    assert_eq!(after(NONE).len(), 2);
    let twice = format!("{base} {old} refs/heads/main\n{old} {new} refs/heads/main\n");
    assert_eq!(found_in(&world, &twice, None).len(), 2, "two pushes, one after the other");
    world.git(&["branch", "other", &old]);
    assert_eq!(after(NONE).len(), 1, "another branch had the first before");
    world.git(&["branch", "-f", "other", &new]);
    assert_eq!(after(&base), [""; 0]);
}

/// In the hook a line's old id is whatever the pusher says. A commit that nothing reaches, left in the
/// store by an earlier push, does not come in unsearched because another line names it as old.
#[test]
fn no_line_of_a_pusher_hides_anything() {
    let world = World::new();
    let main = world.commit("base", "base", "base");
    let leak = world.commit("key", &token(1), "was pushed and deleted");
    world.git(&["reset", "-q", "--hard", &main]);
    let lines = format!("{NONE} {leak} refs/heads/b\n{leak} {main} refs/heads/main\n");
    assert_eq!(found_in(&world, &lines, Some("quarantine")).len(), 1);
}

/// A loose object whose file was replaced: its content is not what the id stands for.
#[test]
fn a_content_of_another_id_is_not_clean() {
    let world = World::new();
    world.commit("clean", "clean", "a");
    world.commit("key", &token(1), "b");
    let [clean, key] = ["HEAD:clean", "HEAD:key"].map(|it| world.git(&["rev-parse", it]));
    let file = |id: &str| world.repo.join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::remove_file(file(&key)).unwrap();
    std::fs::copy(file(&clean), file(&key)).unwrap();
    let (coverage, found) = world.range("HEAD~1..HEAD");
    assert!(found.is_empty() && !coverage.is_complete(), "{}", json(&coverage));
    assert!(json(&coverage).contains("its content is that of another id"), "{}", json(&coverage));
}
