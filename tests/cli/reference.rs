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
        help(&world, &[&verb], &mut text);
    }
    insta::assert_snapshot!("reference", text);
}

/// The help of a verb and of all below it, which is added to the reference.
fn help(world: &World, names: &[&str], text: &mut String) {
    let ran = world.run(&[names, &["--help"]].concat());
    assert_eq!(ran.code, 0, "{names:?}");
    text.extend(["\n\n$ patrol ", &names.join(" "), " --help\n", &ran.stdout]);
    let below = ran.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    let below = below.take_while(|line| !line.is_empty());
    for name in below.filter_map(|line| line.split_whitespace().next()) {
        if name != "help" {
            help(world, &[names, &[name]].concat(), text);
        }
    }
}
