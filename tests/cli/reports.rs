//! `patrol scan --format …`: each report by the program itself.

use crate::tokens::well_formed;
use crate::world::{Ran, World};

const STRANGER: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Somebody else's token, assembled here: no file of this repository holds one.
pub(crate) fn foreign() -> String {
    ["glpat-", "aB3dE5gH7j", "K9mN1pQ3sT"].concat()
}

const FORMATS: [&str; 8] = ["human", "json", "jsonl", "sarif", "junit", "gitlab", "github", "csv"];

fn world() -> World {
    let world = World::new();
    world.write("src/key.txt", format!("a\nkey = {}\n", well_formed("acme_pat", STRANGER)));
    world.write("=cmd]]>%,:\n\u{1b}[31m", foreign());
    world
}

fn scan(world: &World, args: &[&str]) -> Ran {
    world.run(&[&["scan"], args].concat())
}

#[test]
fn findings_come_in_one_order_however_many_search() {
    let world = World::new();
    for (place, name) in ["z", "c", "b", "y", "a"].iter().enumerate() {
        let secret = foreign().replace("aB3", &format!("aB{place}"));
        world.write(&format!("t/{name}"), format!("{secret}\n").repeat(1 + place * 500));
    }
    world.write("t/own", well_formed("acme_pat", STRANGER));
    let paths = |format: &str| {
        let text = scan(&world, &["t", "--threads", "4", "--format", format]).stdout;
        let found: Vec<serde_json::Value> = match format {
            "json" => serde_json::from_str::<serde_json::Value>(&text).unwrap()["findings"]
                .as_array()
                .unwrap()
                .clone(),
            _ => text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        };
        let paths = found.iter().filter_map(|it| it["path"].as_str().map(str::to_owned));
        let mut paths: Vec<_> = paths.collect();
        paths.dedup();
        paths
    };
    let order = ["t/own", "t/a", "t/b", "t/c", "t/y", "t/z"];
    assert_eq!(paths("json"), order);
    assert_eq!(paths("jsonl"), order);
    let human = scan(&world, &["t"]).stdout;
    let places = human.lines().filter_map(|line| line.strip_prefix("  ")?.split(':').next());
    let mut places: Vec<_> = places.collect();
    places.dedup();
    assert_eq!(places, order);
}

#[test]
fn every_format_tells_both_kinds_and_shows_no_secret() {
    let world = world();
    for format in FORMATS {
        let ran = scan(&world, &["--format", format]);
        assert_eq!(ran.code, 1, "{format}: {}", ran.stderr);
        assert!(ran.stdout.contains(STRANGER) && ran.stdout.contains("glpat"), "{format}");
        for secret in [&well_formed("acme_pat", STRANGER)[40..], &foreign()[6..]] {
            assert!(!ran.stdout.contains(secret), "{format}");
        }
        assert!(!ran.stdout.contains('\u{1b}'), "{format}");
        // The same in a file.
        let again = scan(&world, &["--format", format, "--output", "../report"]);
        assert_eq!((again.code, again.stdout.as_str()), (1, ""), "{format}");
        assert!(std::fs::read_to_string(world.path("report")).unwrap().contains("glpat"));
    }
}

#[test]
fn a_clean_scan_is_0_in_every_format() {
    let world = World::new();
    world.write("x", "nothing\n");
    for format in FORMATS {
        assert_eq!(scan(&world, &["--format", format]).code, 0, "{format}");
    }
}

#[test]
fn sarif_has_lines_that_hosts_know_again() {
    let world = world();
    world.git(&["init", "-q"]);
    world.git(&["add", "src"]);
    for source in [&["src"][..], &["--staged"]] {
        let document = scan(&world, &[source, &["--format", "sarif"]].concat()).json();
        let result = &document["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/key.txt");
        let region = &place["region"];
        assert_eq!((&region["startLine"], &region["startColumn"]), (&2.into(), &7.into()));
        let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
        assert!(hash.ends_with(":1") && hash.len() > 10, "{hash}");
    }
    // From a folder inside the work tree, paths still begin at its top.
    let mut command = world.patrol(&["scan", "--format", "sarif", "."]);
    command.current_dir(world.work().join("src"));
    let document = crate::world::finish(command, b"").json();
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/key.txt");
}

#[test]
fn formats_of_a_scan_are_for_scans() {
    let world = World::new();
    for format in ["jsonl", "sarif", "junit", "gitlab", "github", "csv"] {
        let ran = world.run(&["list", "--format", format]);
        assert_eq!(ran.code, 2, "{format}");
        assert!(ran.stderr.contains(&format!("has no format {format}")), "{}", ran.stderr);
    }
    let ran = world.run(&["scan", "--output", "x.sarif"]);
    assert!(ran.stderr.contains("add --format sarif"), "{}", ran.stderr);
}

#[test]
fn rules_are_chosen_and_repositories_add_to_them() {
    let world = World::new();
    world.write("a/x", foreign());
    let code = |args: &[&str]| scan(&world, args).code;
    assert_eq!(code(&["a"]), 1);
    assert_eq!(code(&["a", "--fail-on", "live"]), 0);
    assert_eq!(code(&["a", "--fail-on", "any"]), 1);
    assert_eq!(code(&["a", "--rules", "none"]), 0);
    world.write("rules.toml", "[[rules]]\nid = \"mine\"\nregex = 'mine-[0-9]{6}'\n");
    world.write("a/y", "mine-123456");
    let found = |args: &[&str]| -> Vec<String> {
        let document = scan(&world, &[args, &["a", "--format", "json"]].concat()).json();
        let rule = |it: &serde_json::Value| it["rule"].as_str().unwrap().to_owned();
        document["findings"].as_array().unwrap().iter().map(rule).collect()
    };
    assert_eq!(found(&["--rules", "rules.toml"]), ["mine"]);
    world.write("patrol.toml", "rules = [\"rules.toml\"]\n");
    assert_eq!(found(&[]), ["gitlab-pat", "mine"]);
    world.write("patrol.toml", "rules = [\"../rules.toml\"]\n");
    assert_eq!(code(&["a"]), 3);
    world.write("patrol.toml", "");
    world.write("rules.toml", "nonsense hunter2");
    let ran = scan(&world, &["--rules", "rules.toml"]);
    assert!(ran.code == 3 && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
}

#[test]
fn names_do_not_show_what_they_are() {
    let world = World::new();
    world.write(&format!("{}.txt", foreign()), format!("x {}", foreign()));
    std::os::unix::fs::symlink("/nowhere", world.work().join(format!("l-{}", foreign()))).unwrap();
    for format in FORMATS {
        let ran = scan(&world, &["--format", format, "-v"]);
        assert!(ran.code == 1 && !ran.stdout.contains(&foreign()[6..]), "{format}: {}", ran.stdout);
        assert!(!ran.stderr.contains(&foreign()[6..]), "{format}: {}", ran.stderr);
    }
}
