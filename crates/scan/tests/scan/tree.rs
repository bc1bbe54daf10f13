//! Files: everything under a path, whatever is in the way.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use patrol_scan::{Coverage, Excludes, Finding, Options, ScanError, source};

use crate::world::{World, collect, detector, json, look_alike, skipped, token, token_of};

fn scan(roots: &[&Path]) -> (Coverage, Vec<Finding>) {
    let (result, found) = scan_with(roots, &Options::default());
    (result.unwrap(), found)
}

fn scan_with(roots: &[&Path], options: &Options) -> (Result<Coverage, ScanError>, Vec<Finding>) {
    let roots: Vec<PathBuf> = roots.iter().map(|root| root.to_path_buf()).collect();
    collect(|sink| source::tree(&roots, &detector(), options, sink))
}

/// Paths below the root.
fn lines(world: &World, found: &[Finding]) -> Vec<String> {
    let prefix = format!("{}/", world.repo.display());
    world.lines(found).into_iter().map(|line| line.replace(&prefix, "")).collect()
}

#[test]
fn ignored_hidden_and_binary_files() {
    let world = World::new();
    world.write(".gitignore", ".env\ntarget/\n");
    world.write(".env", &token(1));
    world.write("target/deep/x", &token(2));
    world.write("bin", &format!("\0\u{1}{}\0", token(3)));
    world.write(".git/hooks/x", &token(4));
    world.write("fakes", &format!("{} {}", look_alike(5), &token(6)[..60]));
    world.write("glued", &format!("x{}x", token(7)));
    let (coverage, found) = scan(&[&world.repo]);
    let wanted =
        ["1 worktree .env", "2 worktree target/deep/x", "3 worktree bin", "7 worktree glued"];
    assert_eq!(lines(&world, &found), wanted);
    assert_eq!(coverage.files, 6);
    assert_eq!(skipped(&coverage), [format!("{}/.git: .git", world.repo.display())]);
    assert!(coverage.is_complete() && !coverage.is_limited());
}

#[test]
fn the_git_file_of_a_linked_work_tree() {
    let world = World::new();
    world.commit("a", "a", "one");
    let linked = world.root().join("linked");
    world.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    let (coverage, _) = scan(&[&linked]);
    assert_eq!(coverage.files, 1);
    assert_eq!(skipped(&coverage), [format!("{}/.git: .git", linked.display())]);
}

#[test]
fn pipes_sockets_and_devices_are_not_opened() {
    let world = World::empty();
    let fifo = world.repo.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let socket = world.repo.join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    world.write("file", &token(1));
    let (coverage, found) = scan(&[&world.repo, Path::new("/dev/null"), &fifo]);
    assert_eq!(lines(&world, &found), ["1 worktree file"]);
    let here = world.repo.display();
    let wanted = [
        format!("{here}/fifo: fifo"),
        format!("{here}/socket: socket"),
        "/dev/null: device".to_owned(),
    ];
    assert_eq!(skipped(&coverage), wanted);
    assert!(coverage.is_complete());
}

#[test]
fn links_are_read_and_not_followed() {
    let world = World::empty();
    let outside = world.root().join("outside");
    fs::write(&outside, token(1)).unwrap();
    world.write("dir/inside", &token(2));
    symlink(&outside, world.repo.join("out")).unwrap();
    symlink("dir/inside", world.repo.join("in")).unwrap();
    symlink("nowhere", world.repo.join("broken")).unwrap();
    symlink("..", world.repo.join("dir/up")).unwrap();
    symlink("loop", world.repo.join("loop")).unwrap();
    symlink(format!("/nowhere/{}", token(3)), world.repo.join("text")).unwrap();
    let (coverage, found) = scan(&[&world.repo]);
    assert_eq!(lines(&world, &found), ["2 worktree dir/inside", "3 worktree text"]);
    let wanted = format!("{}/out: symlink target outside the roots", world.repo.display());
    assert_eq!(skipped(&coverage), [wanted]);
    assert!(coverage.is_complete());
    // A root that is a link was named by somebody, and is followed.
    assert_eq!(scan(&[&world.repo.join("out")]).1.len(), 1);
    let to_dir = world.root().join("to-dir");
    symlink(&world.repo, &to_dir).unwrap();
    assert_eq!(scan(&[&to_dir]).1.len(), 2);
}

#[test]
fn strange_names() {
    let world = World::empty();
    world.write("new\nline", &token(1));
    let raw = world.repo.join(OsStr::from_bytes(b"raw-\xff\xfe"));
    fs::write(&raw, token(2)).unwrap();
    world.write(&format!("n-{}", token(3)), "x");
    world.write("-", &token(4));
    let (_, found) = scan(&[&world.repo]);
    let lines = lines(&world, &found);
    assert_eq!(lines[..2], ["1 worktree new\nline", "2 worktree raw-\u{fffd}\u{fffd}"]);
    assert!(lines[2].starts_with("3 tree-entry n-acme_pat_"), "{lines:?}");
    assert!(lines[2].ends_with("_\u{2026}"));
    assert_eq!(lines[3], "4 worktree -");
    let bytes = found.iter().find(|it| it.location.path.as_ref().unwrap().ends_with(b"\xff\xfe"));
    let mut json = Vec::new();
    patrol_scan::report::jsonl_finding(bytes.unwrap(), &mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert!(json["path_bytes"].as_str().unwrap().ends_with("cmF3Lf/+"), "{json}");
}

#[test]
fn huge_lines_cost_no_memory_and_lose_no_token() {
    let world = World::empty();
    let mut content = "x".repeat(50 << 20);
    for at in [0, (1 << 20) - 40, (25 << 20) + 7] {
        content.replace_range(at..at + token(1).len(), &token(1));
    }
    content.push_str("\n\n");
    content.push_str(&token(2));
    world.write("big", &content);
    let (coverage, found) = scan(&[&world.repo]);
    let places: Vec<_> = found.iter().map(|it| (it.location.line, it.location.column)).collect();
    assert_eq!(places, [(1, 1), (1, (1 << 20) - 39), (1, (25 << 20) + 8), (3, 1)]);
    assert_eq!(coverage.bytes, content.len() as u64);
    // Sparse: 5 GB that are not there, and a token at the end.
    let sparse = fs::File::create(world.repo.join("sparse")).unwrap();
    sparse.set_len(1 << 30).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&sparse, token(3).as_bytes(), 1 << 30).unwrap();
    let (_, found) = scan(&[&world.repo.join("sparse")]);
    assert_eq!(found[0].location.offset, (1 << 30) + 1);
}

/// Deeper than directories are held open, and more files than one thread takes at a time.
#[test]
fn deep_and_wide_trees() {
    let world = World::empty();
    let deep = "d/".repeat(200);
    world.write(&format!("{deep}deepest"), &token(1));
    world.write(&format!("{}middle", "d/".repeat(64)), &token(2));
    for n in 0..600 {
        world.write(&format!("wide/{n}"), &if n % 200 == 7 { token(3) } else { "x".to_owned() });
    }
    for threads in [1, 3] {
        let options = Options { threads, ..Options::default() };
        let (coverage, found) = scan_with(&[&world.repo], &options);
        let coverage = coverage.unwrap();
        assert_eq!((coverage.files, found.len()), (602, 5), "{threads}");
        assert!(coverage.is_complete());
        let lines = lines(&world, &found);
        assert!(lines.contains(&format!("1 worktree {deep}deepest")), "{lines:?}");
    }
}

/// `/proc` files have no length; one that cannot be read is an error and not clean.
#[test]
fn files_without_length_and_files_that_fail() {
    let (coverage, _) = scan(&[Path::new("/proc/self/status")]);
    assert!(coverage.bytes > 100 && coverage.is_complete(), "{}", json(&coverage));
    let (coverage, _) = scan(&[Path::new("/proc/self/mem")]);
    assert!(!coverage.is_complete(), "{}", json(&coverage));
}

#[test]
fn what_may_not_be_read_is_not_clean() {
    let world = World::empty();
    world.write("closed", &token(1));
    world.write("dir/x", &token(2));
    for name in ["closed", "dir"] {
        fs::set_permissions(world.repo.join(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let (coverage, found) = scan(&[&world.repo]);
    fs::set_permissions(world.repo.join("dir"), fs::Permissions::from_mode(0o700)).unwrap();
    if fs::metadata(&world.repo).unwrap().uid() == 0 {
        // The super user is refused nothing.
        return assert_eq!(found.len(), 2);
    }
    assert!(found.is_empty() && !coverage.is_complete());
    let here = world.repo.display();
    let wanted = [format!("{here}/closed: permission"), format!("{here}/dir: permission")];
    assert_eq!(skipped(&coverage), wanted);
}

#[test]
fn a_file_that_grows_while_it_is_read_ends() {
    let world = World::empty();
    world.write("log", &token(1));
    let path = world.repo.join("log");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            use std::io::Write as _;
            let mut log = fs::OpenOptions::new().append(true).open(&path).unwrap();
            let line = vec![b'y'; 1 << 20];
            let mut written = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) && written < 2048 {
                log.write_all(&line).unwrap();
                written += 1;
            }
        });
        let (_, found) = scan(&[&world.repo]);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(found.len(), 1);
    });
}

#[test]
fn a_path_that_does_not_exist_is_an_error() {
    let (result, _) = scan_with(&[Path::new("/no/such/place")], &Options::default());
    assert_eq!(result.unwrap_err().to_string(), "/no/such/place: no such file or directory");
    let named = format!("/no/{}", token(1));
    let (result, _) = scan_with(&[Path::new(&named)], &Options::default());
    crate::world::assert_no_secret(&result.unwrap_err().to_string());
}

#[test]
fn excludes_are_listed() {
    let world = World::empty();
    world.write("vendor/a/x", &token(1));
    world.write("src/gen.lock", &token(2));
    world.write("src/main", &token(3));
    let excludes = Excludes::new(["vendor", "src/*.lock"]).unwrap();
    let (coverage, found) = scan_with(&[&world.repo], &Options { excludes, ..Options::default() });
    let coverage = coverage.unwrap();
    assert_eq!(lines(&world, &found), ["3 worktree src/main"]);
    let here = world.repo.display();
    let wanted = [format!("{here}/src/gen.lock: excluded"), format!("{here}/vendor: excluded")];
    assert_eq!(skipped(&coverage), wanted);
    assert!(coverage.is_complete() && coverage.is_limited());
}

#[test]
fn overlapping_prefixes_are_each_honoured() {
    let world = World::empty();
    let (short, long) = (token_of("acme", 1), token_of("acme_pat", 1));
    world.write("a", &format!("{short}{long} {long}{short}"));
    let prefixes = ["acme", "acme_pat", "acme"].map(|prefix| prefix.parse().unwrap());
    let detector = patrol_scan::Detector::new(&prefixes);
    let roots = [world.repo.clone()];
    let options = Options::default();
    let (_, found) = collect(|sink| source::tree(&roots, &detector, &options, sink).unwrap());
    let prefixes: Vec<&str> = found.iter().map(|it| it.own().unwrap().prefix.as_str()).collect();
    assert_eq!(prefixes, ["acme", "acme_pat", "acme_pat", "acme"]);
    assert!(patrol_scan::Detector::new(&[]).matches(long.as_bytes()).is_empty());
}

#[test]
fn one_thread_or_many_agree() {
    let world = World::empty();
    for n in 0..200 {
        world.write(&format!("d{}/f{n}", n % 7), &token(n));
    }
    let run = |threads| {
        let options = Options { threads, ..Options::default() };
        let (_, found) = scan_with(&[&world.repo], &options);
        found.iter().map(|it| (it.place, it.location.clone())).collect::<Vec<_>>()
    };
    assert_eq!(run(1).len(), 200);
    assert_eq!(run(1), run(4));
}

/// A file is read once, by whatever roots it is reached.
#[test]
fn roots_that_overlap() {
    let world = World::empty();
    world.write("a", &token(1));
    world.write("sub/b", &token(2));
    world.write("sub/deep/c", &token(3));
    symlink("sub", world.repo.join("link")).unwrap();
    let path = |below: &str| world.repo.join(below);
    let scan = |roots: &[PathBuf]| {
        let (coverage, found) =
            collect(|sink| source::tree(roots, &detector(), &Options::default(), sink).unwrap());
        let mut numbers: Vec<u8> = found.iter().map(crate::world::number).collect();
        numbers.sort_unstable();
        (numbers, coverage.files)
    };
    for more in ["", "sub", "sub/", "./sub", "sub/deep", "sub/b", "a", "link", "sub/../sub"] {
        let (root, other) = (world.repo.clone(), path(more));
        for roots in [[root.clone(), other.clone()], [other, root]] {
            // Three files and the text of the link, which is another name of a root once.
            let (numbers, files) = scan(&roots);
            assert_eq!(numbers, [1, 2, 3], "{more}");
            assert_eq!(files, 4, "{more}");
        }
    }
    let nested = [path("sub/deep"), path(""), path("sub"), path("sub/deep/c"), path("sub/deep/c")];
    assert_eq!(scan(&nested), (vec![1, 2, 3], 4));
    assert_eq!(scan(&[path("sub"), path("a")]), (vec![1, 2, 3], 3));
}

/// A file that is one secret from its beginning to its end costs so much memory and no more.
#[test]
fn more_findings_than_are_kept() {
    let rules = "[[rules]]\nid = 'house'\nregex = '''house_[0-9a-z]{8}'''\nkeywords = ['house_']\n";
    let detector = detector().with_rules(crate::rules::load(rules).unwrap());
    let world = World::new();
    let line = ["house_", "q7x2k9w1\n"].concat();
    // More than is searched in one go, as an object.
    let mut content = line.repeat(100_500) + &"x\n".repeat(9 << 20);
    content.push_str(&token(1));
    world.write("full", &content);
    let check = |(coverage, found): (Coverage, usize)| {
        assert_eq!(found, 100_001, "{}", json(&coverage));
        let bounded =
            coverage.skipped().iter().any(|it| it.reason == patrol_scan::Reason::FindingBound);
        assert!(bounded && !coverage.is_complete(), "{}", json(&coverage));
    };
    let count = std::sync::atomic::AtomicUsize::new(0);
    let sink = |_| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    let options = Options::default();
    let roots = [world.repo.join("full")];
    let coverage = source::tree(&roots, &detector, &options, &sink).unwrap();
    check((coverage, count.swap(0, std::sync::atomic::Ordering::Relaxed)));
    world.git(&["add", "full"]);
    let env = source::git::GitEnvironment::default();
    let coverage = source::git::staged(&world.repo, &env, &detector, &options, &sink).unwrap();
    check((coverage, count.swap(0, std::sync::atomic::Ordering::Relaxed)));
    let coverage = source::git::history(&world.repo, &env, &detector, &options, &sink).unwrap();
    check((coverage, count.swap(0, std::sync::atomic::Ordering::Relaxed)));
}
