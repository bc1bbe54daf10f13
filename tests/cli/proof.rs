//! The verbs that prove: checkpoints, proofs, bundles, publishing, and what they refuse.

use std::os::unix::fs::PermissionsExt as _;

use crate::world::{World, says};

fn key(world: &World) -> String {
    let first = world.run(&["history", "--limit", "1", "--format", "json"]).json();
    first["events"][0]["data"]["verifier_key"].as_str().unwrap().to_owned()
}

/// A ledger with a token, its first checkpoint in `old`, and more after it.
fn story() -> (World, String, String) {
    let world = World::new();
    let (id, _) = world.issue(&["--scope", "repo:read"]);
    let old = world.run(&["audit", "checkpoint"]);
    world.write("old", &old.stdout);
    world.run(&["rename", &id, "desktop"]);
    let key = key(&world);
    (world, id, key)
}

#[test]
fn a_proof_file_is_verified_without_the_ledger() {
    let (world, _, key) = story();
    let proof = world.run(&["audit", "prove", "1"]).stdout;
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{proof}");
    world.write("1.tlog-proof", &proof);
    world.write("log.vkey", format!("{key}\n"));
    let own = &["audit", "verify", "1.tlog-proof"];
    says(&world, 0, own, &["by the key of the ledger", "at position 1"]);
    std::fs::rename(world.ledger(), world.path("elsewhere.db")).unwrap();
    says(&world, 2, own, &["whose log is it?", "--key"]);
    for whose in [key.as_str(), "log.vkey"] {
        says(&world, 0, &["audit", "verify", "1.tlog-proof", "--key", whose], &["at position 1"]);
    }
    let json = says(
        &world,
        0,
        &["audit", "verify", "1.tlog-proof", "--key", &key, "--format", "json"],
        &[],
    );
    assert_eq!(json.json()["verified"], true);
    let bent = proof.replacen("index 1", "index 2", 1);
    world.write("bent", &bent);
    says(&world, 1, &["audit", "verify", "bent", "--key", &key], &["NOT proven"]);
    let cut = &proof[..proof.len() / 2];
    world.write("cut", cut);
    says(&world, 1, &["audit", "verify", "cut", "--key", &key], &["the file was cut"]);
}

#[test]
fn since_an_older_checkpoint() {
    let (world, id, key) = story();
    let both = says(&world, 0, &["audit", "prove", "1", "--since", "old"], &["\nold 3\n"]).stdout;
    assert_eq!(both.matches("— log.example/test ").count(), 2);
    // What is printed is what is verified.
    world.write("both", &both);
    let verify = |more: &[&str], code, wanted: &str| {
        let args = [&["audit", "verify", "both", "--key", &key][..], more].concat();
        says(&world, code, &args, &[wanted]);
    };
    verify(&[], 0, "give that with --checkpoint");
    verify(&["--checkpoint", "old"], 0, "the first 3 events are those");
    world.write("now", &world.run(&["audit", "checkpoint"]).stdout);
    verify(&["--checkpoint", "now"], 0, "events are those that the older checkpoint");
    world.write("early", &world.run(&["audit", "prove", "1", "--since", "2"]).stdout);
    let args = ["audit", "verify", "early", "--key", &key, "--checkpoint", "old"];
    says(&world, 1, &args, &["from 2 events on, and the older checkpoint has 3"]);
    let (head, way) = both.split_once("\nold 3\n").unwrap();
    let (hash, rest) = way.split_once('\n').unwrap();
    let flipped: String = hash.chars().rev().collect();
    let forged = format!("{head}\nold 3\n{}\n{rest}", flipped.trim_start_matches('='));
    world.write("both", forged + "=");
    let args = ["audit", "verify", "both", "--key", &key, "--checkpoint", "old"];
    assert_eq!(world.run(&args).code, 1);
    let json = world.run(&["audit", "prove", "1", "--since", "3", "--format", "json"]).json();
    assert_eq!(json["consistency"]["size"], 3);
    assert_eq!(json["position"], 1);
    says(&world, 1, &["audit", "prove", "1", "--since", "99"], &["no older log of 99 events"]);
    says(&world, 1, &["audit", "prove", "1", "--since", "0"], &["no older log of 0 events"]);
    let other = World::new();
    let foreign = other.run(&["audit", "checkpoint"]).stdout;
    world.write("same-name", &foreign);
    let said = "does not continue the older checkpoint";
    says(&world, 1, &["audit", "prove", "1", "--since", "same-name"], &[said]);
    world.write("other-name", foreign.replace("log.example/test", "log.example/other"));
    let said = "is of the log log.example/other";
    says(&world, 1, &["audit", "bundle", &id, "--output", "b", "--since", "other-name"], &[said]);
    world.write("junk", "junk");
    says(&world, 2, &["audit", "prove", "1", "--since", "junk"], &["the older checkpoint: "]);
    says(&world, 4, &["audit", "prove", "1", "--since", "absent"], &["absent"]);
}

#[test]
fn a_bundle_goes_to_somebody_who_has_no_ledger() {
    let (world, id, key) = story();
    says(&world, 0, &["audit", "bundle", &id, "--output", "token.bundle"], &["wrote token.bundle"]);
    let verify = ["audit", "verify", "token.bundle", "--key", &key, "--checkpoint", "old"];
    says(
        &world,
        0,
        &verify,
        &[
            "proven",
            &format!("nothing of token {id} is left out: all its 2 events"),
            "the first 3 events are those that the older checkpoint committed to",
            "not proven by this file",
        ],
    );
    says(&world, 4, &["audit", "bundle", &id, "--output", "token.bundle"], &["exists already"]);
    says(&world, 0, &["audit", "bundle", "--owner", "alice", "--output", "alice.bundle"], &[]);
    says(&world, 0, &["audit", "verify", "alice.bundle", "--key", &key], &["names are sealed"]);
    let year = ["--from", "2020-01-01", "--to", "2099-01-01"];
    says(&world, 0, &[&["audit", "bundle"][..], &year, &["--output", "time.bundle"]].concat(), &[]);
    says(
        &world,
        0,
        &["audit", "verify", "time.bundle", "--key", &key],
        &["is left out up to the checkpoint"],
    );
    // No name, in none of them.
    for name in ["token.bundle", "alice.bundle", "time.bundle"] {
        let text = std::fs::read_to_string(world.work().join(name)).unwrap();
        assert!(!text.contains("alice") && !text.contains("desktop"), "{name}");
    }
}

#[test]
fn bad_input_is_told() {
    let (world, id, key) = story();
    world.run(&["audit", "bundle", &id, "--output", "b"]);
    let bundle = std::fs::read_to_string(world.work().join("b")).unwrap();
    world.write("cut", &bundle[..bundle.len() / 2]);
    world.write("foreign", "{\"schema\":\"other/v1\"}");
    world.write("empty", "");
    world.write("token", "neither this nor that\n");
    world.write("document", "{\"x\":1}");
    let verify = |file: &str| world.run(&["audit", "verify", file, "--key", &key]);
    for (file, words) in [
        ("cut", "not a whole bundle"),
        ("foreign", "a file of \"other/v1\""),
        ("empty", "this is no bundle, proof or checkpoint"),
        ("token", "this is no bundle, proof or checkpoint"),
        ("document", "this is no bundle, proof or checkpoint"),
    ] {
        let ran = verify(file);
        assert_eq!(ran.code, 1, "{file}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(words), "{file}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "it is no verdict");
    }
    says(&world, 4, &["audit", "verify", "absent", "--key", &key], &["absent"]);
    says(&world, 2, &["audit", "verify", "b", "--key", "a+b+c"], &["eight hexadecimal digits"]);
    says(&world, 4, &["audit", "verify", "b", "--key", "no-such-file"], &["no-such-file"]);
    let secret = std::fs::read_to_string(format!("{}.key", world.ledger().display())).unwrap();
    world.write("secret", &secret);
    let ran =
        says(&world, 2, &["audit", "verify", "b", "--key", "secret"], &["this is a signing key"]);
    assert!(!ran.stderr.contains(&secret[20..]), "a key is never repeated");
    let other = World::new();
    says(
        &world,
        1,
        &["audit", "verify", "b", "--key", &self::key(&other)],
        &["the checkpoint: signed by log.example/test+", ", not by log.example/test+"],
    );
    let foreign = other.run(&["audit", "checkpoint"]).stdout;
    world.write("foreign-checkpoint", foreign);
    let against = ["audit", "verify", "b", "--key", &key, "--checkpoint", "foreign-checkpoint"];
    says(&world, 1, &against, &["the older checkpoint"]);
    world.write("policy", "quorum\n");
    says(&world, 2, &["audit", "verify", "b", "--policy", "policy"], &["the policy: line 1: "]);
    says(&world, 1, &["audit", "prove", "99"], &["position 99 is not in the log"]);
    says(&world, 2, &["audit", "prove", "-1"], &[]);
    says(&world, 2, &["audit", "bundle", "--output", "x"], &[]);
    let back = ["audit", "bundle", "--from", "2026-02-01", "--to", "2026-01-01", "--output", "x"];
    says(&world, 2, &back, &["backwards"]);
    says(&world, 1, &["audit", "bundle", "--owner", "nobody", "--output", "x"], &["has no tokens"]);
    says(
        &world,
        2,
        &["audit", "witness", "add", "ftp://w", "--key", &key],
        &["this key is a log's"],
    );
    says(&world, 1, &["audit", "witness", "sync"], &["no witness is known"]);
    says(&world, 1, &["audit", "accept-rollback", "--reason", "x"], &["nothing is lost"]);
    assert!(!world.work().join("x").exists());
}

#[test]
fn a_key_that_is_loose_or_gone_is_told_with_the_fix_and_the_rest_goes_on() {
    let (world, id, _) = story();
    let path = world.path("home/.local/share/patrol/ledger.db.key");
    let mode =
        |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let fix = format!("chmod 600 {}", path.display());
    says(&world, 4, &["audit", "checkpoint"], &["others may read or write the signing key", &fix]);
    mode(0o600);
    std::fs::rename(&path, world.path("kept")).unwrap();
    let ran = says(&world, 0, &["audit", "checkpoint"], &["nothing is signed", "of 3 events"]);
    assert!(ran.stdout.starts_with("log.example/test\n3\n"), "the last that was signed");
    for args in [&["show", &id][..], &["check"], &["rename", &id, "again"], &["list"]] {
        says(&world, 0, args, &[]);
    }
    std::fs::rename(world.path("kept"), &path).unwrap();
    says(&world, 0, &["audit", "checkpoint"], &["log.example/test\n6\n"]);
}

#[test]
fn a_restored_backup_is_told_and_accepted_in_words() {
    let (world, id, _) = story();
    let (_, token) = world.issue(&["--scope", "repo:read"]);
    says(&world, 0, &["backup", "copy.db"], &[]);
    says(&world, 0, &["revoke", &id], &[]);
    says(&world, 0, &["audit", "checkpoint"], &[]);
    for end in ["-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{end}", world.ledger().display())));
    }
    std::fs::rename(world.work().join("copy.db"), world.ledger()).unwrap();
    let hint = "accept-rollback --reason";
    says(&world, 1, &["audit", "checkpoint"], &["an older copy was put in its place", hint]);
    let verified = world.feed(&token, &["verify"]);
    assert_eq!(verified.code, 4, "{}", verified.stdout);
    assert!(
        verified.stderr.contains("nothing is accepted until that is settled"),
        "{}",
        verified.stderr
    );
    // Nothing is granted on it. What leaked can be ended all the same.
    let grant = ["issue", "--owner", "alice@example.com", "--name", "x", "--scope", "repo:read"];
    says(&world, 4, &grant, &["an older copy was put in its place", hint]);
    says(&world, 0, &["revoke", &id], &[]);
    says(&world, 2, &["audit", "accept-rollback"], &["--reason"]);
    let said = ["recorded at position"];
    says(&world, 0, &["audit", "accept-rollback", "--reason", "disk died"], &said);
    assert_eq!(world.feed(&token, &["verify"]).code, 0);
    says(&world, 0, &["audit", "checkpoint"], &["log.example/test\n"]);
    says(&world, 0, &["history", "--type", "ledger.rollback_accepted"], &["disk died"]);
    says(&world, 0, &["check"], &["sound"]);
}

#[test]
fn a_folder_is_published_and_the_key_rotated() {
    let (world, id, key) = story();
    let done = world.run(&["audit", "publish", "www", "--format", "json"]).json();
    assert_eq!((&done["written"], &done["kept"]), (&3.into(), &0.into()));
    says(&world, 0, &["audit", "publish", "www"], &["to www: nothing is new (--all compares"]);
    says(
        &world,
        0,
        &["audit", "verify", "www/checkpoint", "--key", &key],
        &["committed to 5 events"],
    );
    let new = says(&world, 0, &["audit", "rotate-key"], &["log.example/test+"]).stdout;
    assert_ne!(new.trim(), key);
    assert_eq!(world.run(&["audit", "key"]).stdout, new);
    let keys = world.run(&["audit", "key", "--format", "json"]).json();
    assert_eq!(
        (&keys["verifier_key"], &keys["keys"][0]["verifier_key"]),
        (&new.trim().into(), &key.as_str().into())
    );
    let all = world.run(&["audit", "key", "--all"]).stdout;
    assert_eq!(all, format!("0  {key}\n5  {new}"));
    // What is printed from now on leads from the first key to the newest: checkpoints and proofs, too.
    let proof = world.run(&["audit", "prove", "1", "--since", "old"]).stdout;
    world.write("proof", &proof);
    world.write("checkpoint", world.run(&["audit", "checkpoint"]).stdout);
    world.run(&["audit", "publish", "www"]);
    for (file, key) in
        [("proof", &key), ("proof", &new), ("checkpoint", &key), ("www/checkpoint", &key)]
    {
        says(&world, 0, &["audit", "verify", file, "--key", key.trim()], &["proven"]);
    }
    let args = ["audit", "verify", "proof", "--key", &key, "--checkpoint", "old"];
    says(&world, 0, &args, &["which the key given endorsed", "the first 3 events are those"]);
    // Without that line both keys are named.
    let bare: Vec<_> = proof.lines().collect();
    let mut lines = 0;
    let bare: String = bare
        .iter()
        .filter(|line| {
            !line.starts_with("— ") || {
                lines += 1;
                lines % 2 == 1
            }
        })
        .map(|line| format!("{line}\n"))
        .collect();
    world.write("bare", bare);
    let short = |key: &str| key.rsplit_once('+').unwrap().0[..25].to_owned();
    let wanted = format!("signed by {}, not by {}", short(new.trim()), short(&key));
    says(&world, 1, &["audit", "verify", "bare", "--key", &key], &["NOT proven", &wanted]);
    says(&world, 0, &["audit", "bundle", &id, "--output", "b"], &[]);
    says(
        &world,
        0,
        &["audit", "verify", "b", "--key", &key, "--checkpoint", "old"],
        &["which the key given endorsed"],
    );
    says(&world, 0, &["audit", "verify", "b", "--key", new.trim()], &["by the key given"]);
    says(&world, 0, &["audit", "witness", "policy"], &["quorum none"]);
    world.run(&["rename", &id, "again"]);
    world.write("www/tile/0/000.p/9", "junk");
    says(&world, 1, &["audit", "publish", "www"], &["is there with other bytes", "another folder"]);
}
