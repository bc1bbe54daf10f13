//! Rule files: our own form, what is refused, and the page that lists the built-in rules.

use std::fmt::Write as _;

use patrol_scan::rules::Rules;
use patrol_scan::{Checksum, Match, Secret};

pub(crate) fn load(text: &str) -> Result<Rules, String> {
    let none = |path: &str| Err(format!("no file {path} here"));
    Rules::load(text, "rules.toml", &none).map_err(|error| error.to_string())
}

pub(crate) fn found(rules: &Rules, text: &str) -> Vec<Match> {
    let mut all = Vec::new();
    rules.search(text.as_bytes(), &mut |found| all.push(found));
    all
}

/// `rule: what it spans` for each finding that stands at the path.
pub(crate) fn told(rules: &Rules, text: &str, path: &str) -> Vec<String> {
    let stands = |found: &Match| {
        let Secret::Foreign(foreign) = &found.secret else { panic!("not foreign") };
        rules.settle(foreign, Some(path.as_bytes()), Some("c0ffee"))
    };
    let told =
        |found: &Match| format!("{}: {}", found.secret.rule(), &text[found.start..found.end]);
    found(rules, text).iter().filter(|found| stands(found)).map(told).collect()
}

const OWN: &str = r#"
schema = "patrol.rules/v1"

[[rule]]
id = "house-key"
description = "Key of the house"
provider = "House"
help = "Ask the porter."
tags = ["house"]
literals = ["house_"]
regex = 'house_([0-9a-z]{8})\b'
secret_group = 1
min_entropy = 2.0
allow = ["^test", "0000$"]
"#;

#[test]
fn a_rule_of_our_own_form() {
    let rules = load(OWN).unwrap();
    let text = "a house_q7x2k9w1; house_test1234; house_q7x20000; house_aaaaaaab; house_q7x2k9w12";
    assert_eq!(told(&rules, text, "a"), ["house-key: q7x2k9w1"]);
    let all = found(&rules, text);
    let Secret::Foreign(foreign) = &all[0].secret else { panic!("not foreign") };
    assert_eq!(foreign.checksum, Checksum::None);
    assert!(foreign.redacted.starts_with('…'));
    assert_eq!(foreign.rule.help.as_deref(), Some("Ask the porter."));
    assert_eq!(foreign.rule.provider.as_deref(), Some("House"));
}

#[test]
fn sets_are_joined_and_a_rule_takes_the_place_of_its_namesake() {
    let own = load(&OWN.replace("house-key", "github-pat")).unwrap();
    let both = Rules::builtin().and(&own);
    assert_eq!(both.infos().len(), Rules::builtin().infos().len());
    assert_ne!(both.digest(), Rules::builtin().digest());
    assert_ne!(both.digest(), own.digest());
    assert_eq!(told(&both, "house_q7x2k9w1", "a"), ["github-pat: q7x2k9w1"]);
    assert!(load("builtin = true").unwrap().infos().len() > 150);
}

#[test]
fn a_comment_on_the_line_is_seen() {
    let rules = load(OWN).unwrap();
    let all = found(&rules, "house_q7x2k9w1 # patrol:allow\nhouse_q7x2k9w1\n");
    assert_eq!(all.iter().map(|found| found.is_allowed_inline).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn what_is_refused_says_where_and_why() {
    let own = |line: &str| format!("[[rule]]\nid = \"a\"\nliterals = [\"abc\"]\n{line}\n");
    let cases = [
        ("empty", String::new()),
        ("no rule", "schema = \"patrol.rules/v1\"".to_owned()),
        ("not TOML", "[[rule]\nid = 1".to_owned()),
        ("other schema", "schema = \"patrol.rules/v9\"".to_owned()),
        ("both forms", "[[rule]]\nid = \"a\"\n[[rules]]\nid = \"b\"".to_owned()),
        ("no id", "[[rule]]\nregex = \"a\"".to_owned()),
        ("no regex", own("")),
        ("bad regex", own("regex = \"abc(\"")),
        ("too large a regex", own("regex = '(?:(?:(?:a{999}){999}){999})'")),
        ("unknown key", own("regexp = \"abc\"")),
        ("key twice", own("regex = \"abc\"\nRegex = \"abc\"")),
        ("group", own("regex = \"abc\"\nsecret_group = 2")),
        ("type", own("regex = 1")),
        ("entropy", own("regex = \"abc\"\nmin_entropy = nan")),
        ("checksum", own("regex = \"abc\"\nchecksum = \"md5\"")),
        ("allow", own("regex = \"abc\"\nallow = [\"a\", \"[\"]")),
        ("short literal", "[[rule]]\nid = \"a\"\nliterals = [\"ab\"]\nregex = \"ab\"".to_owned()),
        ("same id", own("regex = \"abc\"") + &own("regex = \"abc\"")),
        ("ten megabytes", "#".repeat(10_000_000)),
    ];
    let mut text = String::new();
    for (name, file) in cases {
        writeln!(text, "{name}\n  {}", load(&file).unwrap_err()).unwrap();
    }
    let none = |_: &str| Err(String::new());
    let error = Rules::load_bytes(b"id = \"\xff\"", "rules.toml", &none).unwrap_err();
    writeln!(text, "not UTF-8\n  {error}").unwrap();
    insta::assert_snapshot!(text);
}

/// `docs/rules.md` lists what is built in. `cargo run -p patrol-scan --example rules -- --list`
/// prints the table anew.
/// Whoever writes a repository writes its rules. One bound holds for all of them: it is met before
/// anything is compiled, so that it is met in no time.
#[test]
fn rules_that_would_fill_the_memory_are_refused_by_name() {
    let rules = |n: usize, each: &dyn Fn(usize) -> String| {
        (0..n).fold(String::new(), |mut all, at| {
            let _infallible = write!(all, "[[rules]]\nid = \"r{at}\"\n{}\n", each(at));
            all
        })
    };
    let bound = "would take more than 64 MiB together once they are compiled";
    let keyword = "keywords = [\"k\"]";
    for (config, place) in [
        (rules(400, &|_| format!("regex = '''k(?:[a-z]{{1000}}){{200}}'''\n{keyword}")), "rule `r1`, `regex`"),
        (rules(5000, &|at| format!("regex = '''k{at}'''\n{keyword}")), "rule `r2"),
        (rules(5000, &|at| format!("regex = '''k{at}'''")), "rule `r2"),
        (rules(1, &|_| "path = '''(?:\\pL{100}){100}'''".to_owned()), "rule `r0`, `path`"),
        (
            rules(2, &|_| {
                let words: String = (0..60_000).map(|at| format!("\"word{at}\",")).collect();
                format!("regex = '''k'''\n[[rules.allowlists]]\nstopwords = [{words}]")
            }),
            "rule `r1`, `stopwords`",
        ),
        (
            {
                let all: String = (0..150_000).map(|at| format!("\"lit{at}\",")).collect();
                format!("[[rule]]\nid = \"own\"\nliterals = [{all}]\nregex = \"a\"")
            },
            "rule `own`, `literals`",
        ),
        (
            "[[rule]]\nid = \"own\"\nliterals = [\"abc\"]\nregex = '(?:a{1000}){999}(?:b{1000}){999}'".to_owned(),
            "rule `own`, `regex`",
        ),
    ] {
        let error = load(&config).unwrap_err();
        assert!(error.contains(bound) && error.contains(place), "{place}: {error}");
    }
    let long = "a".repeat(20_000);
    for (key, value, most) in
        [("regex", format!("'''{long}'''"), 16_384), ("keywords", format!("[\"{long}\"]"), 256)]
    {
        let error = load(&rules(1, &|_| format!("{key} = {value}"))).unwrap_err();
        let told = format!("rule `r0`, `{key}`: one text of it has 20000 bytes; at most {most}");
        assert!(error.contains(&told), "{error}");
    }
    // Two that have room are too much together.
    let half = |name: &str| {
        load(&format!(
            "[[rules]]\nid = \"{name}\"\nregex = '''k(?:[a-z]{{1000}}){{200}}'''\n{keyword}"
        ))
        .unwrap()
    };
    let (one, two) = (half("one"), half("two"));
    assert!(!one.is_too_large() && one.and(&two).is_too_large());
}

#[test]
fn the_page_lists_every_rule() {
    let page = include_str!("../../../../docs/rules.md");
    for info in Rules::builtin().infos() {
        let provider = info.provider.as_deref().unwrap_or("any");
        let row = format!("| `{}` | {provider} | {} |", info.id, info.description);
        assert!(page.contains(&row), "docs/rules.md lacks: {row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, Rules::builtin().infos().len(), "docs/rules.md lists a rule that is gone");
}

/// A rule's finding goes where it is our own token, and stays where it only shares text with one.
#[test]
fn what_a_rule_finds_beside_our_own_token_stays() {
    let config = r#"
schema = "patrol.rules/v1"
[[rule]]
id = "blob"
description = "Anything"
literals = ["blob="]
regex = 'blob=([0-9A-Za-z+/_]+)'
secret_group = 1
"#;
    let detector = crate::world::detector().with_rules(load(config).unwrap());
    let told = |text: &str| -> Vec<String> {
        let found = detector.matches(text.as_bytes());
        found.iter().map(|it| format!("{} {}..{}", it.secret.rule(), it.start, it.end)).collect()
    };
    let token = crate::world::token(1);
    let end = 5 + token.len();
    assert_eq!(told(&format!("blob={token}")), [format!("patrol-token 5..{end}")]);
    assert_eq!(told(&format!("blob=x{token}x")), [format!("patrol-token 6..{}", end + 1)]);
    let (left, right) = token.split_at(40);
    let split = told(&format!("\"blob={left}\" + \"{right}\""));
    assert_eq!(split.len(), 1, "{split:?}");
    // Encoded among other things: two secrets.
    use base64::Engine as _;
    let blob = base64::engine::general_purpose::STANDARD.encode(format!("{{one}}{token}{{two}}"));
    assert_eq!(told(&format!("blob={blob}")).len(), 2);
}
