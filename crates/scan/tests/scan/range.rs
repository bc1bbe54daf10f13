//! What commits add.

use patrol_scan::ScanError;
use patrol_scan::source::git::Revisions;

use crate::world::{World, json, token};

#[test]
fn a_range_holds_what_its_commits_add() {
    let world = World::new();
    world.commit("old", &token(1), "old leak");
    let base = world.git(&["rev-parse", "HEAD"]);
    world.commit("a", "a\n", "harmless");
    world.commit("dir/b", &token(2), "adds");
    world.commit("dir/b", "clean\n", "removes");
    world.git(&["commit", "-q", "--allow-empty", "-m", &format!("three\n\n{}", token(3))]);
    let author = format!("--author={} <x@example.org>", token(4));
    world.git(&["commit", "-q", "--allow-empty", "-m", "four", &author]);
    world.commit(&format!("dir/{}", token(5)), "x", "a name");
    let wanted = [
        "2 blob dir/b in 'adds'",
        "3 commit-message in 'three'",
        "4 author in 'four'",
        "5 tree-entry dir/acme_pat_",
    ];
    for spec in [format!("{base}..HEAD"), format!("{base}.."), format!("{base}...main")] {
        let (coverage, found) = world.range(&spec);
        let lines = world.lines(&found);
        assert_eq!(lines.len(), wanted.len(), "{spec}: {lines:#?}");
        for (line, want) in lines.iter().zip(wanted) {
            assert!(line.starts_with(want), "{spec}: {line}");
        }
        assert!(coverage.is_complete(), "{}", json(&coverage));
    }
    assert_eq!(world.lines(&world.range("main~4").1), ["2 blob dir/b in 'adds'"]);
    assert_eq!(world.range("HEAD..HEAD").1.len(), 0);
    // A name that was there before is not added again by a change beside it.
    world.commit("dir/c", "c", "beside");
    assert_eq!(world.range("HEAD~1..").1.len(), 0);
}

#[test]
fn content_of_a_merge_alone() {
    let world = World::new();
    world.commit("f", "base\n", "base");
    world.git(&["checkout", "-q", "-b", "side"]);
    world.commit("s", &token(1), "side leaks");
    world.git(&["checkout", "-q", "main"]);
    world.commit("m", "m\n", "main");
    world.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    world.write("f", &token(2));
    world.git(&["add", "-A"]);
    world.git(&["commit", "-q", "-m", "merge"]);
    let lines = world.lines(&world.range("HEAD~1..HEAD").1);
    assert_eq!(lines, ["1 blob s in 'side leaks'", "2 blob f in 'merge'"]);
    // Compared with all parents: what the side brought is not the merge's.
    assert_eq!(world.lines(&world.range("HEAD").1), ["2 blob f in 'merge'"]);
    assert_eq!(world.range("HEAD^!").1.len(), 1);
}

#[test]
fn a_root_a_tag_and_a_replaced_commit() {
    let world = World::new();
    world.commit("a", &token(1), "root");
    world.commit("b", &token(2), "second");
    world.git(&["tag", "-a", "v1", "-m", &token(3)]);
    assert_eq!(world.lines(&world.range("HEAD~1").1), ["1 blob a in 'root'"]);
    world.git(&["replace", "HEAD", "HEAD~1"]);
    let head = world.git(&["rev-parse", "HEAD"]);
    let lines = world.lines(&world.range("HEAD~1..v1").1);
    assert_eq!(lines[0].split(" in ").next(), Some("2 blob b"), "{head}");
    assert_eq!(lines[1], "3 tag");
}

#[test]
fn a_push_hook_gives_tips() {
    let world = World::new();
    world.commit("a", &token(1), "pushed before");
    world.git_in(&world.root(), &["clone", "-q", "--bare", "repo", "remote.git"]);
    world.git(&["remote", "add", "origin", "../remote.git"]);
    world.git(&["fetch", "-q", "origin"]);
    let new = world.commit("b", &token(2), "new");
    let tips = |tips: &[&str], not: &[&str]| Revisions::Tips {
        tips: tips.iter().map(ToString::to_string).collect(),
        not: not.iter().map(ToString::to_string).collect(),
        not_refs: vec!["refs/remotes/".to_owned()],
    };
    // The other side may have what is unknown here.
    let unknown = "1234567890123456789012345678901234567890";
    let (coverage, found) = world.try_range(&tips(&[&new], &[unknown]));
    assert_eq!(world.lines(&found), ["2 blob b in 'new'"]);
    assert!(coverage.unwrap().is_complete());
    let (result, _) = world.try_range(&tips(&[unknown], &[]));
    assert!(matches!(result, Err(ScanError::Revision { .. })));
}

#[test]
fn errors_name_what_is_wrong() {
    let world = World::new();
    world.commit("a", "a", "one");
    let told = |spec: &str| {
        let (result, _) = world.try_range(&Revisions::Spec(spec.to_owned()));
        result.unwrap_err().to_string()
    };
    assert!(told("nowhere..HEAD").starts_with("nowhere..HEAD does not name a revision here"));
    assert!(told("^HEAD").contains("only leaves commits out"));
    crate::world::assert_no_secret(&told(&token(1)));
}

#[test]
fn wrong_clocks_hide_nothing() {
    let world = World::new();
    world.commit("a", "a", "one");
    // The excluded side has the newest clock, the wanted one the oldest.
    for (n, date) in [(1, "2000000000 +0000"), (2, "1000000000 +0000"), (3, "1500000000 +0000")] {
        world.write("f", &token(n));
        world.git(&["add", "-A"]);
        let mut command = world.command(&world.repo);
        command.env("GIT_COMMITTER_DATE", date).env("GIT_AUTHOR_DATE", date);
        assert!(command.args(["commit", "-q", "-m", &format!("c{n}")]).status().unwrap().success());
    }
    let lines = world.lines(&world.range("HEAD~2..HEAD").1);
    assert_eq!(lines, ["2 blob f in 'c2'", "3 blob f in 'c3'"]);
}
