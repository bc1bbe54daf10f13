//! The guard before the argument parser: a whole token on the command line is refused before
//! anything can echo it. Arguments stand in the process list and in the shell's history, so the
//! token counts as seen by others from then on.

use std::borrow::Cow;
use std::ffi::OsString;

use patrol_scan::rules::Rules;
use patrol_token::redact_text;

use crate::error::CliError;

/// Refuses arguments of which one holds a whole, checksum-valid token, whatever its prefix and
/// wherever it stands: a name, a path, an unknown flag, behind a `=`.
///
/// # Errors
/// A usage error that names the argument's place and not its text.
pub(crate) fn refuse_tokens(args: &[OsString]) -> Result<(), CliError> {
    let holds = |arg: &OsString| matches!(redact_text(&arg.to_string_lossy()), Cow::Owned(_));
    match args.iter().position(holds) {
        None => Ok(()),
        Some(place) => Err(CliError::usage(format!(
            "argument {place} contains a whole token; a secret is never taken from the command line"
        ))
        .hint(
            "others on this machine may have seen it: if it is live, revoke it. To give patrol a \
             token, write - in its place and send the token to standard input, or name it by its id",
        )),
    }
}

/// Characters behind an id that are taken for a date or a number, and not for most of a secret.
const SECRET_SHOWN: usize = 12;

/// Hides what stands behind a token id in text that echoes arguments: a token with a typing error
/// or its end cut off is no whole token, and still most of a secret.
pub(crate) fn hush(text: &str) -> String {
    let text = redact_text(text);
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some((head, tail)) = rest.split_once('_') {
        out.push_str(head);
        out.push('_');
        rest = tail;
        let secret =
            rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
        if ends_with_id(head) && secret >= SECRET_SHOWN {
            out.push('…');
            rest = &rest[secret..];
        }
    }
    out.push_str(rest);
    out
}

/// Hides other people's secrets, as the built-in rules know them, in text that echoes arguments.
/// They are looked for in `plain`, the same text without styles, which would hide them from a rule.
pub(crate) fn hush_foreign(text: &str, plain: &str) -> String {
    let mut out = text.to_owned();
    Rules::builtin().search(plain.as_bytes(), &mut |found| {
        // What is encoded is no text of its own, and shows nothing to a reader.
        if let Some(secret) = plain.get(found.start..found.end) {
            out = out.replace(secret, found.secret.redacted());
        }
    });
    out
}

/// Whether `head` ends with 26 characters that a token id could consist of, in either case.
fn ends_with_id(head: &str) -> bool {
    let bytes = head.as_bytes();
    bytes.len() >= patrol_token::ID_LEN
        && bytes[bytes.len() - patrol_token::ID_LEN..].iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A well-formed token that was never issued, assembled at run time.
    pub(crate) fn token() -> String {
        ["acme_pat", "01JD3KQ8Z5V7W2N9X4C6B8M0T1", "q3XrV0dM5bYk2LwNf8TzJ1hGc7PaSe3Hn6tb"].join("_")
    }

    /// What a scan finds of it, judged by nobody.
    pub(crate) fn finding() -> patrol_scan::Finding {
        let detector = patrol_scan::Detector::new(&["acme_pat".parse().unwrap()]);
        let found = std::sync::Mutex::new(Vec::new());
        let (token, options) = (token(), patrol_scan::Options::default());
        patrol_scan::source::stdin(&mut token.as_bytes(), &detector, &options, &|it| {
            found.lock().unwrap().push(it);
        });
        found.into_inner().unwrap().remove(0)
    }

    fn check(args: &[&str], refused: Option<usize>) {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        let place = refuse_tokens(&args).err().map(|error| {
            assert!(!format!("{error:?}").contains(&token()[36..]));
            error.message.split(' ').nth(1).and_then(|place| place.parse().ok()).unwrap()
        });
        assert_eq!(place, refused, "{args:?}");
    }

    #[test]
    fn whole_tokens_are_refused_wherever_they_stand() {
        let token = token();
        check(&["patrol", "show", "01JD3KQ8Z5V7W2N9X4C6B8M0T1"], None);
        check(&["patrol", "show", &token], Some(2));
        check(&["patrol", "issue", &format!("--name=my {token}.")], Some(2));
        check(&["patrol", &format!("--{token}")], Some(1));
        check(&["patrol", &format!("x{token}y")], Some(1));
        check(&["patrol", &format!("--unknown={token}{token}")], Some(1));
    }

    #[cfg(unix)]
    #[test]
    fn arguments_need_not_be_text() {
        use std::os::unix::ffi::OsStringExt as _;
        let mut bytes = b"\xff\xfe".to_vec();
        bytes.extend_from_slice(token().as_bytes());
        bytes.push(0xff);
        assert!(refuse_tokens(&["patrol".into(), OsString::from_vec(bytes)]).is_err());
        assert!(refuse_tokens(&["patrol".into(), OsString::from_vec(vec![0xff; 90])]).is_ok());
    }

    #[test]
    fn broken_tokens_are_not_echoed_whole() {
        let token = token();
        let broken = format!("'{}' and {}0", &token[..60], token);
        let hushed = hush(&broken);
        assert_eq!(
            hushed,
            "'acme_pat_01JD3KQ8Z5V7W2N9X4C6B8M0T1_…' and acme_pat_01JD3KQ8Z5V7W2N9X4C6B8M0T1_…0"
        );
        for text in ["a_b __ c", "backup_01JD3KQ8Z5V7W2N9X4C6B8M0T1_20261122.db"] {
            assert_eq!(hush(text), text);
        }
    }
}
