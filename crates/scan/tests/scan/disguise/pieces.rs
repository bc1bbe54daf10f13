//! Tokens in pieces: string literals that are put together, broken lines, a prefix that stands
//! elsewhere.

use super::{altered, detector, found, token};

const SEAMS: [&str; 20] = [
    "\" + \"",
    "' + '",
    "\" \"",
    "\"\n    \"",
    "\" +\n        \"",
    "' . '",
    "\" .. \"",
    "\" & \"",
    "\" ~ \"",
    "\" <> \"",
    "\" ++ \"",
    "\" || \"",
    "\", \"",
    "` + `",
    "\" \\\n  \"",
    "\\\n",
    "\\\n    ",
    "\n",
    "\r\n  ",
    "\").append(\"",
];

fn splits(prefix: &str, seam: &str) -> (usize, Vec<usize>) {
    let detector = detector(&[prefix]);
    let token = token(prefix, 3);
    let mut missed = Vec::new();
    for at in 1..token.len() {
        let torn = |token: &str| format!("key = \"{}{seam}{}\";\n", &token[..at], &token[at..]);
        let text = torn(&token);
        let shown = &token[..token.len() - 36];
        let encoding = "split";
        let end = 7 + token.len() + seam.len();
        let wanted = format!("7..{end} {shown}… {encoding}");
        match found(&detector, text.as_bytes()).as_slice() {
            [] => missed.push(at),
            // Where the seam is that of prefix and id, both are true.
            [it] if it.ends_with("detached-prefix") => assert!(at + 1 >= prefix.len(), "{it}"),
            it => assert_eq!(it, [wanted], "{prefix} {seam:?} {at}"),
        }
        assert_eq!(found(&detector, torn(&altered(&token)).as_bytes()), [""; 0]);
    }
    (token.len(), missed)
}

#[test]
fn a_token_in_two_pieces_is_found_wherever_it_is_torn() {
    for seam in SEAMS {
        for prefix in ["acme_pat", "a1_b2", "bolt_service"] {
            assert_eq!(splits(prefix, seam).1, [0; 0], "{prefix} {seam:?}");
        }
        // What is left of a short prefix is no literal any more.
        assert_eq!(splits("acme", seam).1, [3], "{seam:?}");
        let missed = splits("abc", seam).1;
        assert!(missed == [2] || missed == [2, 3], "{seam:?} {missed:?}");
    }
}

/// Comments are read from their beginning, so only behind the prefix's own first characters.
#[test]
fn quotes_in_comments_are_no_ends() {
    for seam in ["\"; // a comment, \"quoted\"\nkey += \"", "\" + /* \"here\" */ \""] {
        assert_eq!(splits("acme_pat", seam).1, [1, 2, 3], "{seam:?}");
    }
}

#[test]
fn many_pieces_are_put_together() {
    let token = token("acme_pat", 4);
    let detector = detector(&["acme_pat"]);
    for width in [8, 9, 12, 20, 40] {
        let pieces: Vec<&str> = token
            .as_bytes()
            .chunks(width)
            .map(|piece| std::str::from_utf8(piece).unwrap())
            .collect();
        let text = format!("join([\"{}\"])", pieces.join("\",\n  \""));
        assert_eq!(detector.matches(text.as_bytes()).len(), 1, "{width}");
    }
}

#[test]
fn a_prefix_that_stands_elsewhere_is_tried() {
    for prefix in ["abc", "acme_pat", "a1_b2"] {
        let detector = detector(&[prefix, "other"]);
        let token = token(prefix, 5);
        let tail = &token[prefix.len() + 1..];
        let shown = &token[..token.len() - 36];
        // Three letters without quotes are too little to go by.
        let bare = if prefix.len() > 3 { prefix.to_owned() } else { format!("'{prefix}'") };
        for (before, after) in [
            (format!("PREFIX = \"{prefix}_\"\nkey = PREFIX + \""), "\"\n".to_owned()),
            (format!("PREFIX = '{prefix}'\nkey = f'{{PREFIX}}_"), "'\n".to_owned()),
            (format!("PREFIX={bare}\nTOKEN=\"${{PREFIX}}_"), "\"\n".to_owned()),
            (format!("prefix: {bare}\nkey: "), "\n".to_owned()),
            ("key: \"".to_owned(), format!("\" # of {bare}")),
            ("key = prefix + '".to_owned(), format!("'  # prefix is `{prefix}_`")),
        ] {
            let text = format!("{before}{tail}{after}");
            let (start, end) = (before.len(), before.len() + tail.len());
            let wanted = format!("{start}..{end} {shown}… detached-prefix");
            assert_eq!(found(&detector, text.as_bytes()), [wanted], "{text}");
        }
        let text = format!("PREFIX = \"none_\"\nkey = PREFIX + \"{tail}\"\n");
        assert_eq!(found(&detector, text.as_bytes()), [""; 0]);
    }
}

#[test]
fn a_comment_allows_what_stands_on_its_lines() {
    let token = token("acme_pat", 6);
    let detector = detector(&["acme_pat"]);
    let allowed = |text: String| {
        let found = detector.matches(text.as_bytes());
        assert_eq!(found.len(), 1);
        found[0].is_allowed_inline
    };
    assert!(allowed(format!("a\nkey = {token} # patrol:allow\nb")));
    assert!(allowed(format!("/* patrol:allow */ {token}")));
    assert!(!allowed(format!("# patrol:allow\n{token}\n# patrol:allow")));
    assert!(!allowed(format!("{token}{}patrol:allow", " ".repeat(5000))));
    let (left, right) = token.split_at(30);
    assert!(allowed(format!("key = \"{left}\" + \n  \"{right}\" # patrol:allow\n")));
}

#[test]
fn prefixes_that_begin_alike_are_told_apart() {
    let prefixes = ["acme", "acme_pat", "acme_pat_x", "bolt"];
    let detector = detector(&prefixes);
    for prefix in prefixes {
        let token = token(prefix, 8);
        let shown = format!("{}…", &token[..token.len() - 36]);
        let end = token.len();
        assert_eq!(found(&detector, token.as_bytes()), [format!("0..{end} {shown} ")]);
        let hidden = token.replace('_', "%5F");
        let end = hidden.len();
        assert_eq!(found(&detector, hidden.as_bytes()), [format!("0..{end} {shown} percent")]);
    }
}
