//! A scan of a whole history beside `git cat-file` reading the same objects, in turn, and again
//! with a memory of the first scan: `cargo bench -p patrol-scan --bench history -- --repo PATH`
//! (without it, the repository that this file is in).

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use patrol_scan::source::git::{GitEnvironment, history};
use patrol_scan::{Coverage, Detector, Options};

const RUNS: usize = 5;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let named = args.iter().position(|arg| arg == "--repo").and_then(|at| args.get(at + 1));
    let repo =
        named.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), PathBuf::from);
    let memory = tempfile::tempdir().unwrap();
    let fresh = Options::default();
    let again = Options { cache: Some(memory.path().join("memory")), ..Options::default() };
    scan(&repo, &again);
    let (mut ours, mut theirs, mut second) = (Vec::new(), Vec::new(), Vec::new());
    let mut coverage = Coverage::default();
    for _ in 0..RUNS {
        let (took, read) = timed(|| scan(&repo, &fresh));
        coverage = read;
        ours.push(took);
        theirs.push(timed(|| cat_file(&repo)).0);
        second.push(timed(|| scan(&repo, &again)).0);
    }
    let (ours, theirs, second) = (median(ours), median(theirs), median(second));
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    println!("{} objects, {} bytes", coverage.objects, coverage.bytes);
    println!("git cat-file    {:>8.3} s", theirs.as_secs_f64());
    println!("every object    {:>8.3} s  {:.3} of it", ours.as_secs_f64(), ratio(ours, theirs));
    println!(
        "again           {:>8.3} s  {:.4} of the first",
        second.as_secs_f64(),
        ratio(second, ours)
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in
        status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("RssAnon"))
    {
        println!("{line}");
    }
}

fn scan(repo: &Path, options: &Options) -> Coverage {
    let detector = Detector::new(&["acme_pat".parse().unwrap()]);
    history(repo, &GitEnvironment::default(), &detector, options, &|_| {}).unwrap()
}

fn cat_file(repo: &Path) {
    let args = ["cat-file", "--batch-all-objects", "--batch", "--buffer", "--unordered"];
    let status = Command::new("git").current_dir(repo).args(args).stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
