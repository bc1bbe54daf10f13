//! Every verb once, and then a search for the secrets in all that is left: outputs, database,
//! write-ahead log, key, settings, reports, backups. Nothing but the two places where a token is
//! shown once may hold one.

use crate::world::{Ran, World, contains, files, finish};

#[test]
fn no_secret_is_left_anywhere() {
    let world = World::new();
    // A second process that has the ledger open keeps its write-ahead log from being tidied away.
    let mut follower = world.patrol(&["history", "--follow"]).spawn().unwrap();
    let (id, token) = world.issue(&["--scope", "repo:read"]);
    let (second, second_token) = world.issue(&["--scope", "repo:read"]);
    let rotated = world.run(&["rotate", &second, "--format", "json"]).json();
    let third_token = rotated["token"].as_str().unwrap().to_owned();
    let secrets = [&token, &second_token, &third_token];
    world.git(&["init", "-q"]);
    world.write("leak.txt", secrets.map(String::as_str).join("\n"));
    world.git(&["add", "."]);

    let mut told: Vec<(String, Ran)> = Vec::new();
    let tell = |args: &[&str], input: &str| (args.join(" "), world.feed(input, args));
    let runs: &[(&[&str], &str)] = &[
        (&["list"], ""),
        (&["show", "-"], &token),
        (&["history", "-"], &token),
        (&["rename", "-", "new name"], &token),
        (&["scope", "-", "--add", "repo:write"], &token),
        (&["expire", "-", "--at", "30d"], &token),
        (&["suspend", "-", "--reason", "x"], &token),
        (&["resume", "-"], &token),
        (&["verify"], &token),
        (&["verify", "--format", "json"], &second_token),
        (&["verify", "-vv"], &third_token),
        (&["show", "-"], &format!("{token}x")),
        (&["show", "-", "-vv"], &token[1..]),
        (&["policy", "set", "max-lifetime", "365d"], ""),
        (&["policy", "set", "leak-response", "report"], ""),
        (&["prefix", "add", "acme_ci"], ""),
        (&["scan", "-vv"], ""),
        (&["scan", "--staged", "--format", "json"], ""),
        (&["hook", "install"], ""),
        (&["hook", "run", "--kind", "pre-commit"], ""),
        (&["hook", "status", "--format", "json"], ""),
        (&["scan", "--stdin", "--format", "jsonl"], &token),
        (&["scan", "--revoke", "--history", "--output", "report.json", "--format", "json"], ""),
        (&["scan", "--no-ledger", "--prefix", "acme_pat", "--output", "report.txt"], ""),
        (&["scan", "--format", "sarif"], ""),
        (&["scan", "--format", "junit"], ""),
        (&["scan", "--format", "gitlab", "--output", "report.gitlab.json"], ""),
        (&["scan", "--format", "github"], ""),
        (&["scan", "--format", "csv"], ""),
        (&["scan", "--write-baseline", "accepted.baseline"], ""),
        (&["scan", "--baseline", "accepted.baseline", "--format", "sarif", "-v"], ""),
        (&["scan", "--baseline", "leak.txt"], ""),
        (&["scan", "--rules", "leak.txt"], ""),
        (&["import", "-"], &token),
        (&["import", "-"], &format!(r#"{{"digest":"{token}"}}"#)),
        (&["import", "leak.txt"], ""),
        (&["issue", "--owner", "x"], ""),
        (&["show", &token], ""),
        (&["rename", &id, &token], ""),
        (&[&format!("--{token}")], ""),
        (&["revoke", "-", "--comment", "leaked"], &token),
        (&["revoke", "-", &format!("{}z", &token[..60])], &token),
        (&["sweep"], ""),
        (&["check", "--format", "json"], ""),
        (&["rebuild"], ""),
        (&["backup", "copy.db"], ""),
        (&["history", "--format", "json"], ""),
        (&["format", "--format", "json"], ""),
        (&["completions", "bash"], ""),
        (&["man"], ""),
    ];
    for (args, input) in runs {
        told.push(tell(args, input));
    }
    let mut command = world.patrol(&["verify", "-vv"]);
    command.env("PATROL_TOKEN", &token).env("PATROL_LOG", "trace");
    told.push(("verify, PATROL_TOKEN".into(), finish(command, b"")));

    for (args, ran) in &told {
        assert!(ran.code < 70, "{args}: {} {}", ran.code, ran.stderr);
        for secret in secrets.map(|secret| secret_part(secret)) {
            let args = args.replace(secret, "SECRET");
            assert!(!ran.stdout.contains(secret), "{args}: standard output");
            assert!(!ran.stderr.contains(secret), "{args}: standard error");
        }
    }
    let mut looked = 0;
    for file in files(world.path("").as_path()) {
        if file.ends_with("leak.txt") || file.components().any(|part| part.as_os_str() == ".git") {
            continue;
        }
        looked += 1;
        let bytes = std::fs::read(&file).unwrap();
        for secret in secrets.map(|secret| secret_part(secret)) {
            assert!(!contains(&bytes, secret), "{} holds a secret", file.display());
        }
    }
    // The ledger, its key, its log and shared index, a backup, two reports.
    assert!(looked >= 7, "{looked}");
    follower.kill().unwrap();
    let shown = follower.wait_with_output().unwrap();
    for secret in secrets.map(|secret| secret_part(secret)) {
        assert!(!contains(&shown.stdout, secret) && !contains(&shown.stderr, secret));
    }
}

/// The middle of the secret: what no redaction may show, whatever it keeps of the ends.
fn secret_part(token: &str) -> &str {
    &token[token.len() - 34..token.len() - 8]
}
