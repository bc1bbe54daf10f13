//! What the operating system says, as people say it. Its texts reach reports and errors by many ways,
//! most of them inside of other errors, so they are made plain where a text leaves and not where it
//! is made.

use std::borrow::Cow;

/// How the system's words for an error end, before its number.
const MARK: &str = " (os error ";

/// `a.txt: No such file or directory (os error 2)` as `a.txt: no such file or directory`.
///
/// The number goes, and with it the name of a temporary file that the error was about: it means
/// nothing to a reader. The words before it begin small, as they stand within a sentence.
pub fn plain_system_words(text: &str) -> Cow<'_, str> {
    let mut plain = String::new();
    let mut left = text;
    // A loop, as a name in the text may be foreign and hold any number of marks.
    while let Some((words, rest)) = split(left) {
        let start = words.rfind(": ").map_or(0, |at| at + 2);
        let (before, said) = words.split_at(start);
        plain.push_str(before);
        match said {
            "File exists" => plain.push_str("exists already"),
            _ => push_lower_first(&mut plain, said),
        }
        left = rest
            .strip_prefix(" at path \"")
            .and_then(|path| path.split_once('"'))
            .map_or(rest, |(_, rest)| rest);
    }
    match plain.is_empty() {
        true => Cow::Borrowed(left),
        false => Cow::Owned(plain + left),
    }
}

/// What stands before the mark, and behind the number.
fn split(text: &str) -> Option<(&str, &str)> {
    let (words, rest) = text.split_once(MARK)?;
    let (number, rest) = rest.split_once(')')?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some((words, rest))
}

/// With a small letter first, unless the word is an abbreviation.
fn push_lower_first(plain: &mut String, said: &str) {
    let mut letters = said.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            plain.extend(first.to_lowercase().chain(letters));
        }
        _ => plain.push_str(said),
    }
}

#[cfg(test)]
mod tests {
    use super::plain_system_words;

    fn check(text: &str, plain: &str) {
        assert_eq!(plain_system_words(text), plain);
    }

    #[test]
    fn numbers_go_and_words_stay() {
        check("No such file or directory (os error 2)", "no such file or directory");
        check("a: b: Permission denied (os error 13)", "a: b: permission denied");
        check("report.csv: File exists (os error 17)", "report.csv: exists already");
        check("x: RFS specific error (os error 1)", "x: RFS specific error");
        check("x: Too many open files (os error 24), and more", "x: too many open files, and more");
        check(
            "a: Is a directory (os error 21); b: File exists (os error 17)",
            "a: is a directory; b: exists already",
        );
        check(
            "no/b: No such file or directory (os error 2) at path \"no/.tmp1\"",
            "no/b: no such file or directory",
        );
    }

    #[test]
    fn any_number_of_marks() {
        let text = format!("a{}", " (os error 1)".repeat(1_000_000));
        check(&text, "a");
    }

    #[test]
    fn what_is_no_error_of_the_system_stays_as_it_is() {
        for text in ["", "a: b", "x (os error )", "x (os error two)", "x (os error 2"] {
            check(text, text);
        }
    }

    #[test]
    fn every_error_of_the_system_is_made_plain() {
        for number in 1..134 {
            let said = std::io::Error::from_raw_os_error(number).to_string();
            let plain = plain_system_words(&said);
            assert!(!plain.contains("os error") && !plain.is_empty(), "{said}");
        }
    }
}
