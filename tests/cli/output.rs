//! How the program speaks: formats, colours, streams, pipes, exit codes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use insta::assert_snapshot;

use crate::world::{World, finish};

#[test]
fn global_flags_stand_before_or_after_the_verb() {
    let world = World::new();
    world.issue(&[]);
    let before = world.run(&["--format", "json", "--actor", "x", "-q", "list"]);
    let after = world.run(&["list", "-q", "--actor=x", "--format=json"]);
    assert_eq!(before.stdout, after.stdout);
    assert_eq!(before.json()["tokens"].as_array().unwrap().len(), 1);
}

#[test]
fn usage_errors() {
    assert_snapshot!(World::empty().session(&[
        "",
        "lsit",
        "list --onwer alice",
        "list --format yaml",
        "list --format jsonl",
        "show",
        "show nonsense",
        "show -",
        "list --onwer alice --format json",
        "issue --owner alice",
    ]), @r#"
    $ patrol 
    ! Keep the roll of your access tokens, and patrol repositories for the ones that leak
    !
    ! Usage: patrol [OPTIONS] <VERB>
    !
    ! Tokens:
    !   issue        Mint a token and show it, this once
    !   list         List tokens
    !   show         Show one token
    !   history      Show what happened
    !   rename       Give a token another name
    !   scope        Change what a token may do
    !   expire       Move a token's end
    !   rotate       Mint a successor for a token
    !   suspend      Keep a token from being used until it is resumed
    !   resume       Bring a suspended token back to use
    !   revoke       End tokens for good
    !   verify       Tell whether a token is active
    !   import       Take in tokens that were made elsewhere
    !
    ! Ledger:
    !   init         Create a ledger
    !   policy       Show or change the ledger's policy
    !   prefix       Add a prefix, or list them
    !   sweep        Record the ends that have passed: expired tokens, overlaps of rotations
    !   check        Check the ledger's integrity
    !   rebuild      Make the ledger's tables anew from its log
    !   backup       Copy the ledger while others write
    !   restore      Put a backup in the ledger's place
    !
    ! Leaks:
    !   scan         Look for tokens where they must not be
    !   watch        Follow repositories, and act on leaks as they are committed
    !   hook         Stop commits and pushes that hold a token
    !   format       Show what tokens look like, and rules for other scanners
    !
    ! Audits:
    !   audit        Answer an auditor's questions, and prove the answers
    !   forget       Forget a person, for good
    !
    ! Everything else:
    !   demo         Show the whole story on real parts, in a scratch directory
    !   completions  Print completions for a shell
    !   man          Print the manual page, or write all of them
    !   help         Explain a verb, or all of them
    !
    ! Options:
    !       --ledger <PATH>    The ledger's file; `patrol/ledger.db` in the XDG data directory unless said
    !                          otherwise
    !       --format <FORMAT>  Write for people or for programs: human or json (some verbs have more)
    !       --actor <NAME>     Who acts, for the record; your login name at this host unless said
    !                          otherwise
    !       --color <WHEN>     When to use colour: auto, always or never
    !   -q, --quiet            Say nothing but errors on standard error
    !   -v, --verbose...       Show exact times and more detail; twice logs what the program does
    !   -h, --help             Print help (see more with '--help')
    !   -V, --version          Print version
    !
    ! Run `patrol help VERB` for what a verb does, with an example.
    = 2

    $ patrol lsit
    ! error: unrecognized subcommand 'lsit'
    !
    !   tip: a similar subcommand exists: 'list'
    !
    ! Usage: patrol [OPTIONS] <VERB>
    !
    ! For more information, try '--help'.
    = 2

    $ patrol list --onwer alice
    ! error: unexpected argument '--onwer' found
    !
    !   tip: a similar argument exists: '--owner'
    !
    ! Usage: patrol list --owner <OWNER>
    !
    ! For more information, try '--help'.
    = 2

    $ patrol list --format yaml
    ! error: `list` has no format yaml
    ! hint: choose human or json
    = 2

    $ patrol list --format jsonl
    ! {
      "error": {
        "kind": "usage",
        "message": "`list` has no format jsonl",
        "hint": "choose human or json"
      }
    }
    = 2

    $ patrol show
    ! error: the following required arguments were not provided:
    !   <TOKEN>
    !
    ! Usage: patrol show <TOKEN>
    !
    ! For more information, try '--help'.
    = 2

    $ patrol show nonsense
    ! error: this is not a token id: a token id has 26 characters
    ! hint: `patrol list` shows the ids; to give the whole token, write - and send it to standard input
    = 2

    $ patrol show -
    ! error: there is no ledger at [ROOT]/home/.local/share/patrol/ledger.db
    ! hint: create one with `patrol init`, or name another with --ledger or PATROL_LEDGER
    = 4

    $ patrol list --onwer alice --format json
    ! {
      "error": {
        "kind": "usage",
        "message": "unexpected argument '--onwer' found",
        "hint": "tip: a similar argument exists: '--owner'; Usage: patrol list --owner <OWNER>; For more information, try '--help'."
      }
    }
    = 2

    $ patrol issue --owner alice
    ! error: the following required arguments were not provided:
    !   --name <NAME>
    !
    ! Usage: patrol issue --owner <OWNER> --name <NAME>
    !
    ! For more information, try '--help'.
    = 2
    "#);
}

#[test]
fn errors_are_json_where_json_was_asked_for() {
    let world = World::empty();
    for (args, kind, code) in [
        (&["list"][..], "no_ledger", 4),
        (&["lsit"], "usage", 2),
        (&["scan", "--no-ledger", "--rules", "none"], "config", 3),
        (&["scan", "--no-ledger", "--prefix", "abc", "absent"], "io", 4),
    ] {
        let ran = world.run(&[args, &["--format", "json"]].concat());
        assert_eq!((ran.code, ran.error()["kind"].as_str()), (code, Some(kind)), "{args:?}");
        assert!(ran.error()["message"].as_str().is_some_and(|words| !words.is_empty()));
        assert!(ran.error().get("hint").is_some());
        let mut command = world.patrol(args);
        command.env("PATROL_FORMAT", "json");
        assert_eq!(finish(command, b"").error()["kind"].as_str(), Some(kind));
    }
}

#[test]
fn colour_is_for_terminals_and_those_who_insist() {
    let world = World::new();
    world.issue(&[]);
    let colours = |args: &[&str], env: Option<(&str, &str)>| {
        let mut command = world.patrol(args);
        command.envs(env);
        let ran = finish(command, b"");
        (ran.stdout.contains('\x1b'), ran.stderr.contains('\x1b'))
    };
    assert_eq!(colours(&["list"], None), (false, false));
    assert_eq!(colours(&["list", "--color", "always"], None), (true, false));
    assert_eq!(colours(&["show", "x", "--color=always"], None), (false, true));
    assert_eq!(colours(&["lsit", "--color=always"], None), (false, true));
    assert_eq!(colours(&["list"], Some(("PATROL_COLOR", "always"))), (true, false));
    assert_eq!(colours(&["list", "--color", "always"], Some(("NO_COLOR", "1"))), (true, false));
    assert_eq!(colours(&["list", "--format", "json", "--color=always"], None), (false, false));
}

/// Runs the program on a terminal, made by `script`; gives what appeared on it.
fn on_a_terminal(world: &World, command: &str, env: &[(&str, &str)]) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_patrol");
    let mut script = world.patrol::<&str>(&[]);
    let path = std::env::vars_os().find(|(name, _)| name == "PATH").map(|(_, value)| value);
    let mut run = std::process::Command::new("script");
    run.args(["-qec", &format!("{program} {command}"), "/dev/null"])
        .env_clear()
        .envs(script.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("PATH", path.unwrap_or_default())
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .envs(env.iter().copied())
        .current_dir(world.work())
        .stdin(Stdio::null());
    script.stdin(Stdio::null());
    match run.output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(_) => {
            eprintln!("SKIPPED: there is no `script` to make a terminal with");
            None
        }
    }
}

#[test]
fn a_terminal_gets_colour_unless_the_environment_minds() {
    let world = World::new();
    world.issue(&[]);
    let Some(shown) = on_a_terminal(&world, "list", &[]) else { return };
    assert!(shown.contains("\x1b[32mactive"), "{shown:?}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let shown = on_a_terminal(&world, "list", &[(name, value)]).unwrap();
        assert!(shown.contains("active") && !shown.contains('\x1b'), "{name}: {shown:?}");
    }
}

#[test]
fn quiet_says_nothing_but_errors() {
    let world = World::empty();
    assert_eq!(world.run(&["init", "-q", "--prefix", "acme_pat"]).stderr, "");
    let issued = world.run(&["issue", "-q", "--owner", "a", "--name", "b"]);
    assert_eq!((issued.stderr.as_str(), issued.stdout.lines().count()), ("", 1));
    assert_eq!(world.run(&["list", "-q", "--owner", "nobody"]).stderr, "");
    assert!(world.run(&["show", "-q", "01ARZ3NDEKTSV4RRFFQ69G5FAV"]).stderr.starts_with("error:"));
}

#[test]
fn issue_prints_the_token_and_nothing_else() {
    let world = World::new();
    let ran = world.run(&["issue", "--owner", "a", "--name", "b"]);
    assert_eq!(world.scrub(&ran.stdout), "[TOKEN-1]\n");
    assert!(!ran.stderr.contains(ran.stdout.trim()));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let world = World::new();
    for _ in 0..3 {
        world.issue(&[]);
    }
    for args in [&["list"][..], &["history", "--format", "json"], &["--help"], &["man"]] {
        let mut child = world.patrol(args).spawn().unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_token_that_nobody_reads_is_an_error_and_lives_no_longer() {
    let world = World::new();
    let mut child = world.patrol(&["issue", "--owner", "a", "--name", "b"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4));
    // Whether the reader was gone before it was minted or after.
    assert!(told.contains("none was made") || told.contains("it was revoked at once"), "{told}");
    let living = world.run(&["list", "--format", "json"]).json();
    assert_eq!(living["tokens"].as_array().unwrap().len(), 0, "{told}");
}

#[test]
fn a_full_disk_under_standard_output_is_an_error() {
    let world = World::new();
    world.issue(&[]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = world.patrol(&["list"]);
    command.stdout(full);
    let ran = finish(command, b"");
    assert_eq!(ran.code, 4);
    assert!(ran.stderr.contains("standard output cannot be written"), "{}", ran.stderr);
}

#[test]
fn follow_ends_with_its_limit() {
    let world = World::new();
    world.issue(&[]);
    let ran = world.run(&["history", "--follow", "--limit", "2", "--format", "json"]);
    let types: Vec<_> = ran.stdout.lines().map(|line| line.contains("token.issued")).collect();
    assert_eq!((ran.code, types), (0, vec![false, true]));
}

#[test]
fn follow_shows_what_comes_and_ends_with_its_reader() {
    let world = World::new();
    let mut child = world.patrol(&["history", "--follow", "--format", "json"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next =
        || -> serde_json::Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["type"], "ledger.opened");
    let (id, _) = world.issue(&[]);
    let issued = next();
    assert_eq!(
        (issued["type"].as_str(), issued["token_id"].as_str()),
        (Some("token.issued"), Some(id.as_str()))
    );
    world.run(&["revoke", &id]);
    assert_eq!(next()["type"], "token.revoked");
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn completions_and_manual() {
    let world = World::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = world.run(&["completions", shell]);
        assert!(script.code == 0 && script.stdout.contains("revoke"), "{shell}");
    }
    assert!(world.run(&["man"]).stdout.contains(".TH patrol 1"));
    assert!(world.run(&["man", "revoke"]).stdout.contains("issued\\-before"));
    assert_eq!(world.run(&["man", "nothing"]).code, 2);
    let wrote = world.run(&["man", "--directory", "man1", "--format", "json"]).json();
    let pages = wrote["pages"].as_array().unwrap();
    assert!(pages.len() > 20 && world.work().join("man1/patrol-issue.1").exists());
    // What describes the program minds no broken settings.
    world.write("patrol.toml", "nonsense");
    assert_eq!(world.run(&["completions", "bash"]).code, 0);
}

#[test]
fn the_format_and_rules_for_other_scanners() {
    let world = World::new();
    assert_snapshot!(world.session(&[
        "format",
        "format --prefix acme_pat --prefix acme_ci --rules gitleaks",
        "format --rules kingfisher",
        "format --rules trufflehog",
        "format --rules github",
        "format --rules betterleaks",
    ]), @r#"
    $ patrol format
    ! for a scanner's rule file: patrol format --rules gitleaks
    patrol token v1

      prefix_id_secret+checksum

    prefix    acme_pat
    id        26 characters, a ULID: public
    secret    30 characters of 0-9A-Za-z
    checksum  CRC-32 (ISO-HDLC, as in zlib) of everything before it, prefix included, in base62 (0-9A-Za-z), left-padded with 0 to 6 characters
    regex     acme_pat_[0-7][0-9A-HJKMNP-TV-Z]{25}_[0-9A-Za-z]{36}

    $ patrol format --prefix acme_pat --prefix acme_ci --rules gitleaks
    # Rules for gitleaks, beside its own.
    title = "patrol tokens"

    [extend]
    useDefault = true

    [[rules]]
    id = "patrol-token"
    description = "An access token issued by patrol"
    regex = '''(?:acme_pat|acme_ci)_[0-7][0-9A-HJKMNP-TV-Z]{25}_[0-9A-Za-z]{36}'''
    keywords = ["acme_pat_", "acme_ci_"]

    $ patrol format --rules kingfisher
    # A rule for kingfisher: --rules-path FILE
    rules:
      - name: patrol token
        id: custom.patrol.1
        pattern: '((?P<BODY>acme_pat_[0-7][0-9A-HJKMNP-TV-Z]{25}_[0-9A-Za-z]{30})(?P<CHECKSUM>[0-9A-Za-z]{6}))'
        pattern_requirements:
          checksum:
            actual:
              template: "{{ CHECKSUM }}"
              requires_capture: CHECKSUM
            expected: "{{ BODY | crc32 | base62: 6 }}"
        confidence: high

    $ patrol format --rules trufflehog
    # A custom detector for trufflehog: --config FILE
    detectors:
      - name: patrol-token
        keywords: ["acme_pat_"]
        regex:
          token: '(acme_pat_[0-7][0-9A-HJKMNP-TV-Z]{25}_[0-9A-Za-z]{36})'

    $ patrol format --rules github
    Pattern name:   patrol token
    Secret format:  acme_pat_[0-7][0-9A-HJKMNP-TV-Z]{25}_[0-9A-Za-z]{36}
    Before secret:  \A|[^0-9A-Za-z]
    After secret:   \z|[^0-9A-Za-z]

    $ patrol format --rules betterleaks
    # Rules for betterleaks, beside its own.
    title = "patrol tokens"

    [extend]
    useDefault = true

    [[rules]]
    id = "patrol-token"
    description = "An access token issued by patrol"
    regex = '''acme_pat_[0-7][0-9A-HJKMNP-TV-Z]{25}_[0-9A-Za-z]{36}'''
    keywords = ["acme_pat_"]
    "#);
    let document = world.run(&["format", "--format", "json"]).json();
    let regex = regex::Regex::new(document["regex"].as_str().unwrap()).unwrap();
    let (_, token) = world.issue(&[]);
    assert_eq!(regex.find(&format!("x={token};")).unwrap().as_str(), token);
    assert_eq!(document["checksum"]["algorithm"], "CRC-32/ISO-HDLC");
    let any = World::empty().run(&["format", "--format", "json"]).json();
    assert!(regex::Regex::new(any["regex"].as_str().unwrap()).unwrap().is_match(&token));
}
