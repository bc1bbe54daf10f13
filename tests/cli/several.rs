//! Several repositories, their submodules and plain folders in one scan.

use crate::world::World;

#[test]
fn the_history_of_several_repositories_and_their_submodules() {
    let world = World::new();
    let (_, in_submodule) = world.issue(&[]);
    let (_, in_folder) = world.issue(&[]);
    for repository in ["library", "app", "second"] {
        world.git(&["init", "--quiet", repository]);
        world.git(&["-C", repository, "commit", "--quiet", "--allow-empty", "-m", "Begin"]);
    }
    world.write("library/key", &in_submodule);
    world.git(&["-C", "library", "add", "key"]);
    world.git(&["-C", "library", "commit", "--quiet", "-m", "Add it"]);
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library"];
    world.git(&[&["-C", "app"], &add[..], &["deep/lib"]].concat());
    world.git(&["-C", "app", "commit", "--quiet", "-m", "Add the library"]);
    world.write("plain/notes.txt", &in_folder);

    let ran = world.run(&["scan", "--history", "--format", "json", "app", "second", "plain"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("plain is in no repository: its files are searched"));
    let report = ran.json();
    let place = |finding: &serde_json::Value| {
        let text = |member: &str| finding[member].as_str().unwrap_or_default().to_owned();
        let repository = text("repository").replace(world.work().to_str().unwrap(), "");
        format!("{} {repository} {}", text("source"), text("path"))
    };
    let places: Vec<_> = report["findings"].as_array().unwrap().iter().map(place).collect();
    assert_eq!(places, ["worktree  plain/notes.txt", "blob /app/.git/modules/deep/lib key"]);
    assert_eq!(report["coverage"]["complete"], true);

    // A folder alone has no history.
    let ran = world.run(&["scan", "--history", "plain"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
}
