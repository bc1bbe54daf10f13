//! The configuration of gitleaks: each of its behaviours, once.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patrol_scan::rules::Rules;

use crate::rules::{found, load, told};

/// A configuration with one rule; `more` are further lines of it.
fn rule(more: &str) -> String {
    format!("title = \"t\"\n[[rules]]\nid = \"r\"\ndescription = \"d\"\n{more}\n")
}

fn tells(config: &str, text: &str) -> Vec<String> {
    told(&load(config).unwrap(), text, "src/a.py")
}

#[test]
fn keys_in_any_case_and_keywords_in_any_case() {
    let config = rule("REGEX = '''key_[a-z]{4}'''\nKeyWords = [\"Key_\"]");
    assert_eq!(tells(&config, "x key_abcd"), ["r: key_abcd"]);
    // The keyword need not be part of the match.
    let config = rule("regex = '''[0-9]{6}'''\nkeywords = [\"acme\"]");
    assert_eq!(tells(&config, "ACME\n\n123456"), ["r: 123456"]);
    assert!(tells(&config, "other\n\n123456").is_empty());
    assert!(!load(&config).unwrap().is_hot(b"123456"));
    assert!(load(&config).unwrap().is_hot(b"Acme"));
    // Letters that are not ASCII have two cases as well.
    let config = rule("regex = '''[0-9]{6}'''\nkeywords = [\"Пароль\"]");
    for word in ["пароль", "Пароль", "ПАРОЛЬ"] {
        assert_eq!(tells(&config, &format!("{word} 123456")), ["r: 123456"], "{word}");
        assert!(load(&config).unwrap().is_hot(word.as_bytes()));
    }
    assert!(tells(&config, "паром 123456").is_empty());
    let always = load(&rule("regex = '''[0-9]{6}'''")).unwrap();
    assert!(always.always_hot() && always.is_hot(b"x"));
}

/// As gitleaks does it without `--max-decode-depth`: five layers deep, the keyword decoded too.
#[test]
fn what_is_encoded_is_decoded() {
    let rules = load(&rule("regex = '''acme_[0-9]{12}'''\nkeywords = [\"acme_\"]")).unwrap();
    let secret = ["acme_0123", "45678901"].concat();
    let each = |text: &str, how: fn(u8) -> String| text.bytes().map(how).collect::<String>();
    let percent = |text: &str| each(text, |byte| format!("%{byte:02X}"));
    let escaped = |text: &str| each(text, |byte| format!("\\u{byte:04x}"));
    let hex = |text: &str| each(text, |byte| format!("{byte:02x}"));
    let base64 = |text: &str| STANDARD.encode(text);
    let deep = (0..5).fold(secret.clone(), |text, _| base64(&text));
    for (text, how) in [
        (percent(&secret), "percent"),
        (escaped(&secret), "json-escape"),
        (hex(&secret), "hex"),
        (base64(&secret), "base64"),
        (base64(&percent(&secret)), "base64 percent"),
        (hex(&base64(&secret)), "hex base64"),
        (deep.clone(), "base64 base64 base64 base64 base64"),
    ] {
        let all = found(&rules, &format!("\nx = \"{text}\" # gitleaks:allow\n"));
        assert_eq!(all.len(), 1, "{how}");
        assert_eq!((all[0].start, all[0].end), (6, 6 + text.len()), "{how}");
        let layers: Vec<_> = all[0].encoding.iter().map(|layer| layer.as_str()).collect();
        assert_eq!(layers.join(" "), how);
        assert!(all[0].is_allowed_inline, "{how}");
        let plain = found(&rules, &secret);
        assert_eq!(all[0].secret.digest(), plain[0].secret.digest(), "{how}");
        assert!(rules.is_hot(text.as_bytes()) && rules.always_hot());
    }
    assert!(found(&rules, &base64(&deep)).is_empty(), "a sixth layer");
    // What stands in plain beside something encoded is told once.
    assert_eq!(found(&rules, &format!("{secret} {}", base64(&secret))).len(), 2);
    let wide: Vec<u8> = base64(&secret).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = Vec::new();
    rules.search(&wide, &mut |found| all.push(found));
    let layers: Vec<_> = all[0].encoding.iter().map(|layer| layer.as_str()).collect();
    assert_eq!((all[0].start, all[0].end, all.len()), (0, wide.len(), 1));
    assert_eq!(layers, ["utf-16le", "base64"]);
    assert!(rules.is_hot(&wide));
    // Rules of our own form and of the pack decode nothing.
    assert!(!Rules::builtin().always_hot() && !Rules::builtin().is_hot(deep.as_bytes()));
    // Those of the pack that a configuration begins with are asked like its own.
    let rules = load("[extend]\nuseDefault = true\n").unwrap();
    let text = base64(&format!("https://user:{}@db.acme.io/", "h7Kq2mZx9Lw4"));
    let all = found(&rules, &text);
    assert_eq!(all.iter().map(|it| (it.start, it.end)).collect::<Vec<_>>(), [(0, text.len())]);
}

#[test]
fn the_secret_is_a_group_and_the_finding_the_match() {
    // The first group that is not empty; entropy is that of the secret and must be exceeded.
    let config = rule("regex = '''k(x)?=([a-z]+)'''\nentropy = 2.0");
    assert_eq!(tells(&config, "k=abcde k=abcd k=aaaaaaaa"), ["r: k=abcde"]);
    let config = rule("regex = '''(k)=([a-z]+)'''\nsecretGroup = 2\nentropy = 1.5");
    assert_eq!(tells(&config, "k=abcde k=aa"), ["r: k=abcde"]);
    let rules = load(&rule("regex = '''\\n?k=(ab)\\n?'''")).unwrap();
    let all = found(&rules, "x\nk=ab\n");
    assert_eq!((all[0].start, all[0].end), (2, 6), "newlines around a match are no part of it");
}

#[test]
fn allowlists_of_a_rule() {
    let allowed = |list: &str| {
        let config = rule(&format!("regex = '''k=([a-z]+)'''\n[[rules.allowlists]]\n{list}"));
        tells(&config, "k=abcde # line").is_empty()
    };
    assert!(allowed("regexes = ['''^abc''']"));
    assert!(!allowed("regexes = ['''^k=''']"));
    assert!(allowed("regexTarget = \"match\"\nregexes = ['''^k=''']"));
    assert!(allowed("regexTarget = \"line\"\nregexes = ['''# line$''']"));
    assert!(allowed("stopwords = [\"BCD\"]"));
    assert!(allowed("paths = ['''\\.py$''']"));
    assert!(!allowed("paths = ['''\\.js$''']"));
    assert!(allowed("commits = [\"C0FFEE\"]"));
    assert!(!allowed("condition = \"AND\"\npaths = ['''\\.py$''']\nstopwords = [\"zzz\"]"));
    assert!(allowed("condition = \"AND\"\npaths = ['''\\.py$''']\nstopwords = [\"abc\"]"));
    assert!(!allowed("condition = \"&&\"\npaths = ['''\\.js$''']\nregexes = [\"abc\"]"));
    assert!(allowed("condition = \"or\"\npaths = ['''\\.js$''']\nregexes = [\"abc\"]"));
}

#[test]
fn allowlists_of_all_rules_and_of_some() {
    let rules = "[[rules]]\nid = \"a\"\nregex = '''a=[a-z]+'''\n[[rules]]\nid = \"b\"\nregex = '''b=[a-z]+'''\n";
    let text = "a=xyz b=xyz";
    assert_eq!(tells(rules, text), ["a: a=xyz", "b: b=xyz"]);
    let with = |list: &str| tells(&format!("{rules}{list}"), text);
    assert_eq!(with("[allowlist]\nregexes = ['''xyz''']"), [""; 0]);
    assert_eq!(with("[[allowlists]]\npaths = ['''^src/''']"), [""; 0]);
    assert_eq!(with("[[allowlists]]\ntargetRules = [\"b\"]\nstopwords = [\"y\"]"), ["a: a=xyz"]);
}

#[test]
fn rules_of_paths() {
    let config = rule("path = '''\\.py$'''\nregex = '''k=[a-z]+'''");
    let rules = load(&config).unwrap();
    assert_eq!(told(&rules, "k=abc", "a.py"), ["r: k=abc"]);
    assert_eq!(told(&rules, "k=abc", "a.js"), [""; 0]);
    let rules =
        load(&rule("path = '''\\.p12$'''\n[[rules.allowlists]]\npaths = [\"test\"]")).unwrap();
    let ids = |path: &[u8]| rules.path_only(path, None).len();
    assert_eq!((ids(b"a.p12"), ids(b"a.p1"), ids(b"test/a.p12")), (1, 0, 0));
    assert!(told(&rules, "anything", "a.p12").is_empty());
}

#[test]
fn composite_rules() {
    let config = |near: &str| {
        format!(
            "[[rules]]\nid = \"id\"\nregex = '''id=[0-9]+'''\nskipReport = true\n\
             [[rules]]\nid = \"key\"\nregex = '''key=[a-z]+'''\n[[rules.required]]\nid = \"id\"\n{near}\n"
        )
    };
    assert_eq!(tells(&config(""), "id=1\n\n\nkey=abc"), ["key: key=abc"]);
    assert!(tells(&config(""), "key=abc").is_empty());
    assert!(tells(&config("withinLines = 2"), "id=1\n\n\nkey=abc").is_empty());
    assert_eq!(tells(&config("withinLines = 3"), "id=1\n\n\nkey=abc").len(), 1);
    assert!(tells(&config("withinColumns = 3"), "id=1 key=abc").is_empty());
    assert_eq!(tells(&config("withinColumns = 5"), "id=1 key=abc").len(), 1);
}

/// What is required may be a rule of the built-in pack, or of a file in our own form: both are
/// searched for in another way.
#[test]
fn composite_rules_ask_for_quick_rules_too() {
    let composite = "[[rules]]\nid = \"region\"\nregex = '''region=[a-z]+'''\n\
                     [[rules.required]]\nid = \"digitalocean-pat\"\nwithinLines = 1\n";
    let built_in =
        format!("[extend]\nuseDefault = true\n[[rules]]\nid = \"digitalocean-pat\"\n{composite}");
    let own = "[[rule]]\nid = \"digitalocean-pat\"\nliterals = [\"dop_v1_\"]\n\
               regex = 'dop_v1_[0-9a-f]{64}'\n";
    let other = "[[rules]]\nid = \"digitalocean-pat\"\nregex = '''nothing'''\n";
    let own = load(&format!("{other}{composite}")).unwrap().and(&load(own).unwrap());
    let key = digitalocean();
    for rules in [load(&built_in).unwrap(), own] {
        let told = |text: &str| told(&rules, text, "a");
        let expected = [format!("digitalocean-pat: {key}"), "region: region=ams".to_owned()];
        assert_eq!(told(&format!("k = {key}\nregion=ams")), expected);
        assert_eq!(told(&format!("k = {key}\n\nregion=ams")), expected[..1], "too far away");
        assert_eq!(told("region=ams"), [""; 0]);
    }
}

/// A token of `DigitalOcean` that nobody has.
fn digitalocean() -> String {
    ["dop_v1_", "9f3c1e07b8d2465a", "70be4d91c83f2a65", "e1d4098b37fc6a52", "5b08f7a2c69d134e"]
        .concat()
}

/// Of what overlaps, the general finding goes; but not for one that may itself be dropped later.
#[test]
fn a_general_rule_gives_way_to_what_is_certain_only() {
    let key = digitalocean();
    let text = format!("https://deploy:{key}@git.acme.io/a.git");
    let general = &*format!("url-credentials: {key}");
    let specific = &*format!("digitalocean-pat: {key}");
    assert_eq!(told(&Rules::builtin(), &text, "a"), [specific]);
    let with = |more: &str, path: &str| {
        let config = "[extend]\nuseDefault = true\n[[rules]]\nid = \"digitalocean-pat\"\n";
        let mut told = told(&load(&[config, more].concat()).unwrap(), &text, path);
        told.sort_unstable();
        told
    };
    let list = "[[rules.allowlists]]\n";
    assert_eq!(with("", "src/a"), [specific]);
    assert_eq!(with(&format!("{list}paths = [\"^src/\"]"), "src/a"), [general]);
    assert_eq!(with(&format!("{list}commits = [\"c0ffee\"]"), "src/a"), [general]);
    assert_eq!(with("path = \"^lib/\"", "src/a"), [general]);
    assert_eq!(with("path = \"^lib/\"", "lib/a"), [specific, general]);
    let of_all = "[[allowlists]]\ncondition = \"AND\"\nregexes = [\"v1_.*4e$\"]\npaths = [\"^src/\"]\n\
                  regexTarget = \"match\"";
    assert_eq!(with(of_all, "src/a"), [general]);
}

/// A token of an imported shape is dropped if the ledger does not know it, a provider's sample
/// always is.
#[test]
fn a_general_rule_does_not_give_way_to_what_is_nobodys() {
    let imported = Rules::imported([("old-", "[0-9a-f]{16}")]).0;
    let text = "https://deploy:old-9f3c1e07b8d2465a@git.acme.io/a.git";
    assert_eq!(
        told(&Rules::builtin().and(&imported), text, "a"),
        ["url-credentials: old-9f3c1e07b8d2465a", "imported:old-: old-9f3c1e07b8d2465a"]
    );
    let sample = ["sk_test_", "4eC39HqLyjWD", "arjtT1zdp7dc"].concat();
    let text = format!("//npm.acme.io/:_authToken={sample}-h7Kq2mZx9Lw4");
    let expected = format!("npmrc-auth-token: {sample}-h7Kq2mZx9Lw4");
    assert_eq!(told(&Rules::builtin(), &text, "a"), [expected]);
    assert!(told(&Rules::builtin(), &format!("k = {sample}"), "a").is_empty());
}

#[test]
fn a_generic_rule_gives_way() {
    let config = "[[rules]]\nid = \"Generic-key\"\nregex = '''key=([a-z0-9]+)'''\n\
                  [[rules]]\nid = \"acme\"\nregex = '''acme[a-z0-9]+'''\n";
    assert_eq!(
        tells(config, "key=acme12 \nkey=other1"),
        ["acme: acme12", "Generic-key: key=other1"]
    );
}

#[test]
fn extending() {
    let base = "[[rules]]\nid = \"b\"\ndescription = \"base\"\nregex = '''b=[a-z]+'''\nkeywords = [\"b=\"]\n\
                [[rules]]\nid = \"c\"\nregex = '''c=[a-z]+'''\n[[allowlists]]\nstopwords = [\"stop\"]\n";
    let read = |path: &str| {
        if path == "base.toml" { Ok(base.to_owned()) } else { Err("no such file".to_owned()) }
    };
    let child = "[extend]\npath = \"base.toml\"\ndisabledRules = [\"c\", \"zz\"]\n\
                 [[rules]]\nid = \"b\"\nentropy = 2.1\ntags = [\"t\"]\n\
                 [[rules]]\nid = \"a\"\nregex = '''a=[a-z]+'''\n";
    let rules = Rules::load(child, "child.toml", &read).unwrap();
    let ids: Vec<_> = rules.infos().iter().map(|info| info.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(rules.infos()[1].description, "base");
    assert_eq!(rules.infos()[1].tags, ["t"]);
    assert_eq!(told(&rules, "a=xy b=xyz b=x c=xyz a=stop", "p"), ["a: a=xy", "b: b=xyz"]);
    assert_eq!(rules.notes(), ["child.toml: no rule `zz` to disable"]);
    let lost = "[extend]\npath = \"lost.toml\"";
    let error = Rules::load(lost, "child.toml", &read).unwrap_err();
    assert_eq!(error.to_string(), "child.toml:2:8: `path`: cannot read lost.toml: no such file");
}

#[test]
fn a_file_that_extends_itself_ends() {
    let text = "[extend]\npath = \"x\"\n[[rules]]\nid = \"a\"\nregex = \"a=[a-z]+\"\n";
    let rules = Rules::load(text, "x", &|_| Ok(text.to_owned())).unwrap();
    assert_eq!(rules.infos().len(), 1);
    assert_eq!(rules.notes(), ["x: `extend` has no effect in a file that is the third in the row"]);
}

#[test]
fn the_default_is_our_own_pack() {
    let config = "[extend]\nuseDefault = true\ndisabledRules = [\"jwt\"]\n\
                  [[rules]]\nid = \"github-pat\"\n[[rules.allowlists]]\npaths = [\"^src/\"]\n";
    let rules = load(config).unwrap();
    assert!(rules.notes()[0].contains("`useDefault` stands for the built-in rules of patrol"));
    assert!(rules.infos().iter().all(|info| info.id != "jwt"));
    let key = ["dop_v1_", &"0f3a7c".repeat(11)[..62], "9b"].concat();
    assert_eq!(told(&rules, &key, "src/a"), [""; 0], "a repetition is a placeholder");
}

/// What Go reads otherwise than the crate `regex`.
#[test]
fn expressions_mean_what_they_mean_in_go() {
    let matches = |pattern: &str, text: &str| {
        let config = rule(&format!("regex = '''{pattern}'''"));
        !found(&load(&config).unwrap(), text).is_empty()
    };
    for (pattern, yes, no) in [
        (r"^\d$", "7", "٣"),
        (r"^\w+$", "ab_1", "é"),
        (r"k\b", "k é", "kx"),
        (r"^a{x$", "a{x", "ax"),
        (r"^a{,2}$", "a{,2}", "aa"),
        (r"^[]a]+$", "]a", "b"),
        (r"^[a[&&b]+$", "a[&b", "c"),
        (r"^[[:alpha:]-]+$", "a-b", "1"),
        (r"^\Qa.b\E+$", "a.bb", "axb"),
        (r"^\x41\x{42}\103\.$", "ABC.", "ABC!"),
        (r"^\pL+$", "é", "1"),
        (r"^[^\s\d]+$", "é-", "a b"),
        (r"(?i)^KEY$", "key", "kex"),
        (r"(?P<name>a)(?:b)(?<other>c)", "abc", "ab"),
        (r"^.{3}$", "éxé", "éx"),
        (r"^a$", "a", "a\nb"),
        (r"(?m)^a$", "b\na\nb", "ba"),
        (r"a\zb|c\z", "c", "cd"),
    ] {
        assert!(matches(pattern, yes), "{pattern} should match {yes}");
        assert!(!matches(pattern, no), "{pattern} should not match {no}");
    }
    let rules = load(&rule(r"regex = '''^a.[^b]c$'''")).unwrap();
    let mut any = false;
    rules.search(b"a\xff\xfec", &mut |_| any = true);
    assert!(any, "a byte that is no UTF-8 is a character to Go");
}

#[test]
fn what_is_refused_says_where_and_why() {
    let cases = [
        rule("regex = '''a(?=b)'''"),
        rule("regex = '''a(?!b)'''"),
        rule("regex = '''(a)\\1'''"),
        rule("regex = '''a**'''"),
        rule("regex = '''*a'''"),
        rule("regex = '''a{1001}'''"),
        rule("regex = '''[a'''"),
        rule("regex = '''[z-a]'''"),
        rule("regex = '''(a'''"),
        rule("regex = '''a)'''"),
        rule("regex = '''a\\y'''"),
        rule("regex = '''\\p{Klingon}'''"),
        rule("regex = '''\\C'''"),
        rule("regex = '''(?x)a'''"),
        rule("regex = '''a'''\nsecretGroup = 1"),
        rule("regex = '''a'''\nkeyword = [\"a\"]"),
        rule("regex = '''a'''\nfilter = \"true\""),
        rule("regex = '''a'''\nentropy = \"high\""),
        rule(
            "regex = '''a'''\n[rules.allowlist]\nstopwords = [\"a\"]\n[[rules.allowlists]]\nstopwords = [\"b\"]",
        ),
        rule("regex = '''a'''\n[[rules.allowlists]]\ndescription = \"nothing\""),
        rule("regex = '''a'''\n[[rules.allowlists]]\ncondition = \"XOR\"\nstopwords = [\"b\"]"),
        rule("regex = '''a'''\n[[rules.allowlists]]\nregexTarget = \"file\"\nregexes = [\"b\"]"),
        rule("regex = '''a'''\n[[rules.allowlists]]\nregexes = [\"b\", \"c(\"]"),
        rule("regex = '''a'''\n[[rules.required]]\nid = \"q\""),
        rule("keywords = [\"a\"]"),
        "[[rules]]\nregex = \"a\"".to_owned(),
        rule("regex = '''a'''") + "[[rules]]\nid = \"r\"\nregex = \"b\"",
        rule("regex = '''a'''") + "[[allowlists]]\ntargetRules = [\"rr\"]\nstopwords = [\"b\"]",
        rule("regex = '''a'''") + "[extend]\nurl = \"https://rules.invalid/x.toml\"",
        rule("regex = '''a'''") + "[extend]\nuseDefault = true\npath = \"x\"",
        rule("regex = '''a'''")
            + "[allowlist]\nstopwords = [\"a\"]\n[[allowlists]]\nstopwords = [\"b\"]",
        "title = \"nothing\"".to_owned(),
    ];
    let mut text = String::new();
    for config in cases {
        let last = config.lines().skip(4).collect::<Vec<_>>().join(" / ");
        writeln!(text, "{last}\n  {}", load(&config).unwrap_err()).unwrap();
    }
    insta::assert_snapshot!(text);
}
