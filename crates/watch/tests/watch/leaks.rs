//! Every way in which a token gets into a repository.

use patrol_ledger::{Event, Kind, Status};

use crate::world::World;

#[test]
fn commit() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let token = world.issue();
    let commit = world.commit(&world.repo, "src/deploy.sh", &format!("x\nkey={}\n", token.text));
    world.becomes_revoked(&token);
    watching.tells("revoked blob src/deploy.sh:2:5");
    let leaked = world.events(&token, Kind::TokenLeaked);
    let [recorded] = &leaked[..] else { panic!("{leaked:?}") };
    let Event::TokenLeaked(sighting) = &recorded.event else { panic!("{recorded:?}") };
    assert_eq!(sighting.commit.as_deref(), Some(commit.as_str()));
    assert_eq!(sighting.path.as_deref(), Some("src/deploy.sh"));
    assert_eq!(sighting.line, Some(2));
    let lines = watching.end();
    let mine: Vec<_> = lines.iter().filter(|line| line.contains("deploy.sh")).collect();
    assert_eq!(mine, ["finding blob src/deploy.sh:2:5 revoked", "revoked blob src/deploy.sh:2:5"]);
}

#[test]
fn add_alone_is_left_alone() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let (added, committed) = (world.issue(), world.issue());
    world.write(&world.repo, "added", &added.text);
    world.git(&world.repo, &["add", "added"]);
    world.git(
        &world.repo,
        &["commit", "-q", "--allow-empty", "-m", &committed.text, "--", "README"],
    );
    world.becomes_revoked(&committed);
    assert_eq!(world.status(&added), Status::Active);
    assert_eq!(watching.end_and_count("revoked"), 1);
}

#[test]
fn amend_that_takes_it_back() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let token = world.issue();
    world.commit(&world.repo, "key", &token.text);
    world.write(&world.repo, "key", "gone");
    world.git(&world.repo, &["commit", "-q", "-a", "--amend", "-m", "never mind"]);
    world.becomes_revoked(&token);
    let second = world.issue();
    world.write(&world.repo, "key", &second.text);
    world.git(&world.repo, &["commit", "-q", "-a", "--amend", "-m", "again"]);
    world.becomes_revoked(&second);
    watching.end();
}

#[test]
fn merge_resolution() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let token = world.issue();
    world.git(&world.repo, &["switch", "-q", "-c", "side"]);
    world.commit(&world.repo, "README", "side\n");
    world.git(&world.repo, &["switch", "-q", "main"]);
    world.commit(&world.repo, "README", "main\n");
    assert!(!world.try_git(&world.repo, &["merge", "-q", "side"]).status.success());
    world.write(&world.repo, "README", &format!("both {}\n", token.text));
    world.git(&world.repo, &["commit", "-q", "-a", "-m", "merged"]);
    world.becomes_revoked(&token);
    watching.tells("revoked blob README:1:6");
}

#[test]
fn stash_and_an_older_stash() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    for file in ["README", "README"] {
        let token = world.issue();
        world.write(&world.repo, file, &token.text);
        world.git(&world.repo, &["stash", "push", "-q"]);
        world.becomes_revoked(&token);
    }
    let untracked = world.issue();
    world.write(&world.repo, "new", &untracked.text);
    world.git(&world.repo, &["stash", "push", "-q", "--include-untracked"]);
    world.becomes_revoked(&untracked);
    assert_eq!(watching.end_and_count("revoked"), 3);
}

#[test]
fn fetch() {
    let world = World::new();
    let other = world.root().join("other");
    world.git(&world.root(), &["clone", "-q", "repo", "other"]);
    let watching = world.watch(&[&other]);
    let token = world.issue();
    world.git(&world.repo, &["switch", "-q", "-c", "topic/deep/one"]);
    world.commit(&world.repo, "key", &token.text);
    world.git(&other, &["fetch", "-q"]);
    world.becomes_revoked(&token);
    watching.tells("revoked blob key:1:1");
}

#[test]
fn push_into_a_bare_repository_with_loose_and_packed_objects() {
    let world = World::new();
    let server = world.root().join("server.git");
    world.git(&world.root(), &["init", "-q", "--bare", "server.git"]);
    world.git(&world.repo, &["remote", "add", "origin", server.to_str().unwrap()]);
    let watching = world.watch(&[&server]);
    let loose = world.issue();
    world.commit(&world.repo, "key", &loose.text);
    world.git(&world.repo, &["push", "-q", "origin", "main:refs/heads/feature/one"]);
    world.becomes_revoked(&loose);

    world.git(&server, &["config", "receive.unpackLimit", "1"]);
    let packed = world.issue();
    world.commit(&world.repo, "key2", &packed.text);
    world.git(&world.repo, &["push", "-q", "origin", "main"]);
    world.becomes_revoked(&packed);
    let packs = std::fs::read_dir(server.join("objects/pack")).unwrap();
    assert!(packs.flatten().any(|entry| entry.path().extension().is_some_and(|e| e == "pack")));
    watching.end();
}

#[test]
fn tag_message_branch_name_file_name_author_and_note() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let git = |args: &[&str]| world.git(&world.repo, args);
    let tag = world.issue();
    git(&["tag", "-a", "v1", "-m", &tag.text]);
    world.becomes_revoked(&tag);
    let branch = world.issue();
    git(&["branch", &format!("fix/{}", branch.text)]);
    world.becomes_revoked(&branch);
    let file = world.issue();
    world.commit(&world.repo, &format!("notes/{}.txt", file.text), "nothing");
    world.becomes_revoked(&file);
    let author = world.issue();
    let named = format!("--author={} <a@example.org>", author.text);
    git(&["commit", "-q", "--allow-empty", "-m", "m", &named]);
    world.becomes_revoked(&author);
    let note = world.issue();
    git(&["notes", "add", "-m", &note.text]);
    world.becomes_revoked(&note);
    for token in [tag, branch, file, author, note] {
        let secret = &token.text[token.text.len() - 36..];
        assert!(watching.lines().iter().all(|line| !line.contains(secret)));
    }
}

#[test]
fn linked_work_tree() {
    let world = World::new();
    let side = world.root().join("side");
    let watching = world.watch(&[&world.repo]);
    // The work tree comes while the watcher runs.
    world.git(&world.repo, &["worktree", "add", "-q", "--detach", "../side"]);
    let token = world.issue();
    world.commit(&side, "key", &token.text);
    world.becomes_revoked(&token);
    watching.end();

    // Named by the linked work tree, and by both: one repository.
    let watching = world.watch(&[&side, &world.repo]);
    assert_eq!(watching.count("added"), 1);
    let token = world.issue();
    world.commit(&world.repo, "key2", &token.text);
    world.becomes_revoked(&token);
    assert_eq!(watching.end_and_count("revoked"), 1);
}

#[test]
fn submodule() {
    let world = World::new();
    let library = world.root().join("library");
    world.init(&library);
    let from = library.to_str().unwrap();
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, "lib"];
    world.git(&world.repo, &add);
    world.git(&world.repo, &["commit", "-q", "-m", "a library"]);
    let watching = world.watch(&[&world.repo]);
    let token = world.issue();
    world.commit(&world.repo.join("lib"), "key", &token.text);
    world.becomes_revoked(&token);
    assert_eq!(watching.count("added"), 2);
    // One more while the watcher runs.
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, "lib2"];
    world.git(&world.repo, &add);
    let token = world.issue();
    world.commit(&world.repo.join("lib2"), "key", &token.text);
    world.becomes_revoked(&token);
    watching.end();
}

#[test]
fn sha256_repository() {
    let world = World::new();
    let repo = world.root().join("new");
    std::fs::create_dir(&repo).unwrap();
    world.git(&repo, &["init", "-q", "--object-format=sha256"]);
    world.commit(&repo, "README", "hello");
    let watching = world.watch(&[&repo]);
    let token = world.issue();
    world.commit(&repo, "key", &token.text);
    world.becomes_revoked(&token);
    watching.end();
    // The memory works for long ids, too.
    let second = world.issue();
    world.commit(&repo, "key", &second.text);
    world.watch(&[&repo]);
    assert_eq!(world.status(&second), Status::Revoked);
}

#[test]
fn cherry_pick_rebase_and_reset_away() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let git = |args: &[&str]| world.git(&world.repo, args);
    let token = world.issue();
    git(&["switch", "-q", "-c", "topic"]);
    world.commit(&world.repo, "key", &token.text);
    git(&["switch", "-q", "main"]);
    git(&["cherry-pick", "topic"]);
    git(&["reset", "-q", "--hard", "HEAD~1"]);
    git(&["branch", "-q", "-D", "topic"]);
    world.becomes_revoked(&token);
    assert_eq!(world.events(&token, Kind::TokenLeaked).len(), 1);
    watching.end();
}
