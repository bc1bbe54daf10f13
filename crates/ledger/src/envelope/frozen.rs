//! A reader for exactly the bytes that [`encode`](super::encode) writes, for the events that make up
//! most of a log. Reading a log is most of `check` and `rebuild`, and a JSON parser that must expect
//! anything costs five times as much.
//!
//! It only ever accepts: whatever deviates in one byte (an escape, a space, another order, a type of
//! event that is rare) is `None`, and goes to the general parser, which decides. What both accept,
//! they read alike; a property test holds them to it.

use std::borrow::Cow;

use super::data_v1::{IssuedV1, ReasonV1, RenamedV1};
use super::v1::{ActorV1, EnvelopeV1, PersonV1, SealedV1};

/// Reads an envelope. Its data is left as text, and need not be JSON: whoever reads it decides.
pub(super) fn envelope(bytes: &[u8]) -> Option<EnvelopeV1<'_, &str>> {
    let mut rest = Rest(std::str::from_utf8(bytes).ok()?);
    rest.skip(r#"{"envelope":1,"position":"#)?;
    let position = rest.number()?;
    let id = rest.member(r#","id":"#)?;
    let stream = rest.member(r#","stream":"#)?;
    rest.skip(r#","version":"#)?;
    let version = rest.number()?;
    let kind = rest.member(r#","type":"#)?;
    let recorded_at = rest.member(r#","schema":1,"recorded_at":"#)?;
    rest.skip(r#","actor":{"name":"#)?;
    let name = rest.sealed()?;
    let via = rest.member(r#","via":"#)?;
    rest.skip(r#","uid":"#)?;
    let uid = match rest.null() {
        true => None,
        false => Some(rest.number()?.try_into().ok()?),
    };
    rest.skip(r#"},"cause":null,"persons":["#)?;
    let persons = rest.list(|rest| {
        let person = rest.member(r#"{"person":"#)?;
        let commitment = rest.member(r#","commitment":"#)?;
        rest.skip("}")?;
        Some(PersonV1 { person, commitment })
    })?;
    rest.skip(r#","data":"#)?;
    let data = rest.0.strip_suffix('}')?;
    let actor = ActorV1 { name, via, uid };
    Some(EnvelopeV1 {
        envelope: 1,
        position,
        id,
        stream,
        version,
        kind,
        schema: 1,
        recorded_at,
        actor,
        cause: None,
        persons,
        data,
    })
}

/// Reads the data of a token's issue.
pub(super) fn issued(json: &str) -> Option<IssuedV1<'_>> {
    let mut rest = Rest(json);
    let prefix = rest.member(r#"{"prefix":"#)?;
    rest.skip(r#","owner":"#)?;
    let owner = rest.sealed()?;
    rest.skip(r#","name":"#)?;
    let name = rest.sealed()?;
    rest.skip(r#","description":"#)?;
    let description = rest.sealed_or_null()?;
    rest.skip(r#","scopes":["#)?;
    let scopes = rest.list(Rest::text)?;
    rest.skip(r#","expires_at":"#)?;
    let expires_at = rest.text_or_null()?;
    let digest = rest.member(r#","digest":"#)?;
    rest.skip(r#","rotated_from":"#)?;
    let rotated_from = rest.text_or_null()?;
    rest.end()?;
    Some(IssuedV1 { prefix, owner, name, description, scopes, expires_at, digest, rotated_from })
}

/// Reads the data of a renaming.
pub(super) fn renamed(json: &str) -> Option<RenamedV1<'_>> {
    let mut rest = Rest(json);
    rest.skip(r#"{"name":"#)?;
    let name = rest.sealed()?;
    rest.end()?;
    Some(RenamedV1 { name })
}

/// Reads the data of a suspension or a revocation.
pub(super) fn reason(json: &str) -> Option<ReasonV1<'_>> {
    let mut rest = Rest(json);
    let reason = rest.member(r#"{"reason":"#)?;
    rest.skip(r#","comment":"#)?;
    let comment = rest.sealed_or_null()?;
    rest.end()?;
    Some(ReasonV1 { reason, comment })
}

/// What is still to be read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    /// Exactly this.
    fn skip(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// The brace of an object that is all there is.
    fn end(&self) -> Option<()> {
        (self.0 == "}").then_some(())
    }

    /// Whether `null` stands here; then it is read.
    fn null(&mut self) -> bool {
        self.skip("null").is_some()
    }

    /// A whole number as it is written: no sign, no leading zero; at most 18 digits, which fit.
    fn number(&mut self) -> Option<u64> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at(digits);
        if digits == 0 || digits > 18 || (digits > 1 && number.starts_with('0')) {
            return None;
        }
        self.0 = rest;
        Some(number.bytes().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
    }

    /// A text without escapes.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        let (text, rest) = self.0.strip_prefix('"')?.split_once('"')?;
        // A backslash or a control character here is not for this reader. Every byte is looked at,
        // without a branch: several at once.
        let foreign = |found, byte: u8| found | (byte == b'\\') | (byte < 0x20);
        if text.bytes().fold(false, foreign) {
            return None;
        }
        self.0 = rest;
        Some(Cow::Borrowed(text))
    }

    /// A text after its name.
    fn member(&mut self, name: &str) -> Option<Cow<'a, str>> {
        self.skip(name)?;
        self.text()
    }

    fn text_or_null(&mut self) -> Option<Option<Cow<'a, str>>> {
        if self.null() { Some(None) } else { self.text().map(Some) }
    }

    fn sealed(&mut self) -> Option<SealedV1<'a>> {
        let person = self.member(r#"{"person":"#)?;
        self.skip(r#","sealed":"#)?;
        let sealed = self.text_or_null()?;
        self.skip("}")?;
        Some(SealedV1 { person, sealed })
    }

    fn sealed_or_null(&mut self) -> Option<Option<SealedV1<'a>>> {
        if self.null() { Some(None) } else { self.sealed().map(Some) }
    }

    /// What stands in a list, to its end; the bracket that begins it was read.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        while self.skip("]").is_none() {
            if !items.is_empty() {
                self.skip(",")?;
            }
            items.push(item(self)?);
        }
        Some(items)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::*;

    const GOLDEN: [&str; 3] = [
        include_str!("../../tests/it/golden/envelope_v1.jsonl"),
        include_str!("../../tests/it/golden/scan_bypassed_v1.jsonl"),
        include_str!("../../tests/it/golden/review_v1.jsonl"),
    ];

    fn golden() -> Vec<&'static str> {
        GOLDEN.iter().flat_map(|lines| lines.lines()).collect()
    }

    /// Everything but the data.
    fn shown<D>(read: &EnvelopeV1<'_, D>) -> String {
        let EnvelopeV1 { envelope, position, id, stream, version, kind, .. } = read;
        let EnvelopeV1 { schema, recorded_at, actor, cause, persons, .. } = read;
        let head = (envelope, position, id, stream, version, kind, schema, recorded_at);
        format!("{head:?} {actor:?} {cause:?} {persons:?}")
    }

    /// Whether what the exact reader takes of some data the general one reads alike.
    fn alike<'a, T>(json: &'a str, exact: Option<T>) -> bool
    where
        T: Deserialize<'a> + std::fmt::Debug,
    {
        exact.is_none_or(|exact| {
            let general: Option<T> = serde_json::from_str(json).ok();
            general.is_some_and(|general| format!("{general:?}") == format!("{exact:?}"))
        })
    }

    fn assert_alike(bytes: &[u8]) {
        let Some(exact) = envelope(bytes) else { return };
        let data = exact.data;
        assert!(
            alike(data, issued(data)) && alike(data, renamed(data)) && alike(data, reason(data))
        );
        match serde_json::from_slice::<EnvelopeV1<'_, &RawValue>>(bytes) {
            Ok(general) => {
                assert_eq!(shown(&general), shown(&exact));
                assert_eq!(general.data.get(), data.trim_matches([' ', '\n', '\r', '\t']));
            }
            // Then whoever reads the data finds it is no JSON.
            Err(_) => assert!(serde_json::from_str::<&RawValue>(data).is_err()),
        }
    }

    #[test]
    fn what_was_written_is_taken_and_read_alike() {
        for line in golden() {
            let read = envelope(line.as_bytes());
            assert!(read.is_some(), "{line}");
            assert_alike(line.as_bytes());
            let read = read.unwrap();
            let taken = match &*read.kind {
                "token.issued" => issued(read.data).is_some(),
                "token.renamed" => renamed(read.data).is_some(),
                "token.suspended" | "token.revoked" => reason(read.data).is_some(),
                _ => true,
            };
            assert!(taken, "{line}");
        }
    }

    #[test]
    fn whatever_deviates_is_left_to_the_general_reader() {
        let line = golden()[1];
        for (from, to) in [
            ("{\"envelope\":1", "{ \"envelope\":1"),
            ("\"version\":1,", "\"version\":01,"),
            ("\"version\":1,", "\"version\":1.0,"),
            ("\"version\":1,", "\"version\":-1,"),
            ("\"version\":1,", "\"version\":1000000000000000000,"),
            ("\"uid\":1000", "\"uid\":4294967296"),
            ("\"via\":\"cli\"", "\"via\":\"c\\u006ci\""),
            ("\"via\":\"cli\"", "\"via\":\"c\tli\""),
            ("\"cause\":null", "\"cause\":{}"),
            ("\"cause\":null,", ""),
        ] {
            let other = line.replacen(from, to, 1);
            assert_ne!(other, line);
            assert!(envelope(other.as_bytes()).is_none(), "{other}");
        }
        assert!(envelope(b"{\"envelope\":1,\"position\":\xff").is_none());
    }

    /// What an edit puts in: everything that JSON knows, and more.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let known = [
            "\"",
            "\\",
            "\\u0041",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            " ",
            "\n",
            "null",
            "0",
            "-",
            "1e3",
            "\"x\":1,",
            "\"data\":{}",
            ",\"data\":{\"a\":1}",
            "[[[",
            "\u{7f}",
            "é",
            "\u{0}",
        ];
        prop_oneof![
            prop::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..3),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

        #[test]
        fn edited_bytes_are_read_alike_or_not_taken(
            line in prop::sample::select(golden()),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..3, piece()), 0..4),
        ) {
            let mut bytes = line.as_bytes().to_vec();
            for (at, cut, put) in edits {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..(at + cut).min(bytes.len()), put);
            }
            assert_alike(&bytes);
        }

        #[test]
        fn texts_and_numbers_of_all_kinds_are_read_alike(
            name in ".{0,12}", version: u64, uid: u32, scope in "[ -~é]{0,6}",
        ) {
            let text = |text: &str| serde_json::to_string(text).unwrap();
            let line = golden()[1]
                .replacen("\"acme_pat\"", &text(&name), 1)
                .replacen("\"version\":1,", &format!("\"version\":{version},"), 1)
                .replacen("\"uid\":1000", &format!("\"uid\":{uid}"), 1)
                .replacen("\"repo:read\"", &text(&scope), 1);
            prop_assert_ne!(&line, golden()[1]);
            if version < 1_000_000_000_000_000_000 {
                prop_assert!(envelope(line.as_bytes()).is_some());
            }
            assert_alike(line.as_bytes());
        }
    }
}
