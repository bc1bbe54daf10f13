//! Archives made by the tools that everybody uses. Where the machine has not got one, what it
//! makes is tested with the libraries in the other files.

use std::process::Command;

use super::build::tool;
use super::{check, lines, scan_named, text};
use crate::world::{World, skipped};

#[test]
fn compressors() {
    let content = text(1);
    let runs: [(&str, &[&str], &str); 18] = [
        ("gzip", &["-c"], "gz"),
        ("gzip", &["-9", "-c"], "gz"),
        ("bzip2", &["-c"], "bz2"),
        ("bzip2", &["-1", "-c"], "bz2"),
        ("xz", &["-c"], "xz"),
        ("xz", &["-0", "-c"], "xz"),
        ("xz", &["-9", "-e", "-c"], "xz"),
        ("xz", &["-C", "none", "-c"], "xz"),
        ("xz", &["-C", "crc32", "-c"], "xz"),
        ("xz", &["-C", "sha256", "-c"], "xz"),
        ("xz", &["--x86", "--delta=dist=3", "--lzma2", "-c"], "xz"),
        ("xz", &["--block-size=20", "-c"], "xz"),
        ("xz", &["--format=lzma", "-c"], "lzma"),
        ("xz", &["--format=lzma", "-9", "-c"], "lzma"),
        ("zstd", &["-c"], "zst"),
        ("zstd", &["-19", "--check", "-c"], "zst"),
        ("zstd", &["--no-check", "-c"], "zst"),
        ("zstd", &["--long=24", "-c"], "zst"),
    ];
    for (program, args, suffix) in runs {
        if let Some(packed) = tool(program, args, &content) {
            let (coverage, found) = scan_named(&format!("a.{suffix}"), &packed);
            assert_eq!(lines(&found), ["1 a:2:5"], "{program} {args:?}");
            assert!(coverage.is_complete(), "{program} {args:?}: {:?}", skipped(&coverage));
        }
    }
}

#[test]
fn tars() {
    let world = World::empty();
    let long = format!("{}/{}", "d".repeat(90), "f".repeat(90));
    world.write("dir/x", std::str::from_utf8(&text(1)).unwrap());
    world.write(&long, std::str::from_utf8(&text(2)).unwrap());
    std::os::unix::fs::symlink("dir/x", world.repo.join("link")).unwrap();
    std::fs::hard_link(world.repo.join("dir/x"), world.repo.join("hard")).unwrap();
    let sparse = std::fs::File::create(world.repo.join("sparse")).unwrap();
    sparse.set_len(5 << 20).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&sparse, &text(3), 3 << 20).unwrap();
    for format in ["gnu", "oldgnu", "pax", "posix", "ustar"] {
        for more in [&["--sparse"][..], &[]] {
            let run = Command::new("tar")
                .args(["-c", "--sort=name", "--format", format])
                .args(if format == "ustar" { &[] } else { more })
                .arg("-C")
                .arg(&world.repo)
                .args(["dir", "hard", "link", "sparse", &long])
                .output();
            let Ok(output) = run else { return };
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let (coverage, found) = scan_named("a.tar", &output.stdout);
            assert!(coverage.is_complete(), "{format} {more:?}: {:?}", skipped(&coverage));
            let names: Vec<_> =
                found.iter().map(|it| it.location.archive.clone().unwrap().to_string()).collect();
            assert!(names.contains(&"dir/x".to_owned()), "{format}: {names:?}");
            assert!(names.contains(&long), "{format}: {names:?}");
            assert!(names.contains(&"sparse".to_owned()), "{format} {more:?}: {names:?}");
            assert_eq!(names.len(), 3, "{format} {more:?}: {names:?}");
        }
    }
}

#[test]
fn zips() {
    let world = World::empty();
    world.write("dir/x", &String::from_utf8(text(1).repeat(20)).unwrap());
    let zip = |args: &[&str], suffix: &str| {
        let path = world.root().join(format!("made{suffix}"));
        drop(std::fs::remove_file(&path));
        let mut command = Command::new("zip");
        command.current_dir(&world.repo).arg("-q").args(args).arg(&path).args(["-r", "dir"]);
        command
            .output()
            .ok()
            .filter(|it| it.status.success())
            .map(|_| std::fs::read(&path).unwrap())
    };
    let runs: [&[&str]; 6] = [&[], &["-0"], &["-9"], &["-Z", "bzip2"], &["-fd"], &["-fz"]];
    for args in runs {
        let Some(packed) = zip(args, ".zip") else { continue };
        let (coverage, found) = scan_named("a.zip", &packed);
        assert_eq!(found.len(), 20, "{args:?}");
        assert!(lines(&found)[0].starts_with("1 dir/x:"), "{args:?}");
        assert!(coverage.is_complete(), "{args:?}: {:?}", skipped(&coverage));
    }
    if let Some(locked) = zip(&["-P", "a password"], "-locked.zip") {
        let (coverage, found) = scan_named("a.zip", &locked);
        assert!(found.is_empty());
        assert_eq!(skipped(&coverage), ["a.zip!dir/x: encrypted archive"]);
    }
}

#[test]
fn python() {
    let script = "
import io, sys, zipfile, tarfile
content = sys.stdin.buffer.read()
kind, method = sys.argv[1], sys.argv[2]
out = io.BytesIO()
if kind == 'zip':
    with zipfile.ZipFile(out, 'w', getattr(zipfile, method)) as archive:
        with archive.open('x', 'w', force_zip64=True) as member:
            member.write(content)
        archive.comment = b'a comment'
else:
    with tarfile.open(fileobj=out, mode='w:' + method) as archive:
        info = tarfile.TarInfo('x')
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
sys.stdout.buffer.write(out.getvalue())
";
    for (kind, method) in [
        ("zip", "ZIP_STORED"),
        ("zip", "ZIP_DEFLATED"),
        ("zip", "ZIP_BZIP2"),
        ("zip", "ZIP_LZMA"),
        ("tar", ""),
    ] {
        if let Some(packed) = tool("python3", &["-c", script, kind, method], &text(1)) {
            check(&format!("{method}.{kind}"), &packed, &["1 x:2:5"]);
        }
    }
}
