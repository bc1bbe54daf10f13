//! Git itself as the oracle: what was read is what `git cat-file` lists.

use crate::world::{World, token};

/// A repository of random shape: files that change a little, merges, tags, packs, loose objects.
fn random(seed: u64) -> World {
    let world = World::new();
    let mut state = seed;
    let mut draw = |n: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let mut body: Vec<String> = (0..200).map(|n| format!("line {n}")).collect();
    for n in 0..40 {
        let line = draw(200) as usize;
        body[line] = if draw(10) == 0 { token(line as u8) } else { format!("changed {n}") };
        world.commit(&format!("d{}/f{}", draw(3), draw(4)), &body.join("\n"), &format!("c{n}"));
        match draw(8) {
            0 => drop(world.git(&["tag", "-a", &format!("t{n}"), "-m", "tag"])),
            1 => drop(world.git(&["repack", "-q", "-d"])),
            2 => drop(world.git(&["commit", "-q", "--amend", "-m", "amended"])),
            3 if n > 3 => drop(world.git(&["reset", "-q", "--hard", "HEAD~2"])),
            4 => drop(world.git(&["repack", "-q", "-a", "-d", "-k", "--write-midx"])),
            _ => {}
        }
    }
    world
}

#[test]
fn the_objects_read_are_those_git_has() {
    for seed in [1, 2, 3] {
        let world = random(seed);
        let args = ["cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objectsize)"];
        let listed = world.git(&args);
        let sizes = listed.lines().map(|line| line.split_once(' ').unwrap().1);
        let bytes: u64 = sizes.map(|size| size.parse::<u64>().unwrap()).sum();
        let (coverage, found) = world.history();
        assert!(coverage.is_complete(), "{}", crate::world::json(&coverage));
        assert_eq!(coverage.objects, listed.lines().count() as u64);
        // Reflogs are read beside the objects.
        assert!(coverage.bytes >= bytes);

        // Git's own bytes, searched naively, hold the same tokens at the same places.
        let mut wanted = Vec::new();
        for id in listed.lines().map(|line| &line[..40]) {
            let kind = world.git(&["cat-file", "-t", id]);
            let body = world.try_git_in(&world.repo, &["cat-file", &kind, id]).stdout;
            let body = String::from_utf8_lossy(&body).into_owned();
            for n in 0..200 {
                let token = token(n);
                let hits = body.match_indices(&token).map(|(at, _)| at);
                wanted.extend(hits.map(|at| (id.to_owned(), n, at as u64 + 1)));
            }
        }
        let number = crate::world::number;
        let mut have: Vec<_> = found
            .iter()
            .map(|it| (it.location.object.clone().unwrap(), number(it), it.location.offset))
            .collect();
        have.sort();
        wanted.sort();
        assert!(!wanted.is_empty());
        assert_eq!(have, wanted);
    }
}
