//! What the built-in rules find in trees, and how fast: `cargo run --release -p patrol-scan
//! --example rules -- <directory>…`. Prints no secret. It is how the rules are tried on real code.
//! `--list` prints the table of `docs/rules.md`.

#![expect(clippy::print_stdout, reason = "it is a program for people")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use patrol_scan::rules::Rules;

fn main() -> std::io::Result<()> {
    let start = Instant::now();
    let rules = Rules::builtin();
    rules.search(b"first", &mut |_| {});
    let ready = start.elapsed();
    if std::env::args_os().nth(1).is_some_and(|first| first == "--list") {
        for info in rules.infos() {
            let provider = info.provider.as_deref().unwrap_or("any");
            println!("| `{}` | {provider} | {} |", info.id, info.description);
        }
        return Ok(());
    }
    for root in std::env::args_os().skip(1).map(PathBuf::from) {
        let mut totals = Totals::default();
        let mut pending = vec![root.clone()];
        while let Some(path) = pending.pop() {
            let kind = std::fs::symlink_metadata(&path)?.file_type();
            if kind.is_dir() {
                for entry in std::fs::read_dir(&path)? {
                    pending.push(entry?.path());
                }
            } else if kind.is_file() {
                totals.file(&rules, &path, &std::fs::read(&path)?);
            }
        }
        println!("ready after {} µs", ready.as_micros());
        let speed = totals.bytes as f64 / 1e9 / totals.time.as_secs_f64();
        println!(
            "{}: {} files, {} MB, {:.2} GB/s",
            root.display(),
            totals.files,
            totals.bytes / 1_000_000,
            speed,
        );
        for (rule, count) in &totals.found {
            println!("  {count:>6} {rule}");
        }
    }
    Ok(())
}

#[derive(Default)]
struct Totals {
    files: usize,
    bytes: usize,
    time: Duration,
    found: BTreeMap<String, usize>,
}

impl Totals {
    fn file(&mut self, rules: &Rules, path: &Path, content: &[u8]) {
        self.files += 1;
        self.bytes += content.len();
        let start = Instant::now();
        let mut found = Vec::new();
        rules.search(content, &mut |one| found.push(one));
        self.time += start.elapsed();
        for one in found {
            let line = content[..one.start].iter().filter(|byte| **byte == b'\n').count() + 1;
            println!("{}:{line}: {} {}", path.display(), one.secret.rule(), one.secret.redacted());
            *self.found.entry(one.secret.rule().to_owned()).or_default() += 1;
        }
    }
}
