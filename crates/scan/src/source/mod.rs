//! Sources: everything in this crate that reads a file, a stream or a repository.
//!
//! Each source takes its input, a [`Detector`](crate::Detector), [`Options`](crate::Options) and
//! a sink for findings, and returns the coverage. What cannot be read within a source is an entry
//! of the coverage; a source that cannot begin is an error.

#[cfg(any(feature = "tree", feature = "git"))]
mod file;
#[cfg(feature = "git")]
pub mod git;
mod stdin;
pub(crate) mod stream;
#[cfg(feature = "tree")]
mod tree;
#[cfg(feature = "tree")]
mod walk;

pub use stdin::stdin;
#[cfg(feature = "tree")]
pub use tree::tree;

#[cfg(test)]
pub(crate) mod testing {
    //! Tokens for unit tests, minted when they run: no file holds one.

    use patrol_token::{Entropy, EntropyError, PlainToken, TokenId};

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            buffer.fill(self.0);
            Ok(())
        }
    }

    pub(crate) fn token(prefix: &str, seed: u8) -> String {
        let prefix = prefix.parse().unwrap();
        let id = TokenId::new(1_700_000_000_000, [seed; 10]);
        PlainToken::mint(&prefix, id, &Fixed(seed)).unwrap().expose().to_owned()
    }
}
