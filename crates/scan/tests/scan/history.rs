//! Every place where git can keep a text is found by `history`, loose and packed.

use std::os::unix::ffi::OsStrExt as _;

use crate::world::{World, json, look_alike, skipped, token};

/// One leak of each kind. What is expected is written beside it.
fn planted() -> (World, Vec<&'static str>) {
    let world = World::new();
    let git = |args: &[&str]| world.git(args);
    world.commit("README", "hello\n", "first");

    world.commit("gone/secret.txt", &format!("a\nb = {}\n", token(1)), "adds a secret");
    git(&["rm", "-q", "gone/secret.txt"]);
    git(&["commit", "-q", "-m", "removes it"]);

    // Content that only the merge commit has.
    git(&["checkout", "-q", "-b", "side"]);
    world.commit("side", "side\n", "on the side");
    git(&["checkout", "-q", "main"]);
    world.commit("main", "main\n", "on main");
    git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    world.write("evil", &token(2));
    git(&["add", "evil"]);
    git(&["commit", "-q", "-m", "merges"]);

    world.write(".gitattributes", "*.bin -diff\n");
    world.commit("hidden.bin", &format!("\0\0{}\0", token(3)), "hides a file from diffs");

    for n in [4, 5] {
        world.write("README", &token(n));
        git(&["stash", "push", "-q", "-m", &format!("stash {n}")]);
    }

    let dangling = world.commit("dangling", &token(6), "is dropped");
    git(&["reset", "-q", "--hard", "HEAD~1"]);
    git(&["reflog", "delete", "HEAD@{0}", "HEAD@{0}"]);
    assert!(!git(&["reflog"]).contains(&dangling[..7]), "only the object is left");

    world.write("staged-once", &token(7));
    git(&["add", "staged-once"]);
    git(&["rm", "-q", "-f", "staged-once"]);

    let message = format!("eight\n\nsee {}", token(8));
    git(&["commit", "-q", "--allow-empty", "-m", &message]);
    git(&["tag", "-a", "v1", "-m", &format!("release {}", token(9))]);
    git(&["notes", "add", "-m", &format!("note {}", token(10)), "HEAD"]);
    let author = format!("--author=Eve {} <eve@example.org>", token(11));
    git(&["commit", "-q", "--allow-empty", "-m", "eleven", &author]);
    git(&["branch", &format!("feature/{}", token(12))]);

    let mut name = b"dir-\xff/f-".to_vec();
    name.extend(token(13).bytes());
    let path = world.repo.join(std::ffi::OsStr::from_bytes(&name));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "x").unwrap();
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "a name"]);

    // The object behind a replacement is still read under its own name.
    let hidden = world.commit("replaced", &token(14), "is replaced");
    let harmless = git(&["rev-parse", "main~3"]);
    git(&["replace", &hidden, &harmless]);

    let committer = format!("Mallory {}", token(15));
    let mut command = world.command(&world.repo);
    command.env("GIT_COMMITTER_NAME", committer);
    let status = command.args(["commit", "-q", "--allow-empty", "-m", "fifteen"]).status();
    assert!(status.unwrap().success());
    // Leaves a line with the committer's name in the reflog of HEAD and of main.

    let blob = world.repo.join("tagged");
    std::fs::write(&blob, token(16)).unwrap();
    let id = git(&["hash-object", "-w", "tagged"]);
    std::fs::remove_file(&blob).unwrap();
    git(&["tag", "blob-tag", &id]);

    std::os::unix::fs::symlink(token(17), world.repo.join("link")).unwrap();
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "a link"]);

    world.write("in-index", &token(18));
    git(&["add", "in-index"]);

    let mut shorter = token(31);
    shorter.remove(40);
    world.commit("fakes", &format!("{} {shorter}", look_alike(30)), "look-alikes");
    git(&["rm", "-q", "--cached", "in-index"]);
    git(&["commit", "-q", "-m", "out again"]);
    world.write("in-index", &token(19));
    git(&["add", "in-index"]);

    (
        world,
        vec![
            "1 blob gone/secret.txt in 'adds a secret'",
            "2 blob evil in 'merges'",
            "3 blob hidden.bin in 'hides a file from diffs'",
            "4 blob README in 'On main: stash 4'",
            "5 blob README in 'On main: stash 5'",
            "6 blob dangling in 'is dropped'",
            "7 blob",
            "8 commit-message in 'eight'",
            "9 tag",
            "10 note",
            "11 author in 'eleven'",
            "12 ref refs/heads/feature/acme_pat_",
            "13 tree-entry dir-\u{fffd}/f-acme_pat_",
            "14 blob replaced in 'is replaced'",
            "15 committer in 'fifteen'",
            "15 reflog HEAD in 'fifteen'",
            "15 reflog refs/heads/main in 'fifteen'",
            "16 blob",
            "17 blob link in 'a link'",
            "18 blob in-index in 'look-alikes'",
            "19 blob in-index",
        ],
    )
}

fn check(world: &World, expected: &[&str]) {
    let (coverage, found) = world.history();
    // Notes lie under the name of the commit they speak of; reflogs come once for each log.
    let lines = world.lines(&found);
    for want in expected {
        assert!(lines.iter().any(|line| line.starts_with(want)), "{want}\n{lines:#?}");
    }
    let numbers: Vec<&str> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(!numbers.contains(&"30") && !numbers.contains(&"31"), "{lines:#?}");
    for line in &lines {
        let known = expected.iter().any(|want| line.starts_with(want));
        assert!(known || line.contains(" reflog ") || line.contains(" ref "), "{line}");
    }
    assert!(coverage.is_complete(), "{}", json(&coverage));
    assert_eq!(skipped(&coverage), [""; 0]);
}

#[test]
fn every_hiding_place_loose() {
    let (world, expected) = planted();
    check(&world, &expected);
}

#[test]
fn every_hiding_place_packed() {
    let (world, expected) = planted();
    world.git(&["repack", "-q", "-a", "-d", "-k", "--depth=50", "--window=50"]);
    world.git(&["pack-refs", "--all"]);
    world.git(&[
        "-c",
        "gc.reflogExpire=never",
        "-c",
        "gc.reflogExpireUnreachable=never",
        "gc",
        "-q",
    ]);
    check(&world, &expected);
}

#[test]
fn lines_columns_and_offsets() {
    let world = World::new();
    let content = format!("eins\r\nzwei\rdr\u{e4}i {} x {}\n", token(1), token(2));
    let commit = world.commit("a b/c", &content, "one");
    let (_, found) = world.history();
    let place = |n: usize| {
        let at = &found[n].location;
        (at.line, at.column, at.end_line, at.end_column, at.offset)
    };
    let (start, length) = (content.find("acme").unwrap() as u64, token(1).len() as u64);
    assert_eq!(place(0), (3, 7, 3, 7 + length, start + 1));
    assert_eq!(place(1), (3, 10 + length, 3, 10 + 2 * length, start + length + 4));
    let at = &found[0].location;
    assert_eq!(at.commit.as_deref(), Some(commit.as_str()));
    assert_eq!(at.author.as_deref(), Some("Ada <ada@example.org>"));
    assert_eq!(at.date.as_deref(), Some("2023-11-14T22:13:23Z"));
    assert_eq!(at.repository.as_deref(), world.repo.to_str());
    assert_eq!(at.object, Some(world.git(&["rev-parse", "HEAD:a b/c"])));
}

/// A copy of the content, in another clone and under another path, is the same place.
#[test]
fn a_place_is_the_same_everywhere() {
    let (one, two) = (World::new(), World::new());
    one.commit("first", &token(1), "one");
    two.commit("zero", "0", "zero");
    two.commit("other/name", &token(1), "two");
    two.git(&["commit", "-q", "--amend", "-m", "reworded"]);
    let places = |world: &World| {
        let (_, found) = world.history();
        found.iter().map(|finding| finding.place).collect::<Vec<_>>()
    };
    assert_eq!(places(&one).len(), 1);
    assert_eq!(places(&one), places(&two));
    // The blob is the same place while it is only staged.
    let three = World::new();
    three.write("x", &token(1));
    three.git(&["add", "x"]);
    assert_eq!(three.staged().1[0].place, places(&one)[0]);
}

#[test]
fn the_oldest_commit_is_blamed_for_each_path() {
    let world = World::new();
    world.commit("a", "a", "base");
    let content = token(1);
    world.commit("b", &content, "introduces");
    world.git(&["mv", "b", "c"]);
    world.git(&["commit", "-q", "-m", "renames"]);
    world.git(&["rm", "-q", "c"]);
    world.git(&["commit", "-q", "-m", "removes"]);
    world.commit("d", &content, "brings back");
    world.commit("b", &content, "where it was");
    let (_, found) = world.history();
    let each = ["1 blob b in 'introduces'", "1 blob c in 'renames'", "1 blob d in 'brings back'"];
    assert_eq!(world.lines(&found), each);
}

#[test]
fn alternates_are_read() {
    let world = World::new();
    world.commit("a", &token(1), "one");
    let clone = world.root().join("clone");
    world.git_in(&world.root(), &["clone", "-q", "--shared", "repo", "clone"]);
    let env = Default::default();
    let (coverage, found) = crate::world::collect(|sink| {
        let detector = crate::world::detector();
        let options = Default::default();
        patrol_scan::source::git::history(&clone, &env, &detector, &options, sink)
    });
    assert_eq!(world.lines(&found), ["1 blob a in 'one'"]);
    assert!(coverage.unwrap().is_complete());
}

#[test]
fn stopping_is_not_clean() {
    let world = World::new();
    world.commit("a", &token(1), "one");
    let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let options = patrol_scan::Options { interrupt: Some(flag), ..Default::default() };
    let env = Default::default();
    let (coverage, _) = crate::world::collect(|sink| {
        let detector = crate::world::detector();
        patrol_scan::source::git::history(&world.repo, &env, &detector, &options, sink)
    });
    assert!(!coverage.unwrap().is_complete());
}
