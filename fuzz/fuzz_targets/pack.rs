//! Damaged packs and indexes: an answer soon and no panic; and what is called complete has read
//! every object. A small real repository is packed by git when the target starts, once with an
//! index that has checksums of the entries and once with one that has none.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use patrol_scan::source::git::{GitEnvironment, history};
use patrol_scan::{Detector, Options};

struct Packed {
    repo: PathBuf,
    index: PathBuf,
    pack: PathBuf,
    files: [Vec<u8>; 2],
    objects: u64,
}

static PACKED: LazyLock<[Packed; 2]> = LazyLock::new(|| ["1", "2"].map(packed));

fn git(repo: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(repo).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "A").env(format!("GIT_{who}_EMAIL"), "a@b");
    }
    assert!(command.status().expect("git").success());
}

fn packed(version: &str) -> Packed {
    let repo = tempfile::tempdir().expect("a directory").keep();
    git(&repo, &["init", "-q", "-b", "main"]);
    for n in 0..12 {
        let body: String = (0..40).map(|line| format!("{line} {}\n", line * (n % 5))).collect();
        fs::write(repo.join("file"), body).expect("a file");
        fs::write(repo.join(format!("entry-{n}")), "x").expect("a file");
        git(&repo, &["add", "-A"]);
        git(&repo, &["commit", "-q", "-m", &format!("number {n}")]);
    }
    let (index, by_id) =
        (format!("pack.indexVersion={version}"), "repack.useDeltaBaseOffset=false");
    git(&repo, &["-c", &index, "-c", by_id, "repack", "-q", "-a", "-d", "-f"]);
    let packs = fs::read_dir(repo.join(".git/objects/pack")).expect("packs");
    let packs: Vec<PathBuf> = packs.flatten().map(|entry| entry.path()).collect();
    let find = |end: &str| {
        packs.iter().find(|path| path.extension().is_some_and(|it| it == end)).expect(end).clone()
    };
    let (index, pack) = (find("idx"), find("pack"));
    let files = [&index, &pack].map(|path| {
        let bytes = fs::read(path).expect("a file");
        fs::remove_file(path).expect("removed");
        fs::write(path, &bytes).expect("written");
        bytes
    });
    let mut it = Packed { repo, index, pack, files, objects: 0 };
    let (is_complete, objects) = scan(&it);
    assert!(is_complete);
    it.objects = objects;
    it
}

fn scan(packed: &Packed) -> (bool, u64) {
    let detector = Detector::new(&["acme_pat".parse().expect("a prefix")]);
    let options = Options { threads: 1, ..Options::default() };
    let env = GitEnvironment::default();
    match history(&packed.repo, &env, &detector, &options, &|_| {}) {
        Ok(coverage) => (coverage.is_complete(), coverage.objects),
        Err(_) => (false, 0),
    }
}

// The first byte chooses the index; then three bytes each: which file and where, and what to do.
fuzz_target!(|bytes: &[u8]| {
    let Some((first, changes)) = bytes.split_first() else { return };
    let packed = &PACKED[usize::from(first & 1)];
    let mut files = packed.files.clone();
    for change in changes.chunks_exact(3).take(8) {
        let file = &mut files[usize::from(change[0] & 1)];
        let at = usize::from(u16::from_be_bytes([change[0] >> 1, change[1]])) % file.len();
        match change[2] {
            0 => file.truncate(at.max(1)),
            1 => drop(file.drain(at..(at + 1).min(file.len()))),
            by => file[at] ^= by,
        }
        if file.is_empty() {
            return;
        }
    }
    fs::write(&packed.index, &files[0]).expect("written");
    fs::write(&packed.pack, &files[1]).expect("written");
    let (is_complete, objects) = scan(packed);
    assert!(!is_complete || objects >= packed.objects, "{objects} of {}", packed.objects);
});
