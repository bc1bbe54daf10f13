//! The bounds that keep a bomb from holding a scan: what one outer file may cost.
//!
//! All of them are shared by everything that lies inside of one outer file, at every depth, so a
//! nested, an overlapping and a self-containing archive meet the same ones.

use std::cell::Cell;

const MIB: u64 = 1024 * 1024;

/// Bytes that any file may unpack to before the ratio counts: a few kilobytes of honest gzip may
/// well hold some megabytes of one and the same line.
const FREE: u64 = 10 * MIB;

/// Unpacked bytes for one byte of the outer file. Deflate cannot do more than 1,032 for one, so
/// this stops overlapping and nested bombs, and those of xz, bzip2 and zstd, while text and logs
/// stay below 100.
const RATIO: u64 = 1_000;

/// Unpacked bytes for any outer file: some ten seconds of work.
const TOTAL: u64 = 4 * 1024 * MIB;

/// And for each byte it has: a large backup may hold much, in proportion to the time that only
/// reading it takes.
const TOTAL_PER_BYTE: u64 = 8;

/// Members of any outer file. More than the sources of an operating system have.
const MEMBERS: u64 = 100_000;

/// Bytes of the outer file for one member more; no format has a member in fewer.
const BYTES_PER_MEMBER: u64 = 64;

/// Findings inside of one outer file. They are kept until their member's digest is known.
pub(super) const FINDINGS: u64 = 100_000;

/// Bytes of dictionaries and of nested archives held in memory, for one thread: the 64 MiB that
/// `xz -9` asks for, and what its decoder needs beside them. Windows to search in (under 1 MiB
/// for each level of nesting) come on top.
pub(super) const MEMORY: u64 = 66 * MIB;

/// Bytes of a nested archive whose format needs to be read from its end.
pub(super) const IN_MEMORY: u64 = 32 * MIB;

/// What was used up by one outer file.
#[derive(Debug)]
pub(super) struct Bounds {
    outer: Cell<u64>,
    unpacked: Cell<u64>,
    members: Cell<u64>,
    findings: Cell<u64>,
    memory: Cell<u64>,
}

/// The bound that was met, in words.
pub(super) type Met = &'static str;

impl Bounds {
    /// For an outer file of `outer` bytes.
    pub(super) fn new(outer: u64) -> Self {
        Self {
            outer: Cell::new(outer),
            unpacked: Cell::new(0),
            members: Cell::new(0),
            findings: Cell::new(0),
            memory: Cell::new(0),
        }
    }

    /// The outer file is a stream, of which so many bytes more were read.
    pub(super) fn grow(&self, bytes: u64) {
        self.outer.set(self.outer.get().saturating_add(bytes));
    }

    /// So many bytes more came out of some member.
    pub(super) fn unpack(&self, bytes: u64) -> Result<(), Met> {
        let (all, outer) = (self.unpacked.get().saturating_add(bytes), self.outer.get());
        self.unpacked.set(all);
        if all > FREE.saturating_add(outer.saturating_mul(RATIO)) {
            Err("it unpacks to more than 1,000 times its size")
        } else if all > TOTAL.saturating_add(outer.saturating_mul(TOTAL_PER_BYTE)) {
            Err("it unpacks to more than 4 GiB and 8 times its size")
        } else {
            Ok(())
        }
    }

    /// Bytes that came out of all members so far.
    pub(super) fn unpacked(&self) -> u64 {
        self.unpacked.get()
    }

    /// One member more.
    pub(super) fn member(&self) -> Result<(), Met> {
        self.members.set(self.members.get() + 1);
        match self.members.get() > MEMBERS + self.outer.get() / BYTES_PER_MEMBER {
            true => Err("it has more members than 100,000 and one for each 64 bytes"),
            false => Ok(()),
        }
    }

    /// One finding more.
    pub(super) fn finding(&self) -> Result<(), Met> {
        self.findings.set(self.findings.get() + 1);
        if self.findings.get() > FINDINGS {
            Err("it holds more than 100,000 findings")
        } else {
            Ok(())
        }
    }

    /// Takes memory until the guard is dropped; `None` if there is not so much left.
    pub(super) fn reserve(&self, bytes: u64) -> Option<Reserved<'_>> {
        let mut reserved = Reserved { bounds: self, bytes: 0 };
        reserved.more(bytes).then_some(reserved)
    }
}

/// Memory taken out of [`MEMORY`].
#[derive(Debug)]
pub(super) struct Reserved<'b> {
    bounds: &'b Bounds,
    bytes: u64,
}

impl Reserved<'_> {
    /// How much was taken.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes more; `false` if there is not so much left.
    pub(super) fn more(&mut self, bytes: u64) -> bool {
        let all = self.bounds.memory.get().saturating_add(bytes);
        let fits = all <= MEMORY;
        if fits {
            self.bounds.memory.set(all);
            self.bytes += bytes;
        }
        fits
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.bounds.memory.set(self.bounds.memory.get() - self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::{Bounds, FREE, IN_MEMORY, MEMORY};

    #[test]
    fn each_bound_is_met_at_its_edge() {
        let bounds = Bounds::new(10);
        assert!(bounds.unpack(FREE + 10_000).is_ok());
        assert!(bounds.unpack(1).is_err());
        let large = Bounds::new(1 << 30);
        assert!(large.unpack(12 << 30).is_ok());
        assert!(large.unpack(1).is_err());
        let members = Bounds::new(640);
        assert!((0..100_010).all(|_| members.member().is_ok()));
        assert!(members.member().is_err());
        assert!((0..100_000).all(|_| members.finding().is_ok()));
        assert!(members.finding().is_err());
    }

    #[test]
    fn memory_comes_back() {
        let bounds = Bounds::new(0);
        let mut one = bounds.reserve(IN_MEMORY).unwrap();
        assert!(one.more(MEMORY - IN_MEMORY) && !one.more(1));
        assert!(bounds.reserve(1).is_none());
        drop(one);
        assert!(bounds.reserve(MEMORY).is_some());
    }
}
