//! Standard input.

use patrol_scan::source;

use crate::world::{collect, detector, token};

#[test]
fn a_stream_is_searched_once() {
    let long = "x".repeat(3 << 20);
    let text = format!("{}\r\n{long}{}", token(1), token(2));
    let options = Default::default();
    let (coverage, found) =
        collect(|sink| source::stdin(&mut text.as_bytes(), &detector(), &options, sink));
    let places: Vec<_> = found.iter().map(|it| (it.location.line, it.location.column)).collect();
    assert_eq!(places, [(1, 1), (2, (3 << 20) + 1)]);
    assert_eq!((coverage.files, coverage.bytes), (1, text.len() as u64));
    assert_ne!(found[0].place, found[1].place);
}

#[test]
fn a_broken_stream_is_not_clean() {
    struct Broken(bool);
    impl std::io::Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(std::io::Error::other("the pipe burst"));
            }
            let token = token(1);
            buffer[..token.len()].copy_from_slice(token.as_bytes());
            Ok(token.len())
        }
    }
    let options = Default::default();
    let (coverage, found) =
        collect(|sink| source::stdin(&mut Broken(false), &detector(), &options, sink));
    assert_eq!(found.len(), 1);
    assert!(!coverage.is_complete());
}
