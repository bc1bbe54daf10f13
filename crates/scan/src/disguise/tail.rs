//! Tokens whose prefix stands elsewhere: `PREFIX = "acme_pat_"`, then `PREFIX + "01JD…"`.

use patrol_token::{ID_LEN, MAX_LEN, Prefix, TAIL_LEN, TokenRef};

use crate::{Encoding, Match, OwnToken, Secret};

/// Tells every stretch of `text` that, after one of these prefixes, is a token. Looks at each `_` as the separator between id and secret.
pub(crate) fn each(text: &[u8], prefixes: &[&Prefix], found: &mut dyn FnMut(Match)) {
    let after = TAIL_LEN - 1 - ID_LEN - 1;
    for separator in memchr::memchr_iter(b'_', text) {
        let Some(start) = separator.checked_sub(ID_LEN) else { continue };
        let end = separator + 1 + after;
        if end > text.len() || !matches!(text[start], b'0'..=b'7') {
            continue;
        }
        let (id, secret) = (&text[start..separator], &text[separator + 1..end]);
        // Most identifiers end soon after an underscore or hold another one.
        if !secret.iter().all(u8::is_ascii_alphanumeric)
            || !id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            continue;
        }
        for prefix in prefixes {
            let mut whole = Vec::with_capacity(MAX_LEN);
            whole.extend_from_slice(prefix.as_str().as_bytes());
            whole.push(b'_');
            whole.extend_from_slice(&text[start..end]);
            if let Ok(token) = TokenRef::parse_bytes(&whole) {
                let secret = Secret::Own(OwnToken::new(&token, prefix));
                let encoding = vec![Encoding::DetachedPrefix];
                found(Match { start, end, secret, encoding, is_allowed_inline: false });
            }
        }
    }
}
