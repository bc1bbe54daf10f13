//! `patrol scan`: sources, formats, exit codes, and what a repository cannot hide.

use insta::assert_snapshot;

use crate::tokens::well_formed;
use crate::world::{World, finish};

const STRANGER: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

#[test]
fn files_are_searched_and_the_ledger_says_whose_they_are() {
    let world = World::new();
    let (id, token) = world.issue(&[]);
    world.scrub(&id);
    world.write("src/config.rs", format!("let a = 1;\nlet key = \"{token}\";\n"));
    world.write(".env", format!("TOKEN={}\n", well_formed("acme_pat", STRANGER)));
    world.write("clean.txt", "nothing here\n");
    world.write("sub/.git/config", token);
    assert_snapshot!(world.session(&["scan", "scan src --format json", "scan clean.txt"]), @r#"
    $ patrol scan
    ! next: end it: patrol revoke [ID-1], or patrol rotate [ID-1], which ends it and makes a new one
    acme_pat_[ID-2]_…  unknown
      .env:1:7

    acme_pat_[ID-1]_…  active  alice
      src/config.rs:2:12

    passed over: .git (1)
    2 tokens in 2 places; 3 files, 189 bytes read
    = 1

    $ patrol scan src --format json
    {
      "findings": [
        {
          "rule": "patrol-token",
          "token_id": "[ID-1]",
          "status": "active",
          "owner": "alice",
          "redacted": "acme_pat_[ID-1]_…",
          "digest": "[HASH]",
          "fingerprint": "[HASH]",
          "source": "worktree",
          "repository": null,
          "object": null,
          "ref": null,
          "path": "src/config.rs",
          "path_bytes": null,
          "line": 2,
          "column": 12,
          "end_line": 2,
          "end_column": 84,
          "offset": 23,
          "commit": null,
          "author": null,
          "date": null,
          "encoding": [],
          "archive": null,
          "action": "none",
          "title": "Live token",
          "checksum": "verified"
        }
      ],
      "coverage": {
        "files": 1,
        "bytes": 97,
        "objects": 0,
        "skipped": [],
        "complete": true,
        "limited": false
      },
      "schema": "patrol.scan/v1"
    }
    = 1

    $ patrol scan clean.txt
    no token found; 1 file, 13 bytes read
    "#);
}

#[test]
fn levels_of_failing() {
    let world = World::new();
    let (_, live) = world.issue(&[]);
    let (dead_id, dead) = world.issue(&[]);
    world.run(&["revoke", &dead_id]);
    world.write("live/x", live);
    world.write("dead/x", dead);
    world.write("unknown/x", well_formed("acme_pat", STRANGER));
    world.write("clean/x", "");
    for (path, live, unknown, any) in
        [("live", 1, 1, 1), ("unknown", 0, 1, 1), ("dead", 0, 0, 1), ("clean", 0, 0, 0)]
    {
        let code = |level: &str| world.run(&["scan", path, "--fail-on", level]).code;
        assert_eq!((code("live"), code("unknown"), code("any")), (live, unknown, any), "{path}");
        assert_eq!(world.run(&["scan", path]).code, unknown, "{path}");
    }
}

#[test]
fn what_is_found_is_revoked_by_policy() {
    let world = World::new();
    let (id, token) = world.issue(&["--scope", "repo:read"]);
    let (ci_id, ci) = world.issue(&["--scope", "ci:run"]);
    world.run(&["policy", "set", "leak-response.ci:*", "report"]);
    world.write("a.txt", &token);
    world.write("b.txt", &ci);
    let actions = |ran: &crate::world::Ran| -> Vec<(String, String)> {
        let findings = ran.json()["findings"].as_array().unwrap().clone();
        let text = |finding: &serde_json::Value, member: &str| {
            finding[member].as_str().unwrap().to_owned()
        };
        findings.iter().map(|f| (text(f, "action"), text(f, "status"))).collect()
    };
    let pair = |action: &str, status: &str| (action.to_owned(), status.to_owned());
    let ran = world.run(&["scan", "--revoke", "--format", "json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(actions(&ran), [pair("revoked", "revoked"), pair("none", "active")]);
    let again = world.run(&["scan", "--revoke", "--format", "json"]);
    assert_eq!(actions(&again), [pair("already", "revoked"), pair("none", "active")]);
    assert_eq!(world.feed(&token, &["verify"]).stdout, "inactive  revoked\n");
    assert_eq!(world.feed(&ci, &["verify"]).code, 0);
    let kinds = |id: &str| -> Vec<String> {
        let events = world.run(&["history", id, "--format", "json"]).json();
        let events = events["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&id), ["token.issued", "token.leaked", "token.revoked"]);
    assert_eq!(kinds(&ci_id), ["token.issued", "token.leaked"]);
    let (_, thrice) = world.issue(&["--scope", "repo:read"]);
    world.write("thrice", format!("{thrice}\n{thrice}\n{thrice}\n"));
    let shown = world.run(&["scan", "thrice", "--revoke"]).stdout;
    assert!(shown.contains("revoked now"), "{shown}");
}

#[test]
fn without_a_ledger() {
    let world = World::empty();
    world.write("x", well_formed("acme_pat", STRANGER));
    assert_snapshot!(world.session(&[
        "scan --rules none",
        "scan",
        "scan --prefix acme_pat --rules none",
        "scan --no-ledger --prefix acme_pat --format json -q",
        "scan --no-ledger --prefix other_pat",
        "--ledger absent.db scan --prefix acme_pat",
        "scan --revoke --prefix acme_pat",
        "scan --no-ledger --revoke --prefix acme_pat",
        "scan --prefix Acme",
        "scan --rules rules.toml",
    ]), @r#"
    $ patrol scan --rules none
    ! error: there is nothing to look for: no ledger, no prefix and no rules
    ! hint: name a ledger with --ledger, a prefix with --prefix, or rules with --rules
    = 3

    $ patrol scan
    ! warning: there is no ledger at [ROOT]/home/.local/share/patrol/ledger.db: looking for other providers' secrets only
    no token found; 1 file, 72 bytes read

    $ patrol scan --prefix acme_pat --rules none
    ! warning: there is no ledger at [ROOT]/home/.local/share/patrol/ledger.db: looking for acme_pat only, and calling what is found unknown
    ! next: no ledger that was asked knows it: name the one that issued it with --ledger
    acme_pat_[ID-1]_…  unknown
      x:1:1

    1 token in 1 place; 1 file, 72 bytes read
    = 1

    $ patrol scan --no-ledger --prefix acme_pat --format json -q
    {
      "findings": [
        {
          "rule": "patrol-token",
          "token_id": "[ID-1]",
          "status": "unknown",
          "owner": null,
          "redacted": "acme_pat_[ID-1]_…",
          "digest": "[HASH]",
          "fingerprint": "[HASH]",
          "source": "worktree",
          "repository": null,
          "object": null,
          "ref": null,
          "path": "x",
          "path_bytes": null,
          "line": 1,
          "column": 1,
          "end_line": 1,
          "end_column": 73,
          "offset": 1,
          "commit": null,
          "author": null,
          "date": null,
          "encoding": [],
          "archive": null,
          "action": "none",
          "title": "Token that is not in the ledger",
          "checksum": "verified"
        }
      ],
      "coverage": {
        "files": 1,
        "bytes": 72,
        "objects": 0,
        "skipped": [],
        "complete": true,
        "limited": false
      },
      "schema": "patrol.scan/v1"
    }
    = 1

    $ patrol scan --no-ledger --prefix other_pat
    no token found; 1 file, 72 bytes read

    $ patrol --ledger absent.db scan --prefix acme_pat
    ! error: there is no ledger at absent.db
    ! hint: create one with `patrol init`, or name another with --ledger or PATROL_LEDGER
    = 4

    $ patrol scan --revoke --prefix acme_pat
    ! error: there is no ledger at [ROOT]/home/.local/share/patrol/ledger.db
    ! hint: create one with `patrol init`, or name another with --ledger or PATROL_LEDGER
    = 4

    $ patrol scan --no-ledger --revoke --prefix acme_pat
    ! error: the argument '--no-ledger' cannot be used with '--revoke'
    !
    ! Usage: patrol scan --no-ledger --prefix <PREFIX> [PATH]...
    !
    ! For more information, try '--help'.
    = 2

    $ patrol scan --prefix Acme
    ! error: invalid value 'Acme' for '--prefix <PREFIX>': a prefix begins with a lower-case letter
    !
    ! For more information, try '--help'.
    = 2

    $ patrol scan --rules rules.toml
    ! error: the rules rules.toml cannot be read: no such file or directory
    ! hint: --rules takes builtin, none or a file
    = 3
    "#);
}

#[test]
fn standard_input() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    let ran = world.feed(format!("a\nb {token}\n"), &["scan", "--stdin", "--format", "jsonl"]);
    assert_eq!(ran.code, 1);
    let lines: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0]["line"].as_u64(), lines[0]["column"].as_u64()), (Some(2), Some(3)));
    assert_eq!(lines[0]["source"], "stdin");
    assert_eq!(lines[1]["schema"], "patrol.scan/v1");
    assert_eq!(lines[1]["coverage"]["complete"], true);
    assert_eq!(world.feed("clean", &["scan", "--stdin"]).code, 0);
    assert_eq!(world.run(&["scan", "--stdin", "path"]).code, 2);
}

#[test]
fn the_sources_of_a_repository() {
    let world = World::new();
    let (_, staged) = world.issue(&[]);
    let (_, committed) = world.issue(&[]);
    let (_, message) = world.issue(&[]);
    world.git(&["init", "-q"]);
    world.write("a.txt", &committed);
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "one"]);
    world.write("a.txt", "gone");
    world.git(&["commit", "-qam", &format!("two\n\n{message}")]);
    world.write("b.txt", &staged);
    world.git(&["add", "b.txt"]);
    world.write("b.txt", "only in the index");
    let found = |args: &[&str]| -> Vec<String> {
        let ran = world.run(&[&["scan", "--format", "json"], args].concat());
        let findings = ran.json()["findings"].as_array().unwrap().clone();
        assert_eq!(ran.code, i32::from(!findings.is_empty()), "{args:?} {}", ran.stderr);
        findings.iter().map(|finding| finding["source"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(found(&[]), Vec::<String>::new());
    assert_eq!(found(&["--staged"]), ["index"]);
    assert_eq!(found(&["--range", "HEAD~1..HEAD"]), ["commit-message"]);
    assert_eq!(found(&["--history", "--threads", "1"]).len(), 3);
    assert_eq!(world.run(&["scan", "--range", "nothing..HEAD"]).code, 2);
    assert_eq!(world.run(&["scan", "--staged", "--history"]).code, 2);
    assert_eq!(World::new().run(&["scan", "--history"]).code, 4);
}

#[test]
fn a_cache_that_cannot_be_trusted_is_told_of_once() {
    let world = World::new();
    world.git(&["init", "-q"]);
    world.git(&["commit", "-qm", "one", "--allow-empty"]);
    let scan = |more: &[&str]| world.run(&[&["scan", "--history", ".", "."], more].concat());
    let ran = scan(&[]);
    assert_eq!((ran.code, ran.stderr.matches("warning:").count()), (0, 0), "{}", ran.stderr);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(world.path("home/.cache/patrol"), mode).unwrap();
    let ran = scan(&[]);
    assert_eq!((ran.code, ran.stderr.matches("0700").count()), (0, 1), "{}", ran.stderr);
    assert!(!scan(&["--no-cache"]).stderr.contains("0700"));
}

#[test]
fn staged_scans_obey_the_environment_of_a_hook() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    world.git(&["init", "-q"]);
    world.git(&["commit", "-qm", "one", "--allow-empty"]);
    world.write("a.txt", &token);
    world.git(&["add", "a.txt"]);
    std::fs::rename(world.work().join(".git/index"), world.path("other-index")).unwrap();
    assert_eq!(world.run(&["scan", "--staged"]).code, 0);
    let mut command = world.patrol(&["scan", "--staged"]);
    command.env("GIT_INDEX_FILE", world.path("other-index"));
    assert_eq!(finish(command, b"").code, 1);
    // The same repository is the same by whatever name, and another one that is named is that one,
    // whatever the hook's environment says.
    world.git(&["init", "-q", "../other"]);
    for (path, code, warnings) in [(world.work(), 1, 0), (world.path("other"), 0, 1)] {
        let mut command = world.patrol(&["scan", "--staged", path.to_str().unwrap()]);
        command.env("GIT_INDEX_FILE", world.path("other-index"));
        let ran = finish(command, b"");
        let told = ran.stderr.matches("git's environment").count();
        assert_eq!((ran.code, told), (code, warnings), "{}", ran.stderr);
    }
}

#[test]
fn a_repository_cannot_hide_a_live_token() {
    let world = World::new();
    let (_, live) = world.issue(&[]);
    let (dead_id, dead) = world.issue(&[]);
    world.run(&["revoke", &dead_id]);
    world.write("vendor/live", &live);
    world.write("vendor/dead", &dead);
    world.write("vendor/unknown", well_formed("acme_pat", STRANGER));
    world.write("patrol.toml", "excludes = [\"vendor\"]\n");
    let ran = world.run(&["scan", "--fail-on", "any", "--format", "json"]);
    let findings = ran.json()["findings"].as_array().unwrap().clone();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((ran.code, findings[0]["path"].as_str()), (1, Some("vendor/live")));
    let coverage = &ran.json()["coverage"];
    assert_eq!((&coverage["limited"], &coverage["complete"]), (&true.into(), &true.into()));
    assert_eq!(coverage["skipped"][0]["kind"], "choice");
    // The machine's own user may leave out what they like; it is told.
    let config = world.path("home/.config/patrol");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "excludes = [\"vendor\"]\n").unwrap();
    assert_eq!(world.run(&["scan"]).code, 0);
}

#[test]
fn without_a_ledger_a_repository_hides_nothing() {
    let world = World::empty();
    world.write("key", well_formed("acme_pat", STRANGER));
    world.write("patrol.toml", "excludes = [\"**\"]\n");
    for (rules, limited) in [("none", false), ("builtin", true)] {
        let args = ["scan", "--prefix", "acme_pat", "--rules", rules, "--format", "json"];
        let ran = world.run(&args);
        assert_eq!((ran.code, &ran.json()["coverage"]["limited"]), (1, &limited.into()));
        assert_eq!(ran.json()["findings"][0]["path"], "key");
    }
    assert_eq!(World::new().run(&["scan", "--no-ledger", "--prefix", "acme_pat"]).code, 0);
}

/// What may be asked for is what is done.
#[test]
fn archives_are_opened_as_deep_as_may_be_asked_for() {
    let world = World::empty();
    world.write("x", "y");
    let ran = |depth| world.run(&["scan", "x", "--max-archive-depth", depth]);
    assert_eq!(ran("16").code, 0);
    let refused = ran("17");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("17 is not in 0..=16"), "{}", refused.stderr);
}

#[test]
fn what_was_done_is_reported_whatever_fails_afterwards() {
    let world = World::new();
    let (id, token) = world.issue(&[]);
    world.write("a/key", &token);
    for repo in ["a", "b"] {
        world.write(&format!("{repo}/file"), "x");
        world.git(&["init", "-q", repo]);
        world.git(&["-C", repo, "add", "-A"]);
        world.git(&["-C", repo, "commit", "-q", "-m", "x"]);
    }
    let status = || {
        let shown = world.run(&["show", &id, "--format", "json"]).json();
        shown["status"].as_str().unwrap().to_owned()
    };
    let scan = |paths: &[&str]| {
        let base = ["scan", "--history", "--revoke", "--format", "json"];
        world.run(&[&base[..], paths].concat())
    };
    // A name that leads nowhere is said before anything is done.
    let ran = scan(&["a", "nowhere"]);
    assert_ne!(ran.code, 0);
    assert_eq!((ran.stdout.as_str(), status().as_str()), ("", "active"));
    // What turns out to be damaged later is in the report, beside what was done.
    std::fs::write(world.work().join("b/.git/config"), "[core\n").unwrap();
    let ran = scan(&["a", "b"]);
    assert_eq!((ran.code, status().as_str()), (1, "revoked"), "{}", ran.stderr);
    let report = ran.json();
    assert_eq!(report["findings"][0]["action"], "revoked");
    assert_eq!(report["coverage"]["complete"], false);
    assert_eq!(report["coverage"]["skipped"][0]["what"], "b");
    assert_eq!(scan(&["b"]).stdout, "");
}

#[test]
fn a_repository_adds_prefixes() {
    let world = World::new();
    world.write("x", well_formed("other_pat", STRANGER));
    assert_eq!(world.run(&["scan"]).code, 0);
    world.write("patrol.toml", "prefixes = [\"other_pat\"]\n");
    assert_eq!(world.run(&["scan"]).code, 1);
    std::fs::remove_file(world.work().join("patrol.toml")).unwrap();
    let mut command = world.patrol(&["scan"]);
    command.env("PATROL_PREFIXES", "third_pat,other_pat");
    assert_eq!(finish(command, b"").code, 1);
}

#[test]
fn what_is_not_read_is_never_clean() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    world.git(&["init", "-q"]);
    world.write("a.txt", "x");
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "one"]);
    let blob = world.work().join(".git/objects/c1/b0730e0133447badcfd47fd144e254807b06e1");
    assert!(blob.exists(), "the blob of \"x\"");
    std::fs::remove_file(blob).unwrap();
    assert_snapshot!(world.session(&["scan --history"]), @"
    $ patrol scan --history
    ! error: not everything was read: [OBJECT] (absent object)
    ! hint: what was not read may hold tokens; the report names all of it
    not read: [OBJECT]: absent object
    no token found in what could be read; 2 objects, 465 bytes read
    = 5
    ");
    let ran = world.run(&["scan", "--history", "--format", "json"]);
    assert_eq!((ran.code, &ran.json()["coverage"]["complete"]), (5, &false.into()));
    assert_eq!(ran.error()["kind"], "incomplete");
    // With a finding, the finding decides, and what was not read is still named.
    world.write("b.txt", &token);
    world.git(&["rm", "-q", "--cached", "a.txt"]);
    world.git(&["add", "b.txt"]);
    world.git(&["commit", "-qm", "two"]);
    let ran = world.run(&["scan", "--history", "--format", "json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("c1b0730e"), "{}", ran.stderr);
    assert_eq!(world.run(&["scan", "absent"]).code, 4);
}

#[test]
fn reports_go_to_a_file() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    world.write("src/x", &token);
    for format in ["human", "json", "jsonl"] {
        let args = ["scan", "src", "--format", format, "--color", "always", "--output", "report"];
        let ran = world.run(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        let report = std::fs::read_to_string(world.work().join("report")).unwrap();
        assert!(report.contains("acme_pat_") && !report.contains('\x1b'), "{format}: {report}");
        assert!(!report.contains(&token[36..]), "{format}");
    }
    assert_eq!(world.run(&["scan", "src", "--output", "no/such/dir"]).code, 4);
    assert_eq!(world.run(&["scan", "src", "--output", "-"]).stdout.lines().count(), 4);
}

#[test]
fn an_action_that_fails_is_named_and_ends_in_4() {
    let world = World::new();
    let (id, token) = world.issue(&[]);
    world.write("x", &token);
    // Somebody keeps the ledger from being written, but not from being read.
    let database = rusqlite::Connection::open(world.ledger()).unwrap();
    database
        .execute_batch(
            "CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
        .unwrap();
    let ran = world.run(&["scan", "--revoke", "--format", "json"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.error()["message"].as_str().unwrap().contains(&id), "{}", ran.stderr);
}

/// A name may be more than is searched in every disguise. That there may be something left in it is
/// told beside it, as the name itself is in the report.
#[test]
fn a_name_that_was_not_searched_to_the_end_is_told() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    let large = "head -c 2097152 /dev/zero | tr '\\0' a | gzip -9 | base64 -w0";
    let large = std::process::Command::new("sh").args(["-c", large]).output().unwrap();
    let name = String::from_utf8(large.stdout).unwrap();
    world.git(&["init", "-q"]);
    world.git(&["commit", "-qm", "one", "--allow-empty"]);
    world.write("key", &token);
    world.git(&["add", "key"]);
    world.git(&["commit", "-qm", "two", "--author", &format!("{name} <a@example.org>")]);
    let told = |args: &[&str]| {
        let ran = world.run(&[&["scan", "--format", "json"], args].concat());
        let json = ran.json();
        let skipped = json["coverage"]["skipped"].as_array().unwrap().clone();
        skipped.iter().any(|it| it["what"] == "names of what was found or not read")
    };
    assert!(told(&["--range", "HEAD~1..HEAD"]));
    assert!(told(&["--history", "--no-cache"]));
    assert!(!told(&["key"]), "here nobody is named");
}
