//! The decoders of single streams, and the memory each of them may take.

use std::io::{self, BufRead, Read};

use bzip2::bufread::BzDecoder;
use flate2::GzHeader;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder, StreamingDecoder};

use super::bounds::{Bounds, Reserved};
use super::job::Fault;
use super::kind::Kind;
use crate::Reason;

/// What a bzip2 decoder takes: four bytes for each of a block's 900,000, and its tables.
const BZIP2: u64 = 4 * 1024 * 1024;

/// What an xz, LZMA or zstd decoder takes beside its dictionary.
pub(super) const TABLES: u64 = 1024 * 1024;

/// One stream of a kind that holds a single content.
pub(super) struct Decoder<'b, R: BufRead> {
    stream: Stream<R>,
    _memory: Option<Reserved<'b>>,
}

enum Stream<R: BufRead> {
    Gzip(Box<GzDecoder<R>>),
    Zlib(Box<ZlibDecoder<R>>),
    Bzip2(BzDecoder<R>),
    Xz(Box<XzReader<R>>),
    Lzma(Box<LzmaReader<R>>),
    Zstd(Box<Frame<R>>),
}

impl<'b, R: BufRead> Decoder<'b, R> {
    /// Begins at a stream whose first bytes are `head`.
    pub(super) fn begin(
        bounds: &'b Bounds,
        kind: Kind,
        head: &[u8],
        mut input: R,
    ) -> Result<Self, Fault> {
        let (stream, memory) = match kind {
            Kind::Bzip2 => {
                let memory = reserve(bounds, BZIP2)?;
                (Stream::Bzip2(BzDecoder::new(input)), Some(memory))
            }
            Kind::Xz => {
                let memory = reserve(bounds, xz_dictionary(head).saturating_add(TABLES))?;
                let kib = u32::try_from(memory.bytes() / 1024).unwrap_or(u32::MAX);
                let reader = XzReader::new_mem_limit(input, false, kib);
                (Stream::Xz(Box::new(reader)), Some(memory))
            }
            Kind::Lzma => {
                let mut header = [0; 13];
                input.read_exact(&mut header)?;
                let [properties, a, b, c, d, size @ ..] = header;
                let size = u64::from_le_bytes(size);
                // More than the content is never used; four kilobytes is the least that is taken.
                let dictionary = u64::from(u32::from_le_bytes([a, b, c, d])).min(size).max(4096);
                let memory = reserve(bounds, dictionary.saturating_add(TABLES))?;
                let dictionary = u32::try_from(dictionary).unwrap_or(u32::MAX);
                let reader = LzmaReader::new_with_props(input, size, properties, dictionary, None)?;
                (Stream::Lzma(Box::new(reader)), Some(memory))
            }
            Kind::Zlib => (Stream::Zlib(Box::new(ZlibDecoder::new(input))), None),
            Kind::Zstd => {
                let (window, has_dictionary) = zstd_frame(head);
                if has_dictionary {
                    let detail = "it needs a dictionary that is not in it";
                    return Err(Fault::new(Reason::Unsupported, detail));
                }
                // The decoder keeps twice the window at worst, when its ring has to grow.
                let memory = reserve(bounds, window.saturating_mul(2).saturating_add(TABLES))?;
                let decoder = StreamingDecoder::new_with_max_window_size(input, window)
                    .map_err(|error| Fault::damaged(crate::error::reason(&error)))?;
                (Stream::Zstd(Box::new(Frame { decoder, error: None })), Some(memory))
            }
            _ => (Stream::Gzip(Box::new(GzDecoder::new(input))), None),
        };
        Ok(Self { stream, _memory: memory })
    }

    /// What a gzip stream says about itself, and where it comes from.
    pub(super) fn gzip(&self) -> Option<(Option<&GzHeader>, &R)> {
        match &self.stream {
            Stream::Gzip(decoder) => Some((decoder.header(), decoder.get_ref())),
            _ => None,
        }
    }

    /// What follows the stream, once it was read to its end.
    pub(super) fn into_inner(self) -> R {
        match self.stream {
            Stream::Gzip(decoder) => decoder.into_inner(),
            Stream::Zlib(decoder) => decoder.into_inner(),
            Stream::Lzma(decoder) => decoder.into_inner(),
            Stream::Bzip2(decoder) => decoder.into_inner(),
            Stream::Xz(decoder) => decoder.into_inner(),
            Stream::Zstd(frame) => frame.decoder.into_inner(),
        }
    }
}

impl<R: BufRead> Read for Decoder<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Gzip(decoder) => decoder.read(buffer),
            Stream::Zlib(decoder) => decoder.read(buffer),
            Stream::Lzma(decoder) => decoder.read(buffer),
            Stream::Bzip2(decoder) => decoder.read(buffer),
            Stream::Xz(decoder) => decoder.read(buffer),
            Stream::Zstd(frame) => frame.read(buffer),
        }
    }
}

/// A frame of zstd.
struct Frame<R: Read> {
    decoder: StreamingDecoder<R, FrameDecoder>,
    /// The error that is told once all that came before it was.
    error: Option<io::Error>,
}

impl<R: Read> Read for Frame<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.decoder.read(buffer) {
            Err(error) if self.error.is_none() => {
                self.error = Some(error);
                // The decoder keeps back a window of what it has, up to the frame's end. So it is
                // given one: an empty last block, and a checksum.
                let end = b"\x01\0\0\0\0\0\0".as_slice();
                let one = BlockDecodingStrategy::UptoBlocks(1);
                match self.decoder.decoder.decode_blocks(end, one) {
                    Ok(_) => self.decoder.read(buffer)?,
                    Err(_) => 0,
                }
            }
            other => other?,
        };
        if read > 0 || buffer.is_empty() {
            return Ok(read);
        }
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let decoder = &self.decoder.decoder;
        match decoder.get_checksum_from_data() {
            Some(sum) if Some(sum) != decoder.get_calculated_checksum() => {
                Err(damaged("its checksum is wrong"))
            }
            _ => Ok(0),
        }
    }
}

/// Takes memory for a decoder.
pub(super) fn reserve(bounds: &Bounds, bytes: u64) -> Result<Reserved<'_>, Fault> {
    bounds.reserve(bytes).ok_or_else(|| {
        let mib = bytes.div_ceil(1024 * 1024);
        Fault::new(Reason::ArchiveBound, format!("it needs {mib} MiB of memory to be read"))
    })
}

pub(super) fn damaged(detail: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail)
}

/// The dictionary that the first block of an xz stream asks for. A later block that asks for more
/// is refused by the decoder.
fn xz_dictionary(head: &[u8]) -> u64 {
    const SMALLEST: u64 = 4096;
    const LZMA2: u64 = 0x21;
    let parse = || {
        let mut rest = head.get(13..)?; // stream header, and the size of the block header
        let flags = *rest.split_off_first()?;
        for bit in [0x40, 0x80] {
            if flags & bit != 0 {
                varint(&mut rest)?;
            }
        }
        for _ in 0..=flags & 3 {
            let (id, size) = (varint(&mut rest)?, varint(&mut rest)?);
            let properties = rest.split_off(..usize::try_from(size).ok()?)?;
            if let (LZMA2, [bits]) = (id, properties) {
                return match bits {
                    0..40 => Some(u64::from(2 | (bits & 1)) << (bits / 2 + 11)),
                    _ => Some(u64::from(u32::MAX)),
                };
            }
        }
        None
    };
    parse().unwrap_or(SMALLEST).max(SMALLEST)
}

/// A number in seven bits a byte, the lowest first.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let byte = *rest.split_off_first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The window that a zstd frame asks for, and whether it asks for a dictionary (RFC 8878, 3.1.1.1).
fn zstd_frame(head: &[u8]) -> (u64, bool) {
    let parse = || {
        let mut rest = head.get(4..)?;
        let descriptor = *rest.split_off_first()?;
        let is_single = descriptor & 0x20 != 0;
        let mut window = 0;
        if !is_single {
            let byte = *rest.split_off_first()?;
            let base = 1u64 << (10 + (byte >> 3));
            window = base + base / 8 * u64::from(byte & 7);
        }
        let dictionary = rest.split_off(..[0, 1, 2, 4][usize::from(descriptor & 3)])?;
        if is_single {
            let size = rest.get(..[1, 2, 4, 8][usize::from(descriptor >> 6)])?;
            let add = if size.len() == 2 { 256 } else { 0 };
            let number = size.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            window = number.saturating_add(add);
        }
        Some((window, dictionary.iter().any(|byte| *byte != 0)))
    };
    parse().unwrap_or((0, false))
}

#[cfg(test)]
mod tests {
    use super::{xz_dictionary, zstd_frame};

    #[test]
    fn what_headers_ask_for() {
        // As the tools write them: `xz -6`, `xz -9`; `zstd -3`, and of a known size.
        let mut xz = [0; 24];
        xz[12..18].copy_from_slice(&[2, 0, 0x21, 1, 0x16, 0]);
        assert_eq!(xz_dictionary(&xz), 8 << 20);
        xz[16] = 0x1c;
        assert_eq!(xz_dictionary(&xz), 64 << 20);
        xz[16] = 40;
        assert_eq!(xz_dictionary(&xz), u64::from(u32::MAX));
        assert_eq!(zstd_frame(b"\x28\xb5\x2f\xfd\x04\x58"), (2 << 20, false));
        assert_eq!(zstd_frame(b"\x28\xb5\x2f\xfd\x60\x01\x01"), (513, false));
        assert_eq!(zstd_frame(b"\x28\xb5\x2f\xfd\x01\x58\x07"), (2 << 20, true));
        assert_eq!(zstd_frame(b"\x28"), (0, false));
    }
}
