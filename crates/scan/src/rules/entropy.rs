//! Telling what was drawn at random from what somebody typed: placeholders, samples, runs.

/// Shannon's entropy of the bytes, in bits per byte.
pub(crate) fn shannon(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let total = bytes.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

/// The least entropy a random text of this length and alphabet has, but for one in many thousand
/// (the test draws some). The alphabet is the smallest that holds the text.
pub(crate) fn least(text: &[u8]) -> f64 {
    let symbols = if text.iter().all(u8::is_ascii_digit) {
        10.0
    } else if text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-') {
        16.0 // a UUID too
    } else {
        32.0
    };
    let length = text.len() as f64;
    let share = match text.len() {
        0..8 => return 0.0,
        8..32 => 0.6,
        32.. => 0.7,
    };
    share * f64::min(symbols, length).log2()
}

/// Whether the text looks made up: it says so, it is far from random, it counts, or it repeats
/// itself. Chance does so less than once in 30,000 tokens (sixteen equal hex digits in a row of
/// six, or eight that count, are the likeliest).
pub(crate) fn is_placeholder(random: &[u8]) -> bool {
    // Long texts have structure of their own: a key in base64 has runs of A.
    const LONG: usize = 100;
    says_so(random)
        || counts(random)
        || is_periodic(random)
        || random.len() <= LONG && has_run(random)
}

/// Words with which people mark a value as none. All are so long that chance does not spell them
/// in a token (36^-6 at best), case aside.
fn says_so(text: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "example",
        "xxxxx",
        "your_",
        "your-",
        "yourtoken",
        "yourapi",
        "placeholder",
        "changeme",
        "redacted",
        "insert",
        "replaceme",
        "dummy",
        "notreal",
        "sample",
        "fake_",
        "fake-",
        "faketoken",
        "<token>",
        "deadbeef",
        "testtest",
        "secretkey",
        "here_",
        "foobar",
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// Seven equal bytes in a row, or six if they are the end or the beginning.
fn has_run(text: &[u8]) -> bool {
    let same = |stretch: &[u8]| stretch.iter().all(|byte| *byte == stretch[0]);
    text.windows(7).any(same)
        || text.first_chunk::<6>().is_some_and(|first| same(first))
        || text.last_chunk::<6>().is_some_and(|last| same(last))
}

/// Eight bytes of which each follows the one before: `12345678`, `abcdefgh`, downwards too.
fn counts(text: &[u8]) -> bool {
    let follows = |from: u8, to: u8| {
        to == from.wrapping_add(1) || (from == b'9' && matches!(to, b'0' | b'a' | b'A'))
    };
    text.windows(8).any(|stretch| {
        stretch.windows(2).all(|pair| follows(pair[0], pair[1]))
            || stretch.windows(2).all(|pair| follows(pair[1], pair[0]))
    })
}

/// The text is a shorter one over and over, `abcdabcdabcd`, but perhaps for the last two bytes.
fn is_periodic(text: &[u8]) -> bool {
    let text = &text[..text.len().saturating_sub(2)];
    text.len() >= 8
        && (1..=text.len() / 2).any(|period| text[period..] == text[..text.len() - period])
}

#[cfg(test)]
mod tests {
    use super::{is_placeholder, least, shannon};
    use crate::rules::fixture::Random;

    #[test]
    fn entropy_of_known_texts() {
        assert_eq!(shannon(b""), 0.0);
        assert_eq!(shannon(b"aaaa"), 0.0);
        assert_eq!(shannon(b"abab"), 1.0);
        assert_eq!(shannon(b"abcdefgh"), 3.0);
    }

    #[test]
    fn what_people_type_is_told_from_what_was_drawn() {
        for text in [
            "xxxxxxxxxxxxxxxx",
            "IOSFODNN7EXAMPLE",
            "0123456789abcdef0123456789abcdef",
            "1234567890abcdefghij",
            "q7c2q7c2q7c2q7c2",
            "your_token_goes_here",
            "a8f30000000c1",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        let mut random = Random::new(7);
        for alphabet in ["0123456789abcdef", "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"] {
            let mut refused = 0;
            for _ in 0..5_000 {
                for length in [16, 20, 32, 40, 64] {
                    let text = random.text(alphabet, length);
                    let is_poor = shannon(text.as_bytes()) < least(text.as_bytes());
                    refused += usize::from(is_poor || is_placeholder(text.as_bytes()));
                }
            }
            assert!(refused <= 5, "{alphabet}: {refused} of 25,000");
        }
    }
}
