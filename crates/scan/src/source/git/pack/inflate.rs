//! Inflating one entry of a pack, whose size is known before.

use sirocco::Format;
use sirocco::inflate::Decoder;

/// A deflated stream of `n` bytes holds less than this times `n`: a match of 258 bytes takes two
/// bits at least.
pub(crate) const MAX_RATIO: usize = 1032;

/// A decoder that is used again and again.
pub(crate) struct Inflate {
    decoder: Box<Decoder>,
}

impl Inflate {
    pub(crate) fn new() -> Self {
        Self { decoder: Box::new(Decoder::new(Format::Zlib)) }
    }

    /// Inflates a whole stream that has to fill `out` and to use up `input`. Its own checksum is
    /// verified.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn whole(&mut self, input: &[u8], out: &mut [u8]) -> Result<(), &'static str> {
        self.decoder.reset();
        let size = out.len();
        match self.decoder.decompress(input, out, true) {
            Ok(it) if it.done => match (it.output.len() == size, it.consumed == input.len()) {
                (true, true) => Ok(()),
                (true, false) => Err("what follows it in its pack is not listed"),
                (false, _) => Err("it is smaller than it says"),
            },
            Ok(_) => Err("it is larger than it says"),
            Err(_) => Err("it cannot be inflated"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Inflate;

    /// `hello` as a zlib stream of one stored block.
    fn stored() -> Vec<u8> {
        let mut bytes = vec![0x78, 0x01, 1, 5, 0, 0xfa, 0xff];
        bytes.extend(b"hello");
        bytes.extend(0x062c_0215_u32.to_be_bytes());
        bytes
    }

    #[test]
    fn fills_exactly_and_uses_up_everything() {
        let mut inflate = Inflate::new();
        let mut check = |input: &[u8], size: usize, wanted: Result<(), &str>| {
            let mut out = vec![0; size];
            assert_eq!(inflate.whole(input, &mut out), wanted);
            if wanted.is_ok() {
                assert_eq!(out, b"hello");
            }
        };
        let good = stored();
        check(&good, 5, Ok(()));
        check(&good, 6, Err("it is smaller than it says"));
        check(&good, 4, Err("it is larger than it says"));
        check(&[&good[..], b"x"].concat(), 5, Err("what follows it in its pack is not listed"));
        check(&good[..good.len() - 1], 5, Err("it cannot be inflated"));
        let mut wrong = good.clone();
        wrong[8] ^= 1;
        check(&wrong, 5, Err("it cannot be inflated"));
        check(b"", 0, Err("it cannot be inflated"));
        check(&good, 5, Ok(()));
    }
}
