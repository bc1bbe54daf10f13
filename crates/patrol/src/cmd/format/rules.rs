//! Rule files for other scanners. Each finds tokens by the same expression; those that can compute
//! a checksum are told how.

use patrol_token::{CHECKSUM_LEN, Prefix, SECRET_LEN};

use super::{ID, prefix_regex, regex};

/// A scanner that rules are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Scanner {
    Gitleaks,
    Betterleaks,
    Kingfisher,
    Trufflehog,
    Github,
}

impl Scanner {
    pub(super) const ALL: [Self; 5] =
        [Self::Gitleaks, Self::Betterleaks, Self::Kingfisher, Self::Trufflehog, Self::Github];

    /// The name on the command line and in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gitleaks => "gitleaks",
            Self::Betterleaks => "betterleaks",
            Self::Kingfisher => "kingfisher",
            Self::Trufflehog => "trufflehog",
            Self::Github => "github",
        }
    }

    /// The file.
    pub(super) fn file(self, prefixes: &[Prefix]) -> String {
        match self {
            Self::Gitleaks => gitleaks(prefixes, "gitleaks"),
            Self::Betterleaks => gitleaks(prefixes, "betterleaks"),
            Self::Kingfisher => kingfisher(prefixes),
            Self::Trufflehog => trufflehog(prefixes),
            Self::Github => github(prefixes),
        }
    }
}

/// Literals that every match contains; without a prefix there is none worth searching for.
fn keywords(prefixes: &[Prefix]) -> Vec<String> {
    prefixes.iter().map(|prefix| format!("{prefix}_")).collect()
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// Both read this form; neither can compute the checksum.
fn gitleaks(prefixes: &[Prefix], scanner: &str) -> String {
    format!(
        "# Rules for {scanner}, beside its own.\n\
         title = \"patrol tokens\"\n\
         \n\
         [extend]\n\
         useDefault = true\n\
         \n\
         [[rules]]\n\
         id = \"patrol-token\"\n\
         description = \"An access token issued by patrol\"\n\
         regex = '''{}'''\n\
         keywords = [{}]\n",
        regex(prefixes),
        quoted(&keywords(prefixes)),
    )
}

fn kingfisher(prefixes: &[Prefix]) -> String {
    let body = format!("{}_{ID}_[0-9A-Za-z]{{{SECRET_LEN}}}", prefix_regex(prefixes));
    format!(
        "# A rule for kingfisher: --rules-path FILE\n\
         rules:\n\
         \x20 - name: patrol token\n\
         \x20   id: custom.patrol.1\n\
         \x20   pattern: '((?P<BODY>{body})(?P<CHECKSUM>[0-9A-Za-z]{{{CHECKSUM_LEN}}}))'\n\
         \x20   pattern_requirements:\n\
         \x20     checksum:\n\
         \x20       actual:\n\
         \x20         template: \"{{{{ CHECKSUM }}}}\"\n\
         \x20         requires_capture: CHECKSUM\n\
         \x20       expected: \"{{{{ BODY | crc32 | base62: {CHECKSUM_LEN} }}}}\"\n\
         \x20   confidence: high\n",
    )
}

fn trufflehog(prefixes: &[Prefix]) -> String {
    // A detector needs a keyword; the underscores alone are in every token.
    let mut words = keywords(prefixes);
    if words.is_empty() {
        words.push("_".into());
    }
    format!(
        "# A custom detector for trufflehog: --config FILE\n\
         detectors:\n\
         \x20 - name: patrol-token\n\
         \x20   keywords: [{}]\n\
         \x20   regex:\n\
         \x20     token: '({})'\n",
        quoted(&words),
        regex(prefixes),
    )
}

/// A custom pattern is typed into a form; these are its fields.
fn github(prefixes: &[Prefix]) -> String {
    format!(
        "Pattern name:   patrol token\n\
         Secret format:  {}\n\
         Before secret:  \\A|[^0-9A-Za-z]\n\
         After secret:   \\z|[^0-9A-Za-z]\n",
        // The engine behind the form has no groups that do not capture.
        regex(prefixes).replace("(?:", "("),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_their_scanners_read() {
        let prefixes: Vec<Prefix> = vec!["acme_pat".parse().unwrap(), "acme_ci".parse().unwrap()];
        for given in [&prefixes[..], &[]] {
            let toml: toml::Table = Scanner::Gitleaks.file(given).parse().unwrap();
            assert_eq!(toml["rules"][0]["id"].as_str(), Some("patrol-token"));
        }
        let github = Scanner::Github.file(&prefixes);
        assert!(github.contains("(acme_pat|acme_ci)_[0-7]"), "{github}");
    }
}
