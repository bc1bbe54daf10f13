//! Where settings come from, who wins, and what a repository may not say.

use insta::assert_snapshot;

use crate::world::{World, finish};

fn actor_of(world: &World, prepare: impl Fn(&mut std::process::Command), args: &[&str]) -> String {
    let mut command =
        world.patrol(&[&["issue", "--owner", "x", "--name", "x", "-q"], args].concat());
    command.env_remove("PATROL_ACTOR");
    prepare(&mut command);
    assert_eq!(finish(command, b"").code, 0);
    let last = world.run(&["history", "--type", "token.issued", "--format", "json"]).json();
    let last = last["events"].as_array().unwrap().last().unwrap().clone();
    last["actor"]["name"].as_str().unwrap().to_owned()
}

#[test]
fn defaults_then_the_file_then_the_environment_then_flags() {
    let world = World::new();
    let default = actor_of(&world, |_| {}, &[]);
    assert!(default.contains('@') || !default.is_empty(), "{default}");
    let config = world.path("home/.config/patrol");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "actor = \"from the file\"\n").unwrap();
    assert_eq!(actor_of(&world, |_| {}, &[]), "from the file");
    let env = |command: &mut std::process::Command| {
        command.env("PATROL_ACTOR", "from the environment");
    };
    assert_eq!(actor_of(&world, env, &[]), "from the environment");
    assert_eq!(actor_of(&world, env, &["--actor", "from the flag"]), "from the flag");
    let elsewhere = world.path("elsewhere/patrol");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("config.toml"), "actor = \"from XDG\"\n").unwrap();
    let xdg = |command: &mut std::process::Command| {
        command.env("XDG_CONFIG_HOME", world.path("elsewhere"));
    };
    assert_eq!(actor_of(&world, xdg, &[]), "from XDG");
}

#[test]
fn the_data_directory_is_the_ledgers_default_place() {
    let world = World::empty();
    let mut command = world.patrol(&["init", "--prefix", "acme_pat", "--format", "json"]);
    command.env("XDG_DATA_HOME", world.path("data"));
    let made = finish(command, b"").json();
    assert_eq!(made["ledger"].as_str(), world.path("data/patrol/ledger.db").to_str());
    let mut command = world.patrol(&["list"]);
    command.env_remove("HOME").env("HOME", "").env("XDG_DATA_HOME", "relative");
    assert!([3, 4].contains(&finish(command, b"").code));
}

#[test]
fn what_is_unknown_is_an_error_with_a_suggestion() {
    let world = World::new();
    let config = world.path("home/.config/patrol");
    std::fs::create_dir_all(&config).unwrap();
    let tell = |text: &str| {
        std::fs::write(config.join("config.toml"), text).unwrap();
        world.session(&["list"])
    };
    assert_snapshot!([
        tell("legder = \"/x\"\n"),
        tell("color = \"sometimes\"\n"),
        tell("ledger = \"here.db\"\n"),
        tell("prefixes = [\"Acme\"]\n"),
        tell("prefixes = \"acme_pat\"\n"),
        tell("actor = \n"),
    ].join("\n"), @r#"
    $ patrol list
    ! error: [ROOT]/home/.config/patrol/config.toml has an unknown key `legder`
    ! hint: did you mean ledger?
    = 3

    $ patrol list
    ! error: `color` in [ROOT]/home/.config/patrol/config.toml is "sometimes", which is no colour setting
    ! hint: choose auto, always or never
    = 3

    $ patrol list
    ! error: `ledger` in [ROOT]/home/.config/patrol/config.toml is not an absolute path
    ! hint: begin it with / or ~/
    = 3

    $ patrol list
    ! error: `prefixes` in [ROOT]/home/.config/patrol/config.toml has "Acme", which is no token prefix: a prefix begins with a lower-case letter
    ! hint: a prefix looks like acme_pat
    = 3

    $ patrol list
    ! error: `prefixes` in [ROOT]/home/.config/patrol/config.toml is not a list of texts
    ! hint: write prefixes = ["…", "…"]
    = 3

    $ patrol list
    ! error: [ROOT]/home/.config/patrol/config.toml line 1 is not TOML: string values must be quoted, expected literal string
    = 3
    "#);
}

#[test]
fn mistyped_variables_are_errors_and_foreign_ones_are_not() {
    let world = World::new();
    let with = |name: &str, value: &str| {
        let mut command = world.patrol(&["list", "--format", "json"]);
        command.env(name, value);
        finish(command, b"")
    };
    let mistyped = with("PATROL_LEGDER", "/elsewhere.db");
    assert_eq!(mistyped.code, 3);
    assert_eq!(mistyped.error()["hint"], "did you mean PATROL_LEDGER?");
    assert_eq!(with("PATROL_BIN", "/usr/bin/patrol").code, 0);
    assert_eq!(with("PATROL_COLOR", "mauve").code, 3);
    assert_eq!(with("PATROL_LEDGER", "").code, 0);
    assert_eq!(with("PATROL_LEDGER", "/nowhere/ledger.db").code, 4);
}

#[test]
fn a_repository_may_add_prefixes_and_excludes_only() {
    let world = World::new();
    let mut told = Vec::new();
    for line in [
        "ledger = \"/tmp/mine.db\"",
        "actor = \"somebody else\"",
        "policy = { leak-response = \"report\" }",
        "reports = [\"https://evil.example\"]",
        "cache = \"/tmp\"",
        "hooks = \"off\"",
        "prefixs = [\"x_pat\"]",
    ] {
        world.write("patrol.toml", line);
        told.push(world.session(&["list"]));
        assert_eq!(world.run(&["scan"]).code, 3, "{line}");
    }
    assert_snapshot!(told.join("\n"), @"
    $ patrol list
    ! error: `ledger` in ./patrol.toml is not allowed
    ! hint: a repository's patrol.toml may only add prefixes, excludes, rules and a baseline; set this in your own settings, in PATROL_* or by a flag
    = 3

    $ patrol list
    ! error: `actor` in ./patrol.toml is not allowed
    ! hint: a repository's patrol.toml may only add prefixes, excludes, rules and a baseline; set this in your own settings, in PATROL_* or by a flag
    = 3

    $ patrol list
    ! error: `policy` in ./patrol.toml is not allowed
    ! hint: a repository's patrol.toml may only add prefixes, excludes, rules and a baseline; set this in your own settings, in PATROL_* or by a flag
    = 3

    $ patrol list
    ! error: `reports` in ./patrol.toml is not allowed
    ! hint: a repository's patrol.toml may only add prefixes, excludes, rules and a baseline; set this in your own settings, in PATROL_* or by a flag
    = 3

    $ patrol list
    ! error: `cache` in ./patrol.toml is not allowed
    ! hint: a repository's patrol.toml may only add prefixes, excludes, rules and a baseline; set this in your own settings, in PATROL_* or by a flag
    = 3

    $ patrol list
    ! error: `hooks` in ./patrol.toml is not allowed
    ! hint: a repository's patrol.toml may only add prefixes, excludes, rules and a baseline; set this in your own settings, in PATROL_* or by a flag
    = 3

    $ patrol list
    ! error: ./patrol.toml has an unknown key `prefixs`
    ! hint: did you mean prefixes?
    = 3
    ");
    world.write("patrol.toml", "prefixes = [\"other_pat\"]\nexcludes = [\"vendor\"]\n");
    assert_eq!(world.run(&["list"]).code, 0);
    // In a scanned repository the same holds, from wherever it is scanned.
    world.write("patrol.toml", "");
    world.write("repo/patrol.toml", "ledger = \"x\"\n");
    world.write("repo/sub/file", "");
    std::fs::create_dir(world.work().join("repo/.git")).unwrap();
    assert_eq!(world.run(&["scan", "repo/sub"]).code, 3);
    assert_eq!(world.run(&["list"]).code, 0);
}

#[test]
fn a_pipe_in_place_of_a_settings_file_holds_nobody_up() {
    let world = World::new();
    let made = std::process::Command::new("mkfifo").arg(world.work().join("patrol.toml")).status();
    assert!(made.unwrap().success());
    assert_eq!(world.run(&["list"]).code, 3);
}

/// What next, not only what and why.
#[test]
fn what_is_wrong_in_a_repository_is_told_with_the_way_out() {
    let world = World::empty();
    let hint = |args: &[&str]| {
        let ran = world.run(&[&["scan", "--no-ledger"], args, &["--format", "json"]].concat());
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        ran.error()["hint"].as_str().unwrap().to_owned()
    };
    world.write("patrol.toml", "rules = \"a.toml\"");
    assert_eq!(hint(&[]), "write rules = [\"…\", \"…\"]");
    world.write("patrol.toml", "baseline = [\"a\"]");
    assert_eq!(hint(&[]), "write baseline = \"…\"");
    world.write("patrol.toml", "rules = [\"lost.toml\"]");
    assert_eq!(hint(&[]), "`rules` in patrol.toml names it");
    let many: Vec<_> = (0..20_000).map(|at| format!("\"pre{at}\"")).collect();
    world.write("patrol.toml", format!("prefixes = [{}]", many.join(",")));
    assert_eq!(hint(&[]), "shorten the list, or scan fewer repositories at once");
    world.write("patrol.toml", "");
    assert_eq!(hint(&["--rules", "lost.toml"]), "--rules takes builtin, none or a file");
    let ran = world.run(&["scan", "--format", "html"]);
    assert!(ran.stderr.contains("jsonl, sarif, junit, gitlab, github or csv"), "{}", ran.stderr);
}
