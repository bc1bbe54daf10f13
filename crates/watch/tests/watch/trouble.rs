//! When something is broken: ledgers that fail, objects that are damaged, readers that sleep.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use patrol_ledger::{Status, Via};
use patrol_scan::Finding;
use patrol_scan::rules::Rules;
use patrol_token::Prefix;
use patrol_watch::{AppResponder, Deps, Outbox, Responder, ResponderError, Watcher, stop};

use crate::world::{World, caller};

/// A ledger that can be switched off.
struct Switched {
    inner: AppResponder,
    works: Arc<AtomicBool>,
}

impl Switched {
    fn check(&self) -> Result<(), ResponderError> {
        let works = self.works.load(Ordering::SeqCst);
        works.then_some(()).ok_or_else(|| ResponderError::Later("the disk is full".into()))
    }
}

impl Responder for Switched {
    fn prefixes(&self) -> Result<Vec<Prefix>, ResponderError> {
        self.check()?;
        self.inner.prefixes()
    }

    fn imported(&self) -> Result<Rules, ResponderError> {
        self.check()?;
        self.inner.imported()
    }

    fn judge(&self, findings: &mut [Finding]) -> Result<(), ResponderError> {
        self.inner.judge(findings)
    }

    fn respond(&self, finding: &mut Finding) -> Result<(), ResponderError> {
        self.check()?;
        self.inner.respond(finding)
    }
}

#[test]
fn a_ledger_that_fails_loses_nothing() {
    let world = World::new();
    let works = Arc::new(AtomicBool::new(true));
    let inner = AppResponder::new(Arc::clone(&world.app), caller(Via::Watcher));
    let responder = Switched { inner, works: Arc::clone(&works) };
    let watching = world.start_with(world.config(&[&world.repo]), Arc::new(responder));
    watching.ready();
    works.store(false, Ordering::SeqCst);
    let (first, second) = (world.issue(), world.issue());
    world.commit(&world.repo, "one", &first.text);
    watching.tells("warning ledger the ledger did not take a leak: the disk is full");
    world.commit(&world.repo, "two", &second.text);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(world.status(&first), Status::Active);
    works.store(true, Ordering::SeqCst);
    world.becomes_revoked(&first);
    world.becomes_revoked(&second);
    watching.end();
}

#[test]
fn a_watcher_that_ends_before_the_ledger_answers_leaves_it_to_the_next() {
    let world = World::new();
    let works = Arc::new(AtomicBool::new(true));
    let inner = AppResponder::new(Arc::clone(&world.app), caller(Via::Watcher));
    let responder = Switched { inner, works: Arc::clone(&works) };
    let watching = world.start_with(world.config(&[&world.repo]), Arc::new(responder));
    watching.ready();
    works.store(false, Ordering::SeqCst);
    let token = world.issue();
    world.commit(&world.repo, "key", &token.text);
    world.commit(&world.repo, "other", "a clean one on top");
    watching.tells("the disk is full");
    let lines = watching.end();
    assert!(lines.iter().any(|line| line.contains("the next run looks again")), "{lines:#?}");
    assert_eq!(world.status(&token), Status::Active);
    world.watch(&[&world.repo]);
    assert_eq!(world.status(&token), Status::Revoked);
}

#[test]
fn a_damaged_object_is_named_and_read_once_it_is_repaired() {
    let world = World::new();
    let (token, other) = (world.issue(), world.issue());
    world.commit(&world.repo, "key", &token.text);
    let blob = world.git(&world.repo, &["rev-parse", "HEAD:key"]);
    let file = world.repo.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, b"nonsense").unwrap();
    world.commit(&world.repo, "other", &other.text);
    let watching = world.watch(&[&world.repo]);
    watching.tells(&format!("warning unread could not be read: {blob} key (damaged"));
    assert_eq!([world.status(&token), world.status(&other)], [Status::Active, Status::Revoked]);
    watching.end();
    // Ended and begun again, it is still not taken for clean; repaired, it is read.
    let watching = world.watch(&[&world.repo]);
    watching.tells("warning unread");
    std::fs::write(&file, bytes).unwrap();
    world.becomes_revoked(&token);
    watching.end();
}

#[test]
fn an_object_that_comes_late_is_read_when_it_is_there() {
    let world = World::new();
    let watching = world.watch(&[&world.repo]);
    let token = world.issue();
    world.commit(&world.repo, "key", &token.text);
    world.becomes_revoked(&token);
    // A ref that is there before its object.
    let late = world.issue();
    world.write(&world.repo, "late", &late.text);
    let blob = world.git(&world.repo, &["hash-object", "late"]);
    world.write(&world.repo, ".git/refs/tags/late", &format!("{blob}\n"));
    watching.tells(&format!("warning unread could not be read: {blob}"));
    world.git(&world.repo, &["hash-object", "-w", "late"]);
    world.becomes_revoked(&late);
    watching.end();
}

#[test]
fn a_repository_that_cannot_be_read_does_not_hold_up_others() {
    let world = World::new();
    let broken = world.root().join("broken");
    world.init(&broken);
    world.git(&broken, &["config", "extensions.objectFormat", "sha999"]);
    let watching = world.watch(&[&broken, &world.repo]);
    watching.tells("warning repository the repository");
    let token = world.issue();
    world.commit(&world.repo, "key", &token.text);
    world.becomes_revoked(&token);
    let lines = watching.end();
    assert_eq!(lines.iter().filter(|line| line.starts_with("warning repository")).count(), 1);
}

#[test]
fn nobody_reading_the_events_holds_up_nothing() {
    let world = World::new();
    let outbox = Arc::new(Outbox::new(4));
    let (stopper, stop) = stop();
    let app = Arc::clone(&world.app);
    let responder = Arc::new(AppResponder::new(app, caller(Via::Watcher)));
    let deps = Deps { responder, outbox: Arc::clone(&outbox) };
    let config = world.config(&[&world.repo]);
    let thread = std::thread::spawn(move || Watcher::new(config, deps).run(stop));
    for n in 0..20 {
        let token = world.issue();
        world.commit(&world.repo, &format!("key{n}"), &token.text);
        world.becomes_revoked(&token);
    }
    stopper.stop();
    thread.join().unwrap().unwrap();
    outbox.close();
    let told = std::iter::from_fn(|| outbox.next()).count();
    assert_eq!(told, 5, "four events, and a warning that the rest was left out");
}

#[test]
fn what_is_not_there_at_the_start_is_an_error() {
    let world = World::new();
    let run = |path: &std::path::Path| {
        let app = Arc::clone(&world.app);
        let responder = Arc::new(AppResponder::new(app, caller(Via::Watcher)));
        let deps = Deps { responder, outbox: Arc::new(Outbox::new(10)) };
        let (_stopper, stop) = stop();
        Watcher::new(world.config(&[path]), deps).run(stop).unwrap_err().to_string()
    };
    assert!(run(&world.root().join("no")).ends_with("no: there is no such directory"));
    let file = run(&world.repo.join("README"));
    assert!(file.ends_with("is a file, neither a repository nor a folder of repositories"));
}

#[test]
fn a_hostile_repository_runs_nothing_and_hides_nothing() {
    let world = World::new();
    let marker = world.root().join("marker");
    let touch = format!("touch {}", marker.display());
    let token = world.issue();
    world.write(&world.repo, ".gitattributes", "* -diff diff=evil filter=evil\n");
    let name = "a\u{1b}[2Jb\nc\u{202e}d";
    world.commit(&world.repo, name, &token.text);
    for (key, value) in [
        ("core.fsmonitor", touch.as_str()),
        ("core.pager", &touch),
        ("core.sshCommand", &touch),
        ("diff.evil.textconv", &touch),
        ("diff.evil.command", &touch),
        ("diff.external", &touch),
        ("filter.evil.clean", &touch),
        ("filter.evil.smudge", &touch),
        ("core.hooksPath", "/nonexistent"),
        ("include.path", "/etc/passwd"),
    ] {
        world.git(&world.repo, &["config", key, value]);
    }
    world.write(&world.repo, "patrol.toml", "ledger = \"/tmp/elsewhere\"\n");
    let watching = world.watch(&[&world.repo]);
    assert_eq!(world.status(&token), Status::Revoked);
    watching.end();
    assert!(!marker.exists());
}

#[test]
fn refs_that_cannot_be_read_are_named_and_never_passed_over_in_silence() {
    let world = World::new();
    let repo = world.root().join("tables");
    std::fs::create_dir(&repo).unwrap();
    if !world.try_git(&repo, &["init", "-q", "--ref-format=reftable"]).status.success() {
        // An older git knows no such format, and neither has such repositories.
        return;
    }
    world.commit(&repo, "README", "hello");
    let watching = world.watch(&[&repo]);
    watching.tells("warning unread could not be read: the refs of");
    watching.tells("unsupported storage: reftable");
}
