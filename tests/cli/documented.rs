//! The shell blocks of `docs/audit.md`, run as they stand by a real shell and the tools that they name.

use std::process::{Command, Stdio};

use crate::world::{Ran, World, finish};

/// What stands between ```` ```sh ```` and ```` ``` ````.
fn blocks(text: &str) -> Vec<&str> {
    let after = text.split("\n```sh\n").skip(1);
    after.map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// Runs a script in the world's folder, with the program on the path.
fn shell(world: &World, script: &str) -> Ran {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_patrol"));
    let path = std::env::vars_os().find(|(name, _)| name == "PATH").unwrap().1;
    let mut folders = vec![program.parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&path));
    let mut command = Command::new("/bin/sh");
    command
        .args(["-eu", "-c", script])
        .env_clear()
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env("HOME", world.path("home"))
        .env("PATROL_ACTOR", "tester")
        .env("PATROL_LEDGER", "ledger.db")
        .current_dir(world.work())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    finish(command, b"")
}

/// Whether the tools are there; if not, says which test is left out, and `tests/run` counts it.
#[expect(
    clippy::disallowed_methods,
    reason = "the test runner says where left-out tests are named"
)]
fn has_tools(world: &World) -> bool {
    let missing = |tool: &&str| shell(world, &format!("command -v {tool}")).code != 0;
    let missing: Vec<_> =
        ["sqlite3", "openssl", "sha256sum", "base64", "sed"].into_iter().filter(missing).collect();
    if missing.is_empty() {
        return true;
    }
    let line = format!("what docs/audit.md has one type: not to be had: {}\n", missing.join(", "));
    eprint!("left out: {line}");
    if let Some(list) = std::env::var_os("PATROL_TEST_LEFT_OUT") {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
    false
}

#[test]
fn what_the_auditors_page_has_one_type_does_what_it_says() {
    let world = World::empty();
    if !has_tools(&world) {
        return;
    }
    let page = include_str!("../../docs/audit.md");
    let blocks = blocks(page);
    assert_eq!(blocks.len(), 4, "another block: say here what it must do");
    let made = shell(
        &world,
        "patrol init --prefix acme_pat --origin log.example/hand\n\
         for n in 1 2 3 4 5; do patrol -q issue --owner alice --name $n > /dev/null; done",
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    let run = |script: &str| {
        let ran = shell(&world, script);
        assert_eq!(ran.code, 0, "{script}\n{}{}", ran.stdout, ran.stderr);
        ran.stdout
    };
    // What is given to whoever verifies, and what they do with it.
    let told = run(blocks[0]);
    assert!(told.lines().filter(|line| *line == "proven").count() >= 2, "{told}");
    // A leaf.
    let leaf = run(blocks[1]);
    let hashes: Vec<_> = leaf.lines().map(|line| &line[..64]).collect();
    assert!(hashes.len() == 2 && hashes[0] == hashes[1], "{leaf}");
    // A signature.
    let signed = run(blocks[2]);
    assert!(signed.contains("Signature Verified Successfully"), "{signed}");
    // The way from the leaf to the root.
    let roots = run(blocks[3]);
    let roots: Vec<_> = roots.lines().collect();
    assert!(roots.len() == 2 && roots[0] == roots[1] && roots[0].len() == 44, "{roots:?}");

    // A test that cannot fail proves nothing: edited bytes, another text.
    std::fs::write(world.work().join("text"), "log.example/hand\n9\nAAAA\n").unwrap();
    let verify = blocks[2].lines().last().unwrap();
    assert_ne!(shell(&world, verify).code, 0, "{verify}");
    let edited =
        blocks[3].replace("{ printf '\\0'; cat event; }", "{ printf '\\0'; cat event text; }");
    assert_ne!(edited, blocks[3]);
    let roots = run(&edited);
    let roots: Vec<_> = roots.lines().collect();
    assert!(roots.len() == 2 && roots[0] != roots[1], "{roots:?}");
}
