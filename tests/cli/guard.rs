//! Whole tokens on the command line are refused, wherever they stand, and never echoed.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use insta::assert_snapshot;

use crate::world::World;

/// Every place of a command line that a token could get into.
fn places(token: &str) -> Vec<Vec<String>> {
    let all = [
        "show {}",
        "revoke {}",
        "verify {}",
        "{}",
        "--{}",
        "--unknown={}",
        "issue --owner {} --name x",
        "issue --owner x --name my-{}-token",
        "issue --owner x --name x --description <{}>",
        "rename 01ARZ3NDEKTSV4RRFFQ69G5FAV {}",
        "revoke 01ARZ3NDEKTSV4RRFFQ69G5FAV --comment {}",
        "--ledger /tmp/{} list",
        "--actor {} list",
        "--format {} list",
        "scan {}",
        "scan --range {}..HEAD",
        "help {}",
    ];
    let fill = |line: &&str| line.split(' ').map(|word| word.replace("{}", token)).collect();
    all.iter().map(fill).collect()
}

#[test]
fn whole_tokens_are_refused_everywhere_and_echoed_nowhere() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    for args in places(&token) {
        for format in [&[][..], &["--format", "json"]] {
            let args: Vec<&str> = args.iter().map(String::as_str).chain(format.to_vec()).collect();
            let ran = world.run(&args);
            let shown = args.join(" ").replace(&token, "TOKEN");
            assert_eq!(ran.code, 2, "{shown}");
            assert_eq!(ran.stdout, "", "{shown}");
            assert!(ran.stderr.contains("standard input"), "{shown}: {}", ran.stderr);
            assert!(!ran.stderr.contains(&token[36..]), "{shown} echoes the token");
        }
    }
}

#[test]
fn a_token_with_a_typing_error_is_not_echoed_either() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    for broken in [&token[..token.len() - 2], &format!("{}0", token.replace("acme", "bcme"))] {
        for args in places(broken) {
            let ran = world.run(&args);
            let shown = args.join(" ").replace(broken, "BROKEN");
            // Where it is taken for a name it is one: only a checksum tells a token from a name.
            let is_taken = ran.code == 0;
            assert!(is_taken || !ran.stderr.contains(&broken[40..70]), "{shown}: {}", ran.stderr);
        }
    }
}

/// What is wrong with a command line is said without repeating somebody else's secret in it.
#[test]
fn secrets_of_others_are_not_echoed_either() {
    let world = World::new();
    let secret =
        ["dop_v1_", "9f3c1e07b8d2465a", "70be4d91c83f2a65", "e1d4098b37fc6a52", "5b08f7a2c69d134e"];
    let secret = secret.concat();
    for args in places(&secret) {
        for more in [&[][..], &["--format", "json"], &["--color", "always"], &["a\u{1b}b", "-x"]] {
            let args: Vec<&str> = args.iter().map(String::as_str).chain(more.to_vec()).collect();
            let ran = world.run(&args);
            let shown = args.join(" ").replace(&secret, "SECRET");
            let is_taken = ran.code == 0;
            assert!(is_taken || !ran.stderr.contains(&secret[20..]), "{shown}: {}", ran.stderr);
        }
    }
}

#[test]
fn the_advice() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    world.scrub(&token);
    assert_snapshot!(world.session(&["show [TOKEN-1]", "show [TOKEN-1] --format json"]), @r#"
    $ patrol show [TOKEN-1]
    ! error: argument 2 contains a whole token; a secret is never taken from the command line
    ! hint: others on this machine may have seen it: if it is live, revoke it. To give patrol a token, write - in its place and send the token to standard input, or name it by its id
    = 2

    $ patrol show [TOKEN-1] --format json
    ! {
      "error": {
        "kind": "usage",
        "message": "argument 2 contains a whole token; a secret is never taken from the command line",
        "hint": "others on this machine may have seen it: if it is live, revoke it. To give patrol a token, write - in its place and send the token to standard input, or name it by its id"
      }
    }
    = 2
    "#);
}

#[test]
fn arguments_that_are_no_text_are_no_crash() {
    let world = World::new();
    let (_, token) = world.issue(&[]);
    let junk = OsString::from_vec(vec![0xff, 0xfe, 0x80]);
    let glued = OsString::from_vec([b"\xff", token.as_bytes(), b"\xff"].concat());
    for verb in ["show", "revoke", "scan", "backup", "issue", "--actor", "--ledger"] {
        let ran = world.run(&[verb.into(), junk.clone()]);
        assert!([1, 2, 4].contains(&ran.code), "{verb}: {} {}", ran.code, ran.stderr);
        assert_eq!(world.run(&[verb.into(), glued.clone()]).code, 2, "{verb}");
    }
}
