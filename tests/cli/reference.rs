//! The whole reference, every `--help` text, in one committed file.

use crate::world::World;

#[test]
fn every_help_text() {
    let world = World::empty();
    let top = world.run(&["--help"]).stdout;
    let lines = top.lines().take_while(|line| *line != "Options:");
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let verbs: Vec<String> =
        names.filter(|name| !["", "help"].contains(name)).map(str::to_owned).collect();
    assert!(verbs.len() >= 24, "{verbs:?}");
    let mut text = format!("$ patrol --help\n{top}");
    for verb in verbs {
        let help = world.run(&[&verb, "--help"]);
        assert_eq!(help.code, 0, "{verb}");
        text.extend(["\n\n$ patrol ", &verb, " --help\n", &help.stdout]);
    }
    insta::assert_snapshot!("reference", text);
}
