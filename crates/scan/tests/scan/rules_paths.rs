//! Rules of gitleaks that have only a path, in every source that has paths.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::SystemTime;

use patrol_scan::report::{Detail, Plain, Root, Run, Text};
use patrol_scan::source::git::{self, GitEnvironment, Received, Revisions, Updates};
use patrol_scan::source::{stdin, tree};
use patrol_scan::{Coverage, Detector, Finding, Options, ScanError, Secret, Sink, report};
use serde_json::Value;

use crate::report::valid;
use crate::rules::load;
use crate::world::{World, collect, json, token};

/// Keystores wherever they are, but not among the tests; a file at the top; one that is never told.
const RULES: &str = r"
[[rules]]
id = 'keystore'
description = 'A keystore'
path = '''\.p12$'''
[[rules.allowlists]]
paths = ['''(^|/)tests/''']

[[rules]]
id = 'top'
path = '''^only$'''

[[rules]]
id = 'silent'
path = '''.'''
skipReport = true
";

fn detector(more: &str) -> Detector {
    let rules = load(&format!("{RULES}{more}")).unwrap();
    Detector::new(&["acme_pat".parse().unwrap()]).with_rules(rules)
}

fn scan(
    detector: &Detector,
    source: impl FnOnce(&Detector, &Options, Sink<'_>) -> Result<Coverage, ScanError>,
) -> Vec<Finding> {
    let (coverage, found) = collect(|sink| source(detector, &Options::default(), sink));
    let coverage = coverage.unwrap();
    assert!(coverage.is_complete(), "{}", json(&coverage));
    for finding in &found {
        let Secret::Foreign(foreign) = &finding.secret else { panic!("not foreign") };
        // Path and commit were asked when it was found.
        assert!(detector.rules().settle(foreign, Some(b"elsewhere"), None));
        assert_eq!(finding.secret.redacted(), format!("file detected by {}", foreign.rule.id));
        let at = &finding.location;
        assert_eq!((at.line, at.column, at.end_line, at.end_column), (1, 1, 1, 1));
    }
    found
}

/// `rule source path subject`.
fn lines(world: &World, found: &[Finding]) -> Vec<String> {
    let prefix = format!("{}/", world.repo.display());
    let line = |finding: &Finding| {
        let at = &finding.location;
        let path = at.path.as_ref().unwrap().to_string().replace(&prefix, "");
        let subject = at.commit.as_ref().map(|it| world.git(&["log", "-1", "--format=%s", it]));
        let (rule, source) = (finding.secret.rule(), at.source.as_str());
        format!("{rule} {source} {path} {}", subject.unwrap_or_default()).trim_end().to_owned()
    };
    let mut lines: Vec<String> = found.iter().map(line).collect();
    lines.sort();
    lines
}

fn env() -> GitEnvironment {
    GitEnvironment::default()
}

#[test]
fn files_and_links_below_a_root() {
    let world = World::new();
    for path in ["a.p12", "x/b.p12", "x/tests/c.p12", "only", "x/only", "x/a.p12.txt"] {
        world.write(path, "");
    }
    symlink("nowhere", world.repo.join("link.p12")).unwrap();
    std::fs::create_dir(world.repo.join("directory.p12")).unwrap();
    let files = |root: PathBuf| {
        let tell = |it: &Detector, options: &Options, sink: Sink<'_>| {
            tree(std::slice::from_ref(&root), it, options, sink)
        };
        lines(&world, &scan(&detector(""), tell))
    };
    let all = [
        "keystore worktree a.p12",
        "keystore worktree link.p12",
        "keystore worktree x/b.p12",
        "top worktree only",
    ];
    assert_eq!(files(world.repo.clone()), all);
    // Paths are taken from the root; a root that is a file has its own.
    let below = ["keystore worktree x/b.p12", "top worktree x/only"];
    assert_eq!(files(world.repo.join("x")), below);
    assert_eq!(files(world.repo.join("a.p12")), ["keystore worktree a.p12"]);
}

#[test]
fn what_is_staged() {
    let world = World::new();
    world.commit("old.p12", "old", "base");
    world.write("x/new.p12", "");
    world.write("old.txt", "");
    world.git(&["add", "-A"]);
    let found = scan(&detector(""), |it, options, sink| {
        git::staged(&world.repo, &env(), it, options, sink)
    });
    assert_eq!(lines(&world, &found), ["keystore index x/new.p12"]);
    assert_eq!(found[0].location.object, Some(world.git(&["rev-parse", ":x/new.p12"])));
}

/// The same file at two paths, changed, gone, back, and in a commit that is allowed.
fn history() -> (World, String) {
    let world = World::new();
    world.commit("a.p12", "one", "first");
    world.commit("tests/a.p12", "one", "a copy for tests");
    world.commit("x/b.p12", "one", "a copy");
    world.commit("a.p12", "two", "changes");
    world.git(&["rm", "-q", "a.p12"]);
    world.git(&["commit", "-q", "-m", "removes"]);
    world.commit("a.p12", "one", "is back");
    let allowed = world.commit("allowed.p12", "", "is allowed");
    let more = format!("[[allowlists]]\ncommits = ['{allowed}']\n");
    (world, more)
}

const ADDED: [&str; 3] =
    ["keystore blob a.p12 changes", "keystore blob a.p12 first", "keystore blob x/b.p12 a copy"];

#[test]
fn what_commits_add() {
    let (world, more) = history();
    let range = |spec: &str| {
        let revisions = Revisions::Spec(spec.to_owned());
        let found = scan(&detector(&more), |it, options, sink| {
            git::range(&world.repo, &env(), &revisions, it, options, sink)
        });
        lines(&world, &found)
    };
    assert_eq!(range("HEAD~2..HEAD"), ["keystore blob a.p12 is back"]);
    assert_eq!(range("HEAD~4..HEAD~2"), ["keystore blob a.p12 changes"]);

    let id = world.git(&["rev-parse", "HEAD"]);
    let push = format!("{} {id} refs/heads/new\n", "0".repeat(40));
    world.git(&["update-ref", "-d", "refs/heads/main"]);
    let updates = Updates::parse(push.as_bytes()).unwrap();
    let received = Received { updates, quarantine: None };
    let found = scan(&detector(&more), |it, options, sink| {
        git::pre_receive(&world.repo, &env(), &received, it, options, sink)
    });
    assert_eq!(lines(&world, &found), ADDED);
}

#[test]
fn all_that_any_commit_has_ever_added() {
    let (world, more) = history();
    let history = |more: &str| {
        let found = scan(&detector(more), |it, options, sink| {
            git::history(&world.repo, &env(), it, options, sink)
        });
        lines(&world, &found)
    };
    assert_eq!(history(&more), ADDED);
    // One that no ref leads to any more.
    world.commit("lost.p12", "lost", "is dropped");
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let expected = [ADDED[0], ADDED[1], "keystore blob lost.p12 is dropped", ADDED[2]];
    assert_eq!(history(&more), expected);
    world.git(&["gc", "-q"]);
    assert_eq!(history(&more), expected);
    let allowed = "keystore blob allowed.p12 is allowed";
    assert_eq!(history(""), [&expected[..2], &[allowed], &expected[2..]].concat());
}

#[test]
fn a_stream_has_no_path() {
    let found =
        scan(&detector(""), |it, options, sink| Ok(stdin(&mut &b"a.p12"[..], it, options, sink)));
    assert!(found.is_empty());
}

/// A member of an archive has a path as well: the archive's, and its own behind `!`.
#[test]
fn members_of_archives() {
    let world = World::new();
    world.commit("base", "base", "base");
    let members: [(&str, &[u8]); 3] =
        [("inner/key.p12", b"x"), ("tests/key.p12", b"y"), ("key.txt", b"z")];
    let packed = crate::archive::build::tar(&members);
    std::fs::create_dir(world.repo.join("dir")).unwrap();
    std::fs::write(world.repo.join("dir/all.tar"), &packed).unwrap();
    let told = |found: &[Finding]| -> Vec<String> {
        let line = |it: &Finding| {
            let at = &it.location;
            let (path, member) = (at.path.as_ref().unwrap(), at.archive.as_ref().unwrap());
            let path = path.to_string().replace(&format!("{}/", world.repo.display()), "");
            format!("{} {path}!{member}", it.secret.rule())
        };
        found.iter().map(line).collect()
    };
    let wanted = ["keystore dir/all.tar!inner/key.p12"];
    let found = scan(&detector(""), |it, options, sink| {
        tree(std::slice::from_ref(&world.repo), it, options, sink)
    });
    // One in `tests/` of the archive is not below a slash or at the beginning of the path.
    assert_eq!(told(&found), [wanted[0], "keystore dir/all.tar!tests/key.p12"]);
    world.git(&["add", "-A"]);
    let found = scan(&detector(""), |it, options, sink| {
        git::staged(&world.repo, &env(), it, options, sink)
    });
    assert_eq!(told(&found).first().map(String::as_str), Some(wanted[0]));
}

/// A name that is a secret is told by the rule, and not repeated.
#[test]
fn a_secret_in_the_name_is_not_shown() {
    let world = World::new();
    world.write(&format!("{}.p12", token(1)), "");
    let root = [world.repo.clone()];
    let (_, found) = collect(|sink| tree(&root, &detector(""), &Options::default(), sink));
    let rules: Vec<_> = found.iter().map(|it| it.secret.rule()).collect();
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert!(rules.contains(&"keystore") && rules.contains(&"patrol-token"));
}

/// A rule may ask for the path of another: gitleaks places that before the first line.
#[test]
fn a_rule_that_requires_a_path() {
    let found = |near: &str, text: &str, path: &[u8]| {
        let more = format!(
            "[[rules]]\nid = 'word'\nregex = '''pass=\\w+'''\n\
             [[rules.required]]\nid = 'keystore'\n{near}\n"
        );
        let detector = detector(&more);
        let stands = |it: &patrol_scan::Match| {
            let Secret::Foreign(foreign) = &it.secret else { return false };
            detector.rules().settle(foreign, Some(path), None)
        };
        detector.matches(text.as_bytes()).iter().filter(|it| stands(it)).count()
    };
    assert_eq!(found("", "\n\npass=abc", b"a.p12"), 1);
    assert_eq!(found("", "\n\npass=abc", b"a.txt"), 0);
    assert_eq!(found("withinLines = 3", "\n\npass=abc", b"a.p12"), 1);
    assert_eq!(found("withinLines = 2", "\n\npass=abc", b"a.p12"), 0);
    assert_eq!(found("withinColumns = 1", "pass=abc", b"a.p12"), 1);
    assert_eq!(found("withinColumns = 1", " pass=abc", b"a.p12"), 0);
}

/// Every report takes a finding that stands before the first byte of an empty file.
#[test]
fn reports_of_a_file() {
    let world = World::new();
    world.write("a.p12", "");
    let found = scan(&detector(""), |it, options, sink| {
        tree(std::slice::from_ref(&world.repo), it, options, sink)
    });
    let top = world.repo.to_str().unwrap();
    let run = Run {
        findings: &found,
        accepted: &[],
        coverage: &Coverage::default(),
        begun: SystemTime::UNIX_EPOCH,
        ended: SystemTime::UNIX_EPOCH,
        root: &Root { top: top.into(), here: top.into() },
    };
    let line = |finding: &Finding| Text::new(Vec::new()).line(finding);
    let mut out = Vec::new();
    report::sarif(&run, &line, &mut out).unwrap();
    let sarif: Value = serde_json::from_slice(&out).unwrap();
    valid(&sarif, include_str!("../data/sarif-schema-2.1.0.json"));
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["message"]["text"], "A keystore: file detected by keystore");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a.p12");
    assert_eq!(place["region"], serde_json::json!({ "startLine": 1, "endLine": 1 }));

    out.clear();
    report::gitlab(&run, &mut out).unwrap();
    let gitlab: Value = serde_json::from_slice(&out).unwrap();
    let schema = include_str!("../data/gitlab-secret-detection-15.2.5.condensed.schema.json");
    valid(&gitlab, schema);

    out.clear();
    report::human(&run, Detail::Brief, &Plain, &mut out).unwrap();
    report::junit(&run, &mut out).unwrap();
    report::github(&run, &mut out).unwrap();
    report::csv(&found, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap().replace(top, "[REPO]"));
}
