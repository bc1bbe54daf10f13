//! No room and no right to write: an error in words, nothing acknowledged lost, and all is well
//! when there is room again.

use std::path::Path;
use std::process::Command;

use crate::world::{command, run, stderr};

/// A small file system of its own; `None` where this process may not mount one.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "patrol-test"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self { folder });
        }
        eprintln!("LEFT OUT: this process may not mount a small file system");
        None
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", options]).arg(self.path()).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.folder.path()).status().ok();
    }
}

fn patrol(disk: &SmallDisk, args: &[&str], stdin: &str) -> std::process::Output {
    run(command(disk.path(), &disk.path().join("ledger.db"), args), stdin)
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount() else { return };
    assert!(patrol(&disk, &["init"], "").status.success());
    let mut kept = Vec::new();
    let error = loop {
        let name = "x".repeat(255);
        let output = patrol(&disk, &["issue", "--owner", "alice", "--name", &name, "-q"], "");
        if !output.status.success() {
            break output;
        }
        kept.push(String::from_utf8(output.stdout).unwrap());
        assert!(kept.len() < 2000, "the disk never fills");
    };
    let said = stderr(&error);
    assert_eq!(error.status.code(), Some(4), "{said}");
    assert!(said.contains("full"), "{said}");
    // Verifying needs no room.
    for token in [&kept[0], &kept[kept.len() - 1]] {
        let output = patrol(&disk, &["verify"], token);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    disk.remount("remount,size=8m");
    assert!(patrol(&disk, &["issue", "--owner", "bob", "--name", "n"], "").status.success());
    let check = patrol(&disk, &["check"], "");
    assert!(check.status.success(), "{}{}", String::from_utf8_lossy(&check.stdout), stderr(&check));
    for token in &kept {
        assert!(patrol(&disk, &["verify"], token).status.success());
    }
}

#[test]
fn a_read_only_directory_is_said() {
    let Some(disk) = SmallDisk::mount() else { return };
    assert!(patrol(&disk, &["init"], "").status.success());
    disk.remount("remount,ro");
    for args in [&["init"][..], &["issue", "--owner", "a", "--name", "b"]] {
        let output = patrol(&disk, args, "");
        assert_eq!(output.status.code(), Some(4), "{args:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty());
    }
    let elsewhere = disk.path().join("new/ledger.db");
    let output = run(command(disk.path(), &elsewhere, &["init"]), "");
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("read-only file system"), "{}", stderr(&output));
}
