//! The hook before a push, called by real git.

use std::path::PathBuf;

use crate::world::{World, no_secret};

struct Pushing {
    world: World,
    server: PathBuf,
}

/// A repository with a server that has its first commit.
fn guarded() -> Pushing {
    let world = World::new();
    let server = world.root().join("server.git");
    world.git_in(&world.root(), &["init", "-q", "--bare", "server.git"]).ok();
    world.git(&["remote", "add", "origin", server.to_str().unwrap()]).ok();
    world.git(&["push", "-q", "origin", "main"]).ok();
    world.patrol(&["hook", "install", "--kind", "pre-push"]).ok();
    Pushing { world, server }
}

impl Pushing {
    fn commit(&self, path: &str, content: &str) {
        self.world.write(path, content);
        self.world.git(&["add", "-A"]).ok();
        self.world.git(&["commit", "-q", "-m", "a change"]).ok();
    }

    fn there(&self) -> String {
        self.world.git_in(&self.server, &["for-each-ref"]).ok().stdout
    }
}

#[test]
fn a_token_in_history_is_not_pushed_even_if_it_is_gone_again() {
    let pushing = guarded();
    let world = &pushing.world;
    let token = world.issue();
    pushing.commit("key", &format!("x\n{}\n", token.text));
    let commit = world.head();
    pushing.commit("key", "gone\n");
    let before = pushing.there();
    let ran = world.git(&["push", "origin", "main"]);
    assert_ne!(ran.code, 0);
    assert_eq!(pushing.there(), before);
    let place = format!("  key:2:1 in commit {}  acme_pat_{}_…  live", &commit[..12], token.id);
    assert!(ran.stderr.contains(&place), "{ran:?}");
    assert!(ran.stderr.contains("this would publish a token; nothing was pushed"), "{ran:?}");
    no_secret(&ran.all(), &[&token]);
    world.git(&["reset", "-q", "--hard", "HEAD~2"]).ok();
    pushing.commit("other", "clean\n");
    world.git(&["push", "-q", "origin", "main"]).ok();
}

#[test]
fn every_ref_of_a_push_counts() {
    let pushing = guarded();
    let world = &pushing.world;
    let token = world.issue();
    world.git(&["branch", "clean"]).ok();
    world.git(&["switch", "-q", "-c", "dirty"]).ok();
    pushing.commit("key", &token.text);
    let ran = world.git(&["push", "origin", "main", "clean", "dirty"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    world.git(&["push", "-q", "origin", "main", "clean"]).ok();
    // A deletion sends nothing, whatever else is in the repository.
    world.git(&["push", "-q", "origin", "--delete", "clean"]).ok();
    world.git(&["push", "-q", "origin", ":refs/heads/never-there", "main"]);
}

#[test]
fn messages_tags_names_and_merges() {
    let pushing = guarded();
    let world = &pushing.world;
    let token = world.issue();
    world.git(&["commit", "-q", "--allow-empty", "-m", &format!("see {}", token.text)]).ok();
    assert_ne!(world.git(&["push", "origin", "main"]).code, 0);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    world.git(&["tag", "-a", "v1", "-m", &token.text]).ok();
    assert_ne!(world.git(&["push", "origin", "v1"]).code, 0);
    let name = format!("main:refs/heads/fix/{}", token.text);
    let ran = world.git(&["push", "origin", &name]);
    assert_ne!(ran.code, 0);
    no_secret(&ran.stdout, &[&token]);
    world.git(&["switch", "-q", "-c", "side"]).ok();
    pushing.commit("README", "side\n");
    world.git(&["switch", "-q", "main"]).ok();
    pushing.commit("README", "main\n");
    assert_ne!(world.git(&["merge", "side"]).code, 0);
    world.write("README", &token.text);
    world.git(&["commit", "-q", "-a", "-m", "merged"]).ok();
    assert_ne!(world.git(&["push", "origin", "main"]).code, 0);
}

#[test]
fn a_new_server_gets_everything_and_a_known_one_what_is_new() {
    let pushing = guarded();
    let world = &pushing.world;
    let token = world.issue();
    pushing.commit("key", &token.text);
    pushing.commit("key", "gone\n");
    world.git(&["push", "-q", "--no-verify", "origin", "main"]).ok();
    // It is there now; what comes after it may pass.
    pushing.commit("more", "clean\n");
    world.git(&["push", "-q", "origin", "main"]).ok();
    world.git(&["push", "-q", "origin", "main:refs/heads/copy"]).ok();
    // Another server does not have it, with a name or without.
    let other = world.root().join("other.git");
    world.git_in(&world.root(), &["init", "-q", "--bare", "other.git"]).ok();
    assert_ne!(world.git(&["push", other.to_str().unwrap(), "main"]).code, 0);
    world.git(&["remote", "add", "other", other.to_str().unwrap()]).ok();
    assert_ne!(world.git(&["push", "other", "main"]).code, 0);
    world.revoke(&token);
    let ran = world.git(&["push", "other", "main"]).ok();
    assert!(ran.stderr.contains("revoked"), "{ran:?}");
}

#[test]
fn what_was_fetched_from_elsewhere_is_not_there_yet() {
    let pushing = guarded();
    let world = &pushing.world;
    let token = world.issue();
    let bare = |name: &str| {
        world.git_in(&world.root(), &["init", "-q", "--bare", name]).ok();
        world.root().join(name).to_str().unwrap().to_owned()
    };
    pushing.commit("key", &token.text);
    // A remote with a longer name has it.
    let longer = bare("longer.git");
    world.git(&["push", "-q", "--no-verify", &longer, "main"]).ok();
    world.git(&["remote", "add", "origin2", &longer]).ok();
    world.git(&["config", "remote.origin/x.url", &longer]).ok();
    let refspec = "+refs/heads/*:refs/remotes/origin/x/*";
    world.git(&["config", "remote.origin/x.fetch", refspec]).ok();
    world.git(&["fetch", "-q", "origin/x"]).ok();
    world.git(&["fetch", "-q", "origin2"]).ok();
    assert_ne!(world.git(&["push", "origin", "main:refs/heads/new"]).code, 0);
    // What is pushed goes elsewhere than what is fetched comes from.
    world.git(&["push", "-q", "--no-verify", "origin", "main"]).ok();
    let fork = bare("fork.git");
    world.git(&["config", "remote.origin.pushurl", &fork]).ok();
    assert_ne!(world.git(&["push", "origin", "main"]).code, 0);
    assert!(world.git_in(fork.as_ref(), &["for-each-ref"]).ok().stdout.is_empty());
    let line = format!("main {} refs/heads/main {}\n", world.head(), "0".repeat(40));
    let run = |more: &[&str]| {
        world.feed(&line, &[&["hook", "run", "pre-push", "origin"], more].concat()).code
    };
    assert_eq!(run(&[&fork]), 1);
    assert_eq!(run(&[pushing.server.to_str().unwrap()]), 0);
    world.git(&["config", "--unset", "remote.origin.pushurl"]).ok();
    assert_eq!(run(&[]), 0);
    world.git(&["push", "-q", "origin", "main:refs/heads/new"]).ok();
}

#[test]
fn an_address_with_a_token_in_it_is_not_handed_on() {
    let pushing = guarded();
    let world = &pushing.world;
    let token = world.issue();
    let twin = world.root().join(format!("{}.git", token.text));
    world.git_in(&world.root(), &["clone", "-q", "--bare", "repo", twin.to_str().unwrap()]).ok();
    pushing.commit("more", "clean\n");
    world.git(&["push", "-q", twin.to_str().unwrap(), "main"]).ok();
}

#[test]
fn what_is_no_secret_has_a_way_past() {
    let pushing = guarded();
    let world = &pushing.world;
    let line = format!("key = {}", ["gl", "pat-", "x7Qm2VdK9s", "LfR4tWz8Bn"].concat());
    pushing.commit("example", &format!("{line}\n"));
    let ran = world.git(&["push", "origin", "main"]);
    assert_ne!(ran.code, 0);
    let way = "What is no secret may stay with `patrol:allow` in a comment on its line, or with a \
               line in the baseline that patrol.toml names\n";
    assert!(ran.stderr.contains(way), "{ran:?}");
    world.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    pushing.commit("example", &format!("{line} # patrol:allow\n"));
    world.git(&["push", "-q", "origin", "main"]).ok();
}

#[test]
fn called_by_anything_but_git_it_says_so() {
    let pushing = guarded();
    let world = &pushing.world;
    let no_remote = world.patrol(&["hook", "run", "--kind", "pre-push"]);
    assert_eq!(no_remote.code, 2);
    assert!(no_remote.stderr.contains("where git is about to push"), "{no_remote:?}");
    let nonsense = world.feed("HEAD\n", &["hook", "run", "pre-push", "origin", "url"]);
    assert_eq!(nonsense.code, 2);
    assert!(nonsense.stderr.contains("line 1 of standard input is not git's"), "{nonsense:?}");
    // An object that is not here cannot be pushed, and nothing is said to be clean.
    let absent = format!("main {} refs/heads/main {}\n", "1".repeat(40), "0".repeat(40));
    let ran = world.feed(&absent, &["hook", "run", "pre-push", "origin"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    let first = "error: patrol's hook cannot check this push, so nothing was pushed: ";
    assert!(ran.stderr.starts_with(first), "{ran:?}");
    // Nothing to push is nothing to stop.
    assert_eq!(world.feed("", &["hook", "run", "pre-push", "origin"]).code, 0);
    // The local ref is whatever somebody wrote.
    let head = world.head();
    let line = format!("HEAD@{{0}} or so {head} refs/heads/main {head}\n");
    assert_eq!(world.feed(&line, &["hook", "run", "pre-push", "origin"]).code, 0);
}
