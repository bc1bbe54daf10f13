//! Power cuts: the ledger lies on a file system of its own, in an image. While it is written to,
//! the image is copied: the copy holds what that file system had flushed, and nothing else. So a
//! sync that was left out shows as an acknowledged event that is gone.
//!
//! It takes the right to mount. Where that is not to be had, the test says so, and `tests/run`
//! counts it as left out. `PATROL_POWER_CUTS` asks for more cuts than the few of every run.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use patrol_app::{App, Caller};
use patrol_ledger::tlog::hash_text;
use patrol_ledger::{By, Change, Via};
use rustix::process::{Pid, Signal, kill_process};

/// Where the writing child finds its ledger, and where it notes what was acknowledged.
const FOLDER: &str = "PATROL_POWER_FOLDER";
const NOTES: &str = "PATROL_POWER_NOTES";

/// A file system in an image, mounted; unmounted when dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn new(image: &Path, at: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        // The file system itself writes back only every 30 seconds: what is there was synced.
        let mount =
            Command::new("mount").args(["-o", "loop,commit=30"]).arg(image).arg(&at).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        for _ in 0..50 {
            let done = Command::new("umount").arg(&self.0).stderr(Stdio::null()).status();
            if done.is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn make_image(image: &Path) -> bool {
    File::create(image).unwrap().set_len(192 << 20).unwrap();
    let made = Command::new("mkfs.ext4").args(["-q", "-F"]).arg(image).output();
    made.is_ok_and(|output| output.status.success())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test runner says where left-out tests are named"
)]
fn left_out(why: &str) {
    eprintln!("left out: {why}");
    if let Some(list) = std::env::var_os("PATROL_TEST_LEFT_OUT") {
        let mut list = OpenOptions::new().create(true).append(true).open(list).unwrap();
        writeln!(list, "power cuts: {why}").unwrap();
    }
}

/// Not a test of its own: the child that writes until it is killed.
#[test]
#[ignore = "runs as the child of the test below"]
#[expect(clippy::disallowed_methods, reason = "how the test tells its child what to do")]
fn writes_until_it_is_killed() {
    let (Some(folder), Some(notes)) = (std::env::var_os(FOLDER), std::env::var_os(NOTES)) else {
        return;
    };
    let app = App::open(&PathBuf::from(folder).join("ledger.db")).unwrap();
    let notes = Mutex::new(OpenOptions::new().append(true).open(notes).unwrap());
    let note = |line: String| notes.lock().unwrap().write_all(line.as_bytes()).unwrap();
    let caller = Caller { actor: "writer".into(), via: Via::Cli, uid: None };
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let (app, note, caller) = (&app, &note, &caller);
            scope.spawn(move || {
                for n in 0.. {
                    let days = 1 + (n * 4 + thread) % 997;
                    let change = Change::parse("default-expiry", &format!("{days}d")).unwrap();
                    let command = patrol_ledger::Command::SetPolicy(change);
                    let receipt = app.submit(caller, command).unwrap();
                    // Acknowledged: from here on it must never be gone.
                    for event in receipt.events {
                        note(format!("event {} {}\n", event.position, event.id));
                    }
                    if thread == 0 && n % 20 == 0 {
                        let by = By { actor: "writer".into(), via: Via::Cli, uid: None };
                        let signed = app.ledger().checkpoint(&by).unwrap().checkpoint;
                        note(format!("signed {} {}\n", signed.size, hash_text(&signed.root)));
                    }
                }
            });
        }
    });
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(60), "waited for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

struct Writer(Child);

impl Writer {
    fn start(folder: &Path, notes: &Path) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "power::writes_until_it_is_killed", "--ignored"])
            .env(FOLDER, folder)
            .env(NOTES, notes)
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Stops it, and waits until each of its threads stands still: one that is inside a sync goes
    /// on to the end of it, and what it flushes meanwhile would be half in a copy.
    fn halt(&self) {
        self.signal(Signal::STOP);
        let stands_still = |stat: PathBuf| {
            // The name of the thread stands in parentheses; its state is the word behind them.
            let stat = std::fs::read_to_string(stat).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T'))
        };
        wait_for("the writer to stand still", || {
            let tasks = std::fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap();
            tasks.flatten().all(|task| stands_still(task.path().join("stat")))
        });
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What a copy of the image holds against what was acknowledged before it was made.
fn survives(copy: &Path, at: PathBuf, notes: &str) -> (usize, usize) {
    let mounted = Mounted::new(copy, at).expect("the copy of a file system can be mounted");
    let app = App::open(&mounted.0.join("ledger.db")).unwrap();
    let report = app.check().unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    let reader = app.ledger().reader().unwrap();
    let (mut events, mut signed) = (0, 0);
    for line in notes.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let number: u64 = words[1].parse().unwrap();
        match words[0] {
            "event" => {
                assert!(number < report.events, "event {number} was acknowledged and is gone");
                assert_eq!(reader.event_at(number).unwrap().id.to_string(), words[2]);
                events += 1;
            }
            _ => {
                assert!(number <= report.events, "a checkpoint of {number} events was signed");
                assert_eq!(hash_text(&reader.root_at(number).unwrap()), words[2]);
                signed += 1;
            }
        }
    }
    // Neither is the signer's record ahead of the log.
    reader.assure_not_rolled_back().unwrap();
    (events, signed)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by the power recipe")]
fn no_acknowledged_event_and_no_signed_root_is_lost_to_a_power_cut() {
    let asked = std::env::var_os("PATROL_POWER_CUTS");
    let cuts: u64 = asked.and_then(|text| text.to_str()?.parse().ok()).unwrap_or(5);
    let scratch = tempfile::tempdir().unwrap();
    let image = scratch.path().join("disk.img");
    if !make_image(&image) {
        return left_out("mkfs.ext4 is not to be had");
    }
    let Some(mounted) = Mounted::new(&image, scratch.path().join("disk")) else {
        return left_out("loop devices are not to be had (this needs the right to mount)");
    };
    let caller = Caller { actor: "writer".into(), via: Via::Cli, uid: None };
    let prefix = "acme_pat".parse().unwrap();
    drop(App::init(&mounted.0.join("ledger.db"), &prefix, None, &caller).unwrap());
    let notes = scratch.path().join("notes");
    File::create(&notes).unwrap();
    let writer = Writer::start(&mounted.0, &notes);
    // A disk may be slow: a cut before anything was acknowledged would prove nothing.
    let acknowledged = || std::fs::read_to_string(&notes).unwrap();
    wait_for("a first event and a first checkpoint", || {
        let lines = acknowledged();
        lines.contains("event ") && lines.contains("signed ")
    });
    let (mut events, mut signed) = (0, 0);
    for cut in 0..cuts {
        // At no moment in particular.
        std::thread::sleep(Duration::from_millis(60 + (cut * 7919) % 113));
        writer.halt();
        let lines = acknowledged();
        let whole = &lines[..lines.rfind('\n').map_or(0, |end| end + 1)];
        // A file of its own for each: the kernel lets go of a loop device in its own time.
        let copy = scratch.path().join(format!("copy-{cut}.img"));
        let copied = Command::new("cp").arg("--sparse=always").arg(&image).arg(&copy).status();
        assert!(copied.unwrap().success());
        writer.signal(Signal::CONT);
        (events, signed) = survives(&copy, scratch.path().join("copy"), whole);
        std::fs::remove_file(copy).unwrap();
    }
    eprintln!("{cuts} cuts; {events} events and {signed} checkpoints acknowledged before the last");
    assert!(events > 0 && signed > 0, "the writer has written");
    drop(writer);
}
