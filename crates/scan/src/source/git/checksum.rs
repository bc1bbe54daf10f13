//! The checksum at the end of an index. The library computes it in a way that notices collisions,
//! which are no matter here: whoever could make one could write any checksum. That is a quarter of
//! all instructions of a staged scan.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use sha1::Digest;

/// Bytes that are read at a time.
const BLOCK: usize = 64 * 1024;

/// Whether the library has to compute it: that of an index in two files, where one names the other.
pub(crate) fn is_for_library(index: &Path) -> bool {
    let beside = index.parent().map(fs::read_dir);
    let mut names = beside.into_iter().flatten().flatten().flatten().map(|it| it.file_name());
    names.any(|name| name.as_encoded_bytes().starts_with(b"sharedindex."))
}

/// Compares an index with its checksum, if it has one. An index that is not there is none.
///
/// # Errors
/// It cannot be read, or is not as it was written.
pub(crate) fn verify(index: &Path, hash: gix::hash::Kind) -> io::Result<()> {
    let file = match File::open(index) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    match hash {
        gix::hash::Kind::Sha1 => compare::<sha1::Sha1>(file),
        _ => compare::<sha2::Sha256>(file),
    }
}

fn compare<D: Digest>(mut file: File) -> io::Result<()> {
    let width = <D as Digest>::output_size();
    let (mut sum, mut buffer, mut held) = (D::new(), vec![0; BLOCK + width], 0);
    loop {
        match file.read(&mut buffer[held..])? {
            0 => break,
            read => held += read,
        }
        // The last bytes may be the checksum.
        let body = held.saturating_sub(width);
        sum.update(&buffer[..body]);
        buffer.copy_within(body..held, 0);
        held -= body;
    }
    let written = &buffer[..held];
    // One that is too short is for the reader to refuse; one of zeroes was not computed by git either.
    let is_it =
        held < width || written.iter().all(|byte| *byte == 0) || *written == *sum.finalize();
    if is_it { Ok(()) } else { Err(io::Error::other("its checksum is that of another content")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_counts_wherever_the_blocks_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("index");
        let verify = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            verify(&path, gix::hash::Kind::Sha1).is_ok()
        };
        for len in [0, 1, BLOCK - 20, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 20, 3 * BLOCK + 7] {
            let body = vec![7; len];
            let mut bytes = [&body[..], &sha1::Sha1::digest(&body)].concat();
            assert!(verify(&bytes), "{len}");
            for at in [0, len / 2, len + 19] {
                bytes[at] ^= 1;
                assert!(!verify(&bytes), "{len}: {at}");
                bytes[at] ^= 1;
            }
            bytes[len..].fill(0);
            assert!(verify(&bytes), "{len}: not computed");
        }
        fs::remove_file(&path).unwrap();
        assert!(super::verify(&path, gix::hash::Kind::Sha1).is_ok());
    }
}
