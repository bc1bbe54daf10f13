//! The hot loop, to be counted and not timed: `instructions KIND ROUNDS` searches one megabyte of
//! that kind so many times. The script beside it takes the difference of two counts.

use patrol_scan::Detector;

/// Bytes searched in one round.
const SIZE: usize = 1 << 20;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_default();
    // `cargo bench` runs it with arguments of its own.
    let Some(rounds) = arguments.next().and_then(|rounds| rounds.parse::<usize>().ok()) else {
        return;
    };
    let detector = Detector::new(&["acme_pat".parse().expect("a prefix")]);
    let content = content(&kind);
    let found: usize =
        (0..rounds).map(|_| detector.matches(std::hint::black_box(&content)).len()).sum();
    assert_eq!(found, 0);
}

fn content(kind: &str) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let random = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten();
    let digits =
        |alphabet: &'static [u8]| move |byte: u8| alphabet[usize::from(byte) % alphabet.len()];
    match kind {
        "source" => {
            include_bytes!("../src/disguise/seeds.rs").iter().copied().cycle().take(SIZE).collect()
        }
        "base64" => random
            .map(digits(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
            .take(SIZE)
            .collect(),
        "hex" => random.map(digits(b"0123456789abcdef")).take(SIZE).collect(),
        "numbers" => random.flat_map(|byte| format!("{byte}, ").into_bytes()).take(SIZE).collect(),
        _ => random.take(SIZE).collect(),
    }
}
