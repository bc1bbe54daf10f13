//! The search of bytes for own tokens in every disguise, beside plain `memmem` for the prefix,
//! which is the floor. All of it in memory, a window at a time, as files are searched.
//!
//! `PATROL_BENCH_TEXT` names a folder of source text; without it, that of this workspace is read.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use memchr::memmem;
use patrol_scan::Detector;

/// Bytes of each kind of content.
const SIZE: usize = 50 << 20;
/// Bytes searched at a time.
const WINDOW: usize = 1 << 20;

fn main() {
    divan::main();
}

#[divan::bench(args = KINDS)]
fn detector(bencher: Bencher<'_, '_>, kind: &str) {
    let detector = Detector::new(&["acme_pat".parse().expect("a prefix")]);
    let content = content(kind);
    bencher.counter(BytesCount::new(content.len())).bench(|| {
        content
            .chunks(WINDOW)
            .map(|window| detector.matches(black_box(window)).len())
            .sum::<usize>()
    });
}

#[divan::bench(args = KINDS)]
fn memmem_alone(bencher: Bencher<'_, '_>, kind: &str) {
    let content = content(kind);
    let finder = memmem::Finder::new("acme_pat_");
    bencher.counter(BytesCount::new(content.len())).bench(|| {
        content.chunks(WINDOW).filter(|window| finder.find(black_box(window)).is_some()).count()
    });
}

#[divan::bench(args = [1, 10])]
fn building(bencher: Bencher<'_, '_>, prefixes: usize) {
    let words = ["acme", "bolt", "crow", "dune", "echo", "fern", "gulf", "hawk", "iris", "jade"];
    let prefixes: Vec<_> = words[..prefixes]
        .iter()
        .map(|word| format!("{word}_pat").parse().expect("a prefix"))
        .collect();
    bencher.bench(|| Detector::new(black_box(&prefixes)));
}

const KINDS: [&str; 5] = ["source", "random", "base64", "hex", "minified"];

fn content(kind: &str) -> &'static [u8] {
    static SOURCE: LazyLock<Vec<u8>> = LazyLock::new(source);
    static RANDOM: LazyLock<Vec<u8>> = LazyLock::new(|| random(SIZE));
    static BASE64: LazyLock<Vec<u8>> = LazyLock::new(|| {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(random(SIZE / 4 * 3));
        text.as_bytes().chunks(76).flat_map(|line| [line, b"\n"].concat()).collect()
    });
    static HEX: LazyLock<Vec<u8>> = LazyLock::new(|| hex::encode(random(SIZE / 2)).into_bytes());
    static MINIFIED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        // Source text without its blanks: as dense as what a minifier leaves.
        source().into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect()
    });
    match kind {
        "source" => &SOURCE,
        "random" => &RANDOM,
        "base64" => &BASE64,
        "hex" => &HEX,
        _ => &MINIFIED,
    }
}

/// A generator is enough: nothing here has to be unpredictable, only to look so.
fn random(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(len).collect()
}

fn source() -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no settings of its own")]
    let folder = std::env::var_os("PATROL_BENCH_TEXT")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), PathBuf::from);
    let mut content = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && content.len() < SIZE {
                content.extend(std::fs::read(path).unwrap_or_default());
            }
        }
    }
    // A small folder is searched again and again.
    let once = content.clone();
    while !once.is_empty() && content.len() < SIZE {
        content.extend_from_slice(&once);
    }
    content.truncate(SIZE);
    content
}
