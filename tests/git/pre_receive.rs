//! The hook of a server, called by real pushes over a real transport.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::world::{PATIENCE, Ran, Token, World, finish, no_secret, program};

struct Server {
    world: World,
    bare: PathBuf,
}

impl Server {
    /// A bare repository with the hook and a first commit, and a clone that pushes to it.
    fn new(install: &[&str]) -> Self {
        Self::with(World::new(), &[], install)
    }

    fn with(world: World, init: &[&str], install: &[&str]) -> Self {
        let bare = world.root().join("server.git");
        let args = [&["init", "-q", "--bare"], init, &["server.git"]].concat();
        world.git_in(&world.root(), &args).ok();
        let address = format!("file://{}", bare.display());
        world.git(&["remote", "add", "origin", &address]).ok();
        world.git_in(&bare, &["config", "receive.advertisePushOptions", "true"]).ok();
        world.git(&["push", "-q", "origin", "main"]).ok();
        let args = [&["hook", "install", "--kind", "pre-receive"], install].concat();
        world.patrol_in(&bare, &args).ok();
        Self { world, bare }
    }

    fn commit(&self, path: &str, content: &str) -> String {
        self.world.write(path, content);
        self.world.git(&["add", "-A"]).ok();
        self.world.git(&["commit", "-q", "-m", "a change"]).ok();
        self.world.head()
    }

    fn push(&self, args: &[&str]) -> Ran {
        self.world.git(&[&["push", "origin"], args].concat())
    }

    fn push_with(&self, vars: &[(&str, &str)], args: &[&str]) -> Ran {
        let mut command = self.world.command("git", &self.world.repo);
        command.args(["push", "origin"]).args(args).envs(vars.iter().copied());
        finish(&mut command, b"")
    }

    /// Everything that is in the store, and every ref.
    fn there(&self) -> (Vec<String>, String) {
        let mut files = Vec::new();
        list(&self.bare.join("objects"), &mut files);
        files.sort();
        (files, self.world.git_in(&self.bare, &["for-each-ref"]).ok().stdout)
    }

    /// Pushes, and makes sure that it is refused and leaves nothing.
    fn refuses(&self, token: &Token, args: &[&str]) -> Ran {
        let before = self.there();
        let ran = self.push(args);
        assert_ne!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains("remote: patrol: PUSH BLOCKED"), "{ran:?}");
        assert!(ran.stderr.contains("pre-receive hook declined"), "{ran:?}");
        assert_eq!(self.there(), before);
        no_secret(&remote(&ran), &[token]);
        ran
    }

    fn bypasses(&self) -> Vec<serde_json::Value> {
        let args = ["history", "--type", "ledger.scan_bypassed", "--format", "json"];
        self.world.patrol(&args).ok().json()["events"].as_array().unwrap().clone()
    }
}

fn list(folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        files.push(entry.path().display().to_string());
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), files);
        }
    }
}

/// What the other side says; git itself repeats the names of refs.
fn remote(ran: &Ran) -> String {
    ran.stderr.lines().filter(|line| line.starts_with("remote: ")).collect::<Vec<_>>().join("\n")
}

/// A token of the same format that no ledger knows.
fn stranger() -> Token {
    World::new().issue()
}

fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_token_is_refused_wherever_it_stands() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    let begin = world.head();
    let back = || drop(world.git(&["reset", "-q", "--hard", &begin]).ok());

    let commit = server.commit("deploy/key", &format!("x\n{}\n", token.text));
    let ran = server.refuses(&token, &["main"]);
    let line = format!("deploy/key:2:1 in commit {}  acme_pat_{}_…  live", &commit[..12], token.id);
    assert!(ran.stderr.contains(&line), "{ran:?}");
    assert!(ran.stderr.contains("git commit --amend"), "{ran:?}");
    // A later commit that deletes it takes it out of nothing.
    server.commit("deploy/key", "gone\n");
    server.refuses(&token, &["main"]);
    back();

    // In a merge and in neither side of it.
    world.git(&["switch", "-q", "-c", "side"]).ok();
    server.commit("README", "side\n");
    world.git(&["switch", "-q", "main"]).ok();
    server.commit("README", "main\n");
    assert_ne!(world.git(&["merge", "side"]).code, 0);
    world.write("README", &token.text);
    world.git(&["commit", "-q", "-a", "-m", "merged"]).ok();
    server.refuses(&token, &["main"]);
    back();

    world.git(&["commit", "-q", "--allow-empty", "-m", &format!("see {}", token.text)]).ok();
    let ran = server.refuses(&token, &["main"]);
    assert!(ran.stderr.contains("commit-message:1:5 in commit"), "{ran:?}");
    back();
    world.git(&["tag", "-a", "v1", "-m", &token.text]).ok();
    server.refuses(&token, &["v1"]);
    let name = format!("main:refs/heads/fix/{}", token.text);
    server.refuses(&token, &[&name]);
    world.git(&["notes", "add", "-m", &token.text, "HEAD"]).ok();
    server.refuses(&token, &["refs/notes/commits"]);
    // A tag on a blob, and one on a tree: no commit leads there.
    let blob = finish(
        world.command("git", &world.repo).args(["hash-object", "-w", "--stdin"]),
        token.text.as_bytes(),
    );
    world.git(&["tag", "blob", blob.stdout.trim()]).ok();
    server.refuses(&token, &["blob"]);
    // Somebody who has no ref for it: several refs at once, the leak in the last.
    world.git(&["branch", "clean"]).ok();
    server.commit("zzz", &token.text);
    server.refuses(&token, &["clean", "side", "main:refs/heads/zzz"]);
    back();
    server.push(&["main", "clean", "side"]).ok();
}

#[test]
fn what_is_clean_and_what_is_deleted_passes() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    server.commit("a", "clean\n");
    world.git(&["branch", "other"]).ok();
    let ran = server.push(&["main", "other"]).ok();
    assert_eq!(remote(&ran), "");
    server.push(&["--delete", "other"]).ok();
    // A push that deletes one and brings the token in with another is one push.
    server.push(&["other"]).ok();
    let ran = {
        server.commit("key", &token.text);
        server.refuses(&token, &[":other", "main"])
    };
    assert!(ran.stderr.contains("would bring in a token"), "{ran:?}");
    world.revoke(&token);
    let ran = server.push(&["main"]).ok();
    assert!(remote(&ran).contains("revoked"), "{ran:?}");
    world.git(&["commit", "-q", "--amend", "-m", "rewritten"]).ok();
    server.push(&["--force", "main"]).ok();
}

#[test]
fn a_forced_push_is_searched_against_all_refs() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    server.commit("a", "one\n");
    server.push(&["main"]).ok();
    world.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.commit("b", &token.text);
    server.refuses(&token, &["--force", "main"]);
}

#[test]
fn a_secret_that_is_there_already_can_be_taken_out() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    let hook = server.bare.join("hooks/pre-receive");
    std::fs::rename(&hook, server.bare.join("kept")).unwrap();
    // Long enough for the new version to be a delta on the old one, and the pack a thin one.
    let long = (0..2000).map(|n| format!("line {n}\n")).collect::<String>();
    server.commit("key", &format!("{long}{}\n", token.text));
    server.push(&["main"]).ok();
    std::fs::rename(server.bare.join("kept"), &hook).unwrap();
    for limit in ["1", "100"] {
        world.git_in(&server.bare, &["config", "receive.unpackLimit", limit]).ok();
        server.commit("key", &format!("{long}gone {limit}\n"));
        server.push(&["main"]).ok();
    }
    // To bring it back is refused.
    server.commit("key", &format!("{long}{}\n", token.text));
    server.refuses(&token, &["main"]);
}

#[test]
fn packs_and_loose_objects_and_what_no_ref_reaches() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    for n in 0..150 {
        world.write(&format!("files/{n}"), &format!("file {n}\n"));
    }
    // More than receive.unpackLimit: the pack stays a pack, in the quarantine, too.
    let commit = server.commit("files/key", &token.text);
    let ran = server.refuses(&token, &["main"]);
    assert!(ran.stderr.contains(&format!("files/key:1:1 in commit {}", &commit[..12])), "{ran:?}");
    world.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    // A client may send what no ref reaches; the pack is made by hand and received by real git.
    for limit in ["1", "10000"] {
        world.git_in(&server.bare, &["config", "receive.unpackLimit", limit]).ok();
        let before = server.there();
        server.commit("clean", limit);
        let blob = finish(
            world.command("git", &world.repo).args(["hash-object", "-w", "--stdin"]),
            format!("{limit} {}", token.text).as_bytes(),
        );
        let ran = send_by_hand(&server, blob.stdout.trim());
        assert!(ran.stderr.contains("PUSH BLOCKED") && ran.stderr.contains("blob"), "{ran:?}");
        assert_eq!(server.there(), before);
        no_secret(&remote(&ran), &[&token]);
    }
}

/// What `git push` sends, with one object more, handed to `git receive-pack`.
fn send_by_hand(server: &Server, more: &str) -> Ran {
    let world = &server.world;
    let (old, new) = {
        let there = world.git_in(&server.bare, &["rev-parse", "main"]).ok().stdout;
        (there.trim().to_owned(), world.head())
    };
    let revisions = format!("{new}\n^{old}\n");
    let objects = finish(
        world.command("git", &world.repo).args(["rev-list", "--objects", "--stdin"]),
        revisions.as_bytes(),
    );
    let names: String =
        objects.ok().stdout.lines().map(|line| format!("{}\n", &line[..40])).collect();
    let mut child = world
        .command("git", &world.repo)
        .args(["pack-objects", "--stdout", "-q"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("{names}{more}\n").as_bytes(),
    )
    .unwrap();
    let pack = child.wait_with_output().unwrap().stdout;
    let line = format!("{old} {new} refs/heads/main\0report-status\n");
    let mut input = format!("{:04x}{line}0000", line.len() + 4).into_bytes();
    input.extend(pack);
    let mut command = world.command("git", &world.root());
    finish(command.arg("receive-pack").arg(&server.bare), &input)
}

#[test]
fn a_ref_on_an_old_object_brings_what_was_never_published() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    // Left over from before the hook: nothing leads to it.
    let hook = server.bare.join("hooks/pre-receive");
    std::fs::rename(&hook, server.bare.join("kept")).unwrap();
    server.commit("key", &token.text);
    server.push(&["main:refs/heads/gone"]).ok();
    server.push(&["--delete", "gone"]).ok();
    std::fs::rename(server.bare.join("kept"), &hook).unwrap();
    server.refuses(&token, &["main:refs/heads/new"]);
}

#[test]
fn other_object_formats_are_the_same() {
    let world = World::without_ledger();
    world.patrol(&["init", "--prefix", "acme_pat"]).ok();
    std::fs::remove_dir_all(world.repo.join(".git")).unwrap();
    world.git(&["init", "-q", "-b", "main", "--object-format=sha256"]).ok();
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "first"]).ok();
    let server = Server::with(world, &["--object-format=sha256"], &[]);
    let token = server.world.issue();
    server.commit("a", "clean\n");
    server.push(&["main"]).ok();
    server.commit("key", &token.text);
    server.refuses(&token, &["main", "main:refs/heads/b"]);
}

#[test]
fn objects_of_a_pool_are_new_to_the_repository() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    // The store borrows from another one, in which the leak lies.
    server.commit("key", &token.text);
    let pool = world.root().join("pool.git");
    world.git_in(&world.root(), &["clone", "-q", "--bare", "repo", "pool.git"]).ok();
    std::fs::write(
        server.bare.join("objects/info/alternates"),
        format!("{}\n", pool.join("objects").display()),
    )
    .unwrap();
    server.refuses(&token, &["main"]);
}

#[test]
fn a_reason_lets_past_and_is_recorded() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = stranger();
    server.commit("fixture", &token.text);
    let ran = server.refuses(&token, &["main"]);
    assert!(ran.stderr.contains("not of this ledger"), "{ran:?}");
    assert!(ran.stderr.contains("git push -o patrol.skip="), "{ran:?}");
    for said in ["patrol.skip", "patrol.skip=", "patrol.skip=  "] {
        let ran = server.refuses(&token, &["-o", said, "main"]);
        assert!(ran.stderr.contains("patrol.skip needs a reason"), "{ran:?}");
    }
    let secret = format!("patrol.skip=it is {}", token.text);
    let before = server.there();
    let ran = server.push(&["-o", &secret, "main"]);
    assert!(ran.code != 0 && ran.stderr.contains("the reason holds a secret"), "{ran:?}");
    no_secret(&remote(&ran), &[&token]);
    assert_eq!((server.there(), server.bypasses().len()), (before, 0));

    let vars = [("REMOTE_USER", "dora")];
    let ran = server.push_with(&vars, &["-o", "patrol.skip=a fixture, issue 7", "main"]).ok();
    let told = remote(&ran);
    let first = "remote: patrol: LET THROUGH with a token, as patrol.skip asks";
    assert!(told.starts_with(first), "{told}");
    assert!(told.contains("fixture:1:1 in commit") && !told.contains("BLOCKED"), "{told}");
    let [event] = &server.bypasses()[..] else { panic!() };
    let data = &event["data"];
    assert_eq!(event["stream"], "ledger");
    assert_eq!(event["actor"]["via"], "hook");
    assert_eq!((&data["pusher"], &data["reason"]), (&"dora".into(), &"a fixture, issue 7".into()));
    assert_eq!((&data["by"], &data["complete"]), (&"push-option".into(), &true.into()));
    assert_eq!(data["refs"], serde_json::json!(["refs/heads/main"]));
    assert_eq!(data["findings"], serde_json::json!({"patrol-token": 1}));
    assert_eq!(data["repository"], server.bare.to_str().unwrap());
    let words = world.patrol(&["history", "--type", "ledger.scan_bypassed"]).ok().stdout;
    let told = format!(
        "dora pushed refs/heads/main into {} with 1 × patrol-token; let past because \"a fixture, \
         issue 7\"",
        server.bare.display()
    );
    assert!(words.contains(&told), "{words}");
    world.patrol(&["check"]).ok();
    // Where there is nothing to let past, nothing is recorded.
    server.commit("clean", "x");
    server.push(&["-o", "patrol.skip=why not", "main"]).ok();
    assert_eq!(server.bypasses().len(), 1);
}

#[test]
fn secrets_of_others_are_refused_and_let_past_alike() {
    let server = Server::new(&[]);
    let world = &server.world;
    // Built here, so that no such text stands in this repository.
    let secret = ["gl", "pat-", "x7Qm2VdK9s", "LfR4tWz8Bn"].concat();
    server.commit("deploy.env", &format!("TOKEN={secret}\n"));
    let before = server.there();
    let ran = server.push(&["main"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("would bring in a secret"), "{ran:?}");
    assert!(ran.stderr.contains("deploy.env:1:7 in commit"), "{ran:?}");
    assert_eq!(server.there(), before);
    let ran = server.push(&["-o", &format!("patrol.skip=it is {secret}"), "main"]);
    assert!(ran.code != 0 && ran.stderr.contains("the reason holds a secret"), "{ran:?}");
    assert!(!remote(&ran).contains(&secret));
    // The name of a ref with one in it does not come into the ledger.
    let name = format!("main:refs/heads/{secret}");
    server.push(&["-o", "patrol.skip=a fixture", &name]).ok();
    let recorded = server.bypasses()[0]["data"].to_string();
    assert!(recorded.contains("refs/heads/glpat-") && !recorded.contains(&secret), "{recorded}");
    // Before a commit, too; a comment on its line allows it.
    world.patrol(&["hook", "install", "--kind", "pre-commit"]).ok();
    world.write("more.env", &format!("TOKEN={secret}\n"));
    world.git(&["add", "-A"]).ok();
    let ran = world.git(&["commit", "-m", "x"]);
    assert!(ran.code != 0 && ran.all().contains("this would commit a secret"), "{ran:?}");
    world.write("more.env", &format!("TOKEN={secret} # patrol:allow\n"));
    world.git(&["add", "-A"]).ok();
    let ran = world.git(&["commit", "-m", "x"]).ok();
    assert!(ran.all().contains("what a comment on its line allows"), "{ran:?}");
}

#[test]
fn a_live_token_is_never_let_past() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    server.commit("key", &format!("{}\n{}\n", token.text, stranger().text));
    let ran = server.refuses(&token, &["-o", "patrol.skip=please", "main"]);
    assert!(ran.stderr.contains("a token that works is never let through"), "{ran:?}");
    assert_eq!((server.bypasses().len(), world.status(&token)), (0, "active".to_owned()));
    // With --revoke it is ended, by policy, and then lets itself be pushed.
    world.patrol_in(&server.bare, &["hook", "install", "--revoke"]).ok();
    let ran = server.refuses(&token, &["-o", "patrol.skip=please", "main"]);
    assert!(ran.stderr.contains("has been revoked"), "{ran:?}");
    assert_eq!(world.status(&token), "revoked");
    assert_eq!(world.history(&token), ["token.issued", "token.leaked", "token.revoked"]);
    server.push(&["-o", "patrol.skip=the rest is a fixture", "main"]).ok();
    assert_eq!(server.bypasses()[0]["data"]["findings"], serde_json::json!({"patrol-token": 1}));
}

#[test]
fn a_way_past_is_named_where_there_is_one() {
    let server = Server::new(&[]);
    let world = &server.world;
    let (token, other) = (stranger(), ["gl", "pat-", "x7Qm2VdK9s", "LfR4tWz8Bn"].concat());
    world.git_in(&server.bare, &["config", "receive.advertisePushOptions", "false"]).ok();
    server.commit("fixture", &format!("{}\n{other}\n", token.text));
    let ran = server.refuses(&token, &["main"]);
    assert!(!ran.stderr.contains("git push -o"), "{ran:?}");
    assert!(ran.stderr.contains("git config receive.advertisePushOptions true"), "{ran:?}");
    assert!(ran.stderr.contains("What is no secret may stay with `patrol:allow`"), "{ran:?}");
    // What was said is not so: git does not even send it.
    assert_ne!(server.push(&["-o", "patrol.skip=please", "main"]).code, 0);
    world.git_in(&server.bare, &["config", "receive.advertisePushOptions", "true"]).ok();
    let ran = server.refuses(&token, &["main"]);
    assert!(ran.stderr.contains("git push -o patrol.skip="), "{ran:?}");
    assert!(!ran.stderr.contains("advertisePushOptions"), "{ran:?}");
    world.write("fixture", &format!("{} # patrol:allow\n{other} # patrol:allow\n", token.text));
    world.git(&["commit", "-q", "-a", "--amend", "-m", "allowed"]).ok();
    server.push(&["main"]).ok();
}

#[test]
fn a_server_without_a_ledger_looks_for_what_the_rules_know() {
    let server = Server::with(World::without_ledger(), &[], &[]);
    let told = "remote: patrol: there is no ledger at ";
    let ran = server.push(&["main:refs/heads/clean"]).ok();
    assert!(ran.stderr.contains(told), "{ran:?}");
    let other = ["gl", "pat-", "x7Qm2VdK9s", "LfR4tWz8Bn"].concat();
    server.commit("key", &other);
    let ran = server.push(&["main"]);
    assert!(ran.code != 0 && ran.stderr.contains("remote: patrol: PUSH BLOCKED"), "{ran:?}");
    assert!(ran.stderr.contains(told) && !ran.stderr.contains("patrol.skip"), "{ran:?}");
    assert!(!remote(&ran).contains(&other), "{ran:?}");
    // One that is named has to be there.
    let config = server.world.home().join(".config/patrol");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "ledger = \"/nonexistent/ledger.db\"\n").unwrap();
    let ran = server.push(&["HEAD~1:refs/heads/clean2"]);
    assert!(ran.code != 0 && ran.stderr.contains("there is no ledger at /nonexistent"), "{ran:?}");
}

#[test]
fn without_a_ledger_nobody_is_let_past() {
    let world = World::without_ledger();
    let config = world.home().join(".config/patrol");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "prefixes = [\"acme_pat\"]\n").unwrap();
    let server = Server::with(world, &[], &[]);
    let token = stranger();
    server.commit("key", &token.text);
    let ran = server.refuses(&token, &["-o", "patrol.skip=please", "main"]);
    assert!(ran.stderr.contains("no ledger to record it in"), "{ran:?}");
}

#[test]
fn a_ledger_that_does_not_take_the_record_lets_nobody_past() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = stranger();
    server.commit("key", &token.text);
    let ledger = world.ledger();
    let before = server.there();
    let push = || server.push(&["-o", "patrol.skip=please", "main"]);
    // It was readable a moment ago and refuses to be written: an event would be too many.
    let database = rusqlite::Connection::open(&ledger).unwrap();
    database
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
        .unwrap();
    let ran = push();
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("The push is refused"), "{ran:?}");
    assert_eq!(server.there(), before);
    database.execute_batch("DROP TRIGGER full").unwrap();
    // It is gone: nobody can say what lives.
    let away = ledger.with_extension("away");
    drop(database);
    std::fs::rename(&ledger, &away).unwrap();
    std::fs::write(&ledger, "this is no ledger").unwrap();
    assert_ne!(push().code, 0);
    assert_eq!(server.there(), before);
    std::fs::remove_file(&ledger).unwrap();
    std::fs::rename(&away, &ledger).unwrap();
    push().ok();
}

#[test]
fn what_takes_too_long_is_refused_or_let_through_and_recorded() {
    let server = Server::new(&["--time-limit", "1ms"]);
    let world = &server.world;
    for n in 0..400 {
        world.write(&format!("files/{n}"), &format!("{n}{}", "abc\n".repeat(2000)));
    }
    server.commit("more", "x");
    let before = server.there();
    let ran = server.push(&["main"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("not everything in it was read"), "{ran:?}");
    assert!(ran.stderr.contains("the time was over (1ms)"), "{ran:?}");
    assert!(!ran.stderr.contains("git commit --amend"), "there is nothing to amend: {ran:?}");
    assert_eq!(server.there(), before);
    let install = ["hook", "install", "--time-limit", "1ms", "--on-timeout", "allow"];
    world.patrol_in(&server.bare, &install).ok();
    let ran = server.push(&["main"]).ok();
    assert!(ran.stderr.contains("LET THROUGH without being searched to the end"), "{ran:?}");
    let [event] = &server.bypasses()[..] else { panic!() };
    let data = &event["data"];
    assert_eq!((&data["by"], &data["complete"]), (&"time-limit".into(), &false.into()));
    assert_eq!((&data["pusher"], &data["reason"]), (&"tester".into(), &serde_json::Value::Null));
}

/// Somebody keeps the ledger to themselves: what lives cannot be looked up, nor anything recorded.
#[test]
fn a_locked_ledger_is_not_waited_for_without_end() {
    let server = Server::new(&["--time-limit", "1s", "--on-timeout", "allow"]);
    server.commit("more", "x");
    let before = server.there();
    let database = rusqlite::Connection::open(server.world.ledger()).unwrap();
    database.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let ran = server.push(&["main"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("the ledger kept this waiting for more than 4900ms"), "{ran:?}");
    assert!(ran.stderr.contains("The push is refused"), "{ran:?}");
    assert_eq!(server.there(), before);
    drop(database);
    server.push(&["main"]).ok();
}

/// Nobody takes the words: whoever writes them waits, and keeps the stream to itself meanwhile.
#[test]
fn words_that_nobody_reads_are_not_waited_for_without_end() {
    let world = World::new();
    let token = world.issue();
    let leaks = world.git(&["commit-tree", "-m", &token.text, "HEAD^{tree}"]).ok().stdout;
    let (unread, words) = std::io::pipe().unwrap();
    let mut filler = words.try_clone().unwrap();
    // Until it is full, and then until nobody can read it any more.
    let filling = std::thread::spawn(move || while filler.write_all(&[b'.'; 512]).is_ok() {});
    let mut command = world.command(program(), &world.repo);
    command.args(["hook", "run", "--kind", "pre-receive", "--time-limit", "1s"]);
    let mut hook = command.stdin(Stdio::piped()).stderr(words).spawn().unwrap();
    drop(command);
    let line = format!("{} {} refs/heads/leaks\n", "0".repeat(40), leaks.trim());
    hook.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match hook.try_wait().unwrap() {
            Some(status) => break status.code(),
            None if Instant::now() > until => break hook.kill().ok().and(None),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    hook.wait().unwrap();
    drop(unread);
    filling.join().unwrap();
    assert_eq!(status, Some(5), "it ends by itself, and refuses");
}

#[test]
fn a_hook_that_was_there_gets_the_same_lines() {
    let world = World::new();
    let bare = world.root().join("server.git");
    world.git_in(&world.root(), &["init", "-q", "--bare", "server.git"]).ok();
    let log = world.root().join("log");
    script(&bare.join("hooks/pre-receive"), &format!("cat > {}; exit 3", log.display()));
    world.patrol_in(&bare, &["hook", "install"]).ok();
    world.git(&["remote", "add", "origin", bare.to_str().unwrap()]).ok();
    world.git(&["branch", "b"]).ok();
    let ran = world.git(&["push", "origin", "main", "b"]);
    assert_ne!(ran.code, 0, "its exit code counts: {ran:?}");
    let (none, head) = ("0".repeat(40), world.head());
    let lines = format!("{none} {head} refs/heads/main\n{none} {head} refs/heads/b\n");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), lines);
    std::fs::remove_file(&log).unwrap();
    // What is refused before it does not come to it.
    world.write("key", &world.issue().text);
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
    assert_ne!(world.git(&["push", "origin", "main"]).code, 0);
    assert!(!log.exists());
    world.patrol_in(&bare, &["hook", "uninstall"]).ok();
    assert!(!bare.join("hooks/pre-receive.patrol-chained").exists());
    world.git(&["push", "origin", "main"]);
    assert!(log.exists());
}

#[test]
fn folders_of_forges_and_lines_for_gitlab() {
    let world = World::new();
    let bare = world.root().join("server.git");
    world.git_in(&world.root(), &["init", "-q", "--bare", "server.git"]).ok();
    let folder = bare.join("custom_hooks/pre-receive.d");
    let into = |verb: &str| {
        world.patrol_in(&bare, &["hook", verb, "--into", "custom_hooks/pre-receive.d"])
    };
    into("install").ok();
    assert!(into("status").ok().stdout.contains("installed"));
    // As such a server calls it.
    let hook = folder.join("patrol");
    script(&bare.join("hooks/pre-receive"), &format!("exec {}", hook.display()));
    world.git(&["remote", "add", "origin", bare.to_str().unwrap()]).ok();
    let token = world.issue();
    world.write("key", &token.text);
    world.git(&["add", "-A"]).ok();
    world.git(&["commit", "-q", "-m", "x"]).ok();
    let mut push = world.command("git", &world.repo);
    push.args(["push", "origin", "main"]).env("GL_ID", "user-12").env("GL_REPOSITORY", "project-7");
    let ran = finish(&mut push, b"");
    assert_ne!(ran.code, 0);
    let lines: Vec<_> = remote(&ran).lines().map(str::to_owned).collect();
    assert!(lines.len() > 3, "{ran:?}");
    assert!(lines.iter().all(|line| line.starts_with("remote: GL-HOOK-ERR: ")), "{lines:#?}");
    // The same when the program is gone.
    let text = std::fs::read_to_string(&hook).unwrap();
    std::fs::write(&hook, text.replace(program(), "/nowhere/patrol")).unwrap();
    let mut push = world.command("git", &world.repo);
    let ran = finish(push.args(["push", "origin", "main"]).env("GL_ID", "user-12"), b"");
    assert_ne!(ran.code, 0);
    assert!(remote(&ran).contains("remote: GL-HOOK-ERR: patrol: /nowhere/patrol is not there"));
    into("uninstall").ok();
    assert!(!hook.exists());
    // All files in there are run, so none is kept beside.
    script(&hook, "exit 0");
    let ran = into("install");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("is there and is not patrol's"), "{ran:?}");
}

#[test]
fn ten_thousand_refs_with_the_leak_in_the_last() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    let head = world.head();
    let lines: String =
        (0..10_000).map(|n| format!("create refs/heads/many/{n:05} {head}\n")).collect();
    finish(world.command("git", &world.repo).args(["update-ref", "--stdin"]), lines.as_bytes())
        .ok();
    server.commit("key", &token.text);
    world.git(&["branch", "zzz"]).ok();
    let ran = server.refuses(&token, &["refs/heads/many/*", "zzz"]);
    assert!(ran.stderr.contains("key:1:1"), "{ran:?}");
    server.push(&["-q", "refs/heads/many/*"]).ok();
    // And with as many there.
    server.refuses(&token, &["zzz"]);
}

#[test]
fn called_by_hand_it_says_what_it_needs() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = world.issue();
    let run = |args: &[&str], input: &str| {
        finish(world.command(program(), &server.bare).args(args), input.as_bytes())
    };
    let (none, head) = ("0".repeat(40), world.head());
    for verb in [&["hook", "run", "--kind", "pre-receive"][..], &["scan", "--pre-receive"]] {
        let empty = run(verb, "");
        assert_eq!(empty.code, 2);
        assert!(empty.stderr.contains("there is no line"), "{empty:?}");
        let wrong = run(verb, &format!("{none} {head} refs/heads/x\nnonsense\n"));
        assert_eq!(wrong.code, 2);
        assert!(wrong.stderr.contains("line 2 is not"), "{wrong:?}");
        let long = run(verb, &format!("{} {} refs/heads/x\n", "0".repeat(64), "a".repeat(64)));
        assert_eq!(long.code, 2, "{long:?}");
        // An object that is not there is not searched, and that is said.
        let absent = run(verb, &format!("{none} {} refs/heads/x\n", "a".repeat(40)));
        assert_eq!(absent.code, 5, "{absent:?}");
        assert_eq!(run(verb, &format!("{none} {head} refs/heads/x\n")).code, 0);
    }
    // Outside of a push there is no quarantine; what the refs would reach is searched.
    let hook = server.bare.join("hooks/pre-receive");
    std::fs::remove_file(&hook).unwrap();
    let commit = server.commit("key", &token.text);
    server.push(&["main:refs/heads/gone"]).ok();
    server.push(&["--delete", "gone"]).ok();
    let lines = format!("{none} {commit} refs/heads/x\n");
    assert_eq!(run(&["hook", "run", "--kind", "pre-receive"], &lines).code, 1);
    let found = run(&["scan", "--pre-receive", "--format", "json"], &lines);
    assert_eq!(found.code, 1);
    let finding = &found.json()["findings"][0];
    assert_eq!((&finding["path"], &finding["commit"]), (&"key".into(), &commit.into()));
    // As git calls its hooks: everything is said from inside the git directory.
    let mut command = world.command(program(), &server.bare);
    command.args(["hook", "run", "pre-receive"]).env("GIT_DIR", ".");
    assert_eq!(finish(&mut command, lines.as_bytes()).code, 1);
}

#[test]
fn names_of_refs_are_shown_escaped_and_hidden() {
    let server = Server::new(&[]);
    let world = &server.world;
    let token = stranger();
    let head = world.head();
    let name = format!("refs/heads/\u{202e}{}/\u{9b}31m", token.text);
    world.git(&["update-ref", &name, &head]).ok();
    let ran = server.refuses(&token, &[&name]);
    let foreign = |c: char| c == '\u{202e}' || c == '\u{9b}';
    assert!(!remote(&ran).contains(foreign), "{ran:?}");
    server.push(&["-o", "patrol.skip=because", &name]).ok();
    let recorded = server.bypasses()[0]["data"]["refs"][0].as_str().unwrap().to_owned();
    assert!(recorded.contains(&token.id) && !recorded.contains(&token.text), "{recorded}");
}
