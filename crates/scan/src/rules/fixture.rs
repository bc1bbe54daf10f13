//! Secrets for tests, made when a test runs: no file holds one.
//!
//! A template is text with fields. `{b62:36}` is 36 random characters of an alphabet,
//! `{sum:github}` the checksum of the token so far (which begins after the last `{start}` or
//! white space), `{uuid}` a random UUID, `{jwt}` a signed token, `{pem:1600}` base64 in lines.

use super::checksum::Recipe;

/// A seeded generator (`SplitMix64`): the same texts on every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn text(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length)
            .map(|_| char::from(alphabet[(self.next() % alphabet.len() as u64) as usize]))
            .collect()
    }
}

/// What a template stands for.
pub(crate) fn fill(template: &str, random: &mut Random) -> String {
    let mut text = String::new();
    let mut start = 0;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (field, after) = after.split_once('}').expect("a field ends");
        rest = after;
        let (kind, argument) = field.split_once(':').unwrap_or((field, ""));
        match kind {
            "start" => start = text.len(),
            "open" => text.push('{'),
            "close" => text.push('}'),
            "sum" => {
                let (name, literal) = argument.split_once(',').unwrap_or((argument, ""));
                let recipe = Recipe::named(name).expect(name);
                let front = &text.as_bytes()[start..];
                let body = front.strip_prefix(literal.as_bytes()).unwrap_or(front);
                let sum = recipe.compute(front, body);
                text.push_str(&sum);
            }
            "uuid" => {
                let parts = [8, 4, 4, 4, 12].map(|length| random.text(HEX, length));
                text.push_str(&parts.join("-"));
            }
            "jwt" => text.push_str(&jwt(random)),
            "pem" => {
                let length = argument.parse().expect("a length");
                let body = random.text(BASE64, length);
                for line in body.as_bytes().chunks(64) {
                    text.push_str(std::str::from_utf8(line).expect("ASCII"));
                    text.push('\n');
                }
            }
            "base64" => text.push_str(&base64::Engine::encode(
                &base64::engine::general_purpose::STANDARD,
                fill(&argument.replace('<', "{").replace('>', "}").replace('=', ":"), random),
            )),
            _ => {
                let length = argument.parse().expect("a length");
                text.push_str(&random.text(alphabet(kind), length));
            }
        }
    }
    text + rest
}

fn jwt(random: &mut Random) -> String {
    let encode = |text: String| {
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text)
    };
    let header = encode(r#"{"alg":"HS256","typ":"JWT"}"#.to_owned());
    let name = random.text(HEX, 16);
    let claims = encode(format!(r#"{{"iss":"{name}","jti":"{}"}}"#, random.text(HEX, 16)));
    format!("{header}.{claims}.{}", random.text(URL64, 43))
}

const HEX: &str = "0123456789abcdef";
const URL64: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
const BASE64: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";

fn alphabet(kind: &str) -> &'static str {
    match kind {
        "d" => "0123456789",
        "d1" => "123456789",
        "hex" => HEX,
        "HEX" => "0123456789ABCDEF",
        "b62" => &URL64[..62],
        "an" => "0123456789abcdefghijklmnopqrstuvwxyz",
        "AN" => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "az" => "abcdefghijklmnopqrstuvwxyz",
        "AZ" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "alpha" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "b32" => "abcdefghijklmnopqrstuvwxyz234567",
        "B32" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "bech32" => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        "b64u" => URL64,
        "b64" => BASE64,
        _ => panic!("no alphabet {kind}"),
    }
}
