//! PDF: streams compressed with Flate, written in ASCII or not (ISO 32000-1, 7.3.8 and 7.4).
//!
//! Streams are found by their keyword and not by the file's table, so that those of older
//! revisions and those nothing refers to are read too.

use std::io::{self, BufRead as _, Read};

use flate2::bufread::ZlibDecoder;
use memchr::memmem;

use super::Inside;
use super::bytes::{Bytes, Finder, Span, some};
use super::job::{Fault, Job, Path};
use super::member;
use crate::Reason;

/// Bytes before a stream in which its dictionary is looked for.
const DICTIONARY: u64 = 4096;

/// A filter of a stream, by its name and its short name.
const FILTERS: [(&[u8], &[u8], Filter); 9] = [
    (b"/FlateDecode", b"/Fl", Filter::Flate),
    (b"/ASCIIHexDecode", b"/AHx", Filter::Hex),
    (b"/ASCII85Decode", b"/A85", Filter::Base85),
    (b"/LZWDecode", b"/LZW", Filter::Other),
    (b"/RunLengthDecode", b"/RL", Filter::Other),
    (b"/DCTDecode", b"/DCT", Filter::Picture),
    (b"/CCITTFaxDecode", b"/CCF", Filter::Picture),
    (b"/JPXDecode", b"/JPX", Filter::Picture),
    (b"/JBIG2Decode", b"/JBIG2", Filter::Picture),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Flate,
    Hex,
    Base85,
    Other,
    /// One of pictures (JPEG, fax): what it makes holds no text.
    Picture,
}

/// Opens the document that `whole` is.
pub(super) fn open(
    job: &Job<'_>,
    path: &Path<'_>,
    whole: &dyn Bytes,
    inside: &mut Inside,
) -> Result<(), Fault> {
    let mut finder = Finder::new(whole);
    let is_encrypted = finder.find(b"/Encrypt", 0, whole.len())?.is_some();
    let mut finder = Finder::new(whole);
    let mut from = 0;
    while let Some(at) = finder.find(b"stream", from, whole.len())? {
        from = at + 6;
        if job.has_stopped() {
            return Ok(());
        }
        let behind = some(whole, from, 2)?;
        let data = match behind.as_slice() {
            [b'\r', b'\n'] => from + 2,
            [b'\n' | b'\r', ..] => from + 1,
            _ => continue,
        };
        let start = at.saturating_sub(DICTIONARY);
        let before = some(whole, start, (at - start) as usize)?;
        let object = memmem::rfind(&before, b" obj").unwrap_or(0);
        let filters = filters(&before[object..]);
        if filters.is_empty() || before.ends_with(b"end") {
            continue;
        }
        if is_encrypted {
            return Err(Fault::new(Reason::Encrypted, "its streams need a password"));
        }
        let name = name(&before[..object], at);
        let inner = path.unnamed(job, name.as_bytes());
        from = stream(job, &inner, Span::new(whole, data, whole.len()), &filters, inside)?;
    }
    Ok(())
}

/// Searches one stream, and answers where it ends.
fn stream(
    job: &Job<'_>,
    path: &Path<'_>,
    mut span: Span<'_>,
    filters: &[Filter],
    inside: &mut Inside,
) -> Result<u64, Fault> {
    let start = span.position();
    let mut text;
    let mut decode = |read: &mut dyn Read| member::search(job, path, read, inside);
    match filters {
        [Filter::Flate] => decode(&mut ZlibDecoder::new(&mut span)),
        [Filter::Hex | Filter::Base85] => {
            text = Ascii::new(&mut span, filters[0]);
            decode(&mut text)
        }
        [Filter::Hex | Filter::Base85, Filter::Flate] => {
            text = Ascii::new(&mut span, filters[0]);
            decode(&mut ZlibDecoder::new(io::BufReader::new(text)))
        }
        _ => {
            let detail = "a filter of this stream cannot be read";
            job.fault(path, &Fault::new(Reason::Unsupported, detail));
            return Ok(start);
        }
    };
    Ok(span.position().max(start))
}

/// The filters that a dictionary names, in the order in which they are to be undone. That of a
/// picture is the last one of an honest stream and is left as it is. Anywhere else it stays in the
/// list, so that the stream is told of: its name alone, which may stand anywhere in a dictionary,
/// hides nothing.
fn filters(dictionary: &[u8]) -> Vec<Filter> {
    let mut found = Vec::new();
    for (name, short, filter) in FILTERS {
        for name in [name, short] {
            found.extend(memmem::find_iter(dictionary, name).filter_map(|at| {
                let next = dictionary.get(at + name.len()).copied().unwrap_or(b' ');
                (!next.is_ascii_alphanumeric()).then_some((at, filter))
            }));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    let mut filters: Vec<_> = found.into_iter().map(|(_, filter)| filter).collect();
    if filters.last() == Some(&Filter::Picture) {
        filters.pop();
    }
    filters
}

/// What a stream is called: the object it is in, or where it stands.
fn name(before_obj: &[u8], at: u64) -> String {
    let line = before_obj.rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let numbers = std::str::from_utf8(line).ok().map(str::trim).filter(|text| {
        text.len() < 32
            && text.contains(' ')
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ')
    });
    match numbers {
        Some(numbers) => format!("object {numbers}"),
        None => format!("stream at {at}"),
    }
}

/// Undoes hexadecimal digits or base 85, up to the `>` or `~>` that ends them.
struct Ascii<'s, 'b> {
    input: &'s mut Span<'b>,
    filter: Filter,
    digits: Vec<u8>,
    ready: Vec<u8>,
    is_over: bool,
}

impl<'s, 'b> Ascii<'s, 'b> {
    fn new(input: &'s mut Span<'b>, filter: Filter) -> Self {
        Self { input, filter, digits: Vec::new(), ready: Vec::new(), is_over: false }
    }

    /// Takes some text, and makes bytes of whole groups; at the end also of what is left.
    fn refill(&mut self) -> io::Result<()> {
        let piece = self.input.fill_buf()?;
        // `>` is also a digit of base 85.
        let mark = if self.filter == Filter::Hex { b'>' } else { b'~' };
        let end = piece.iter().position(|byte| *byte == mark);
        self.is_over = end.is_some() || piece.is_empty();
        let taken = &piece[..end.unwrap_or(piece.len())];
        self.digits.extend(taken.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != 0));
        let n = taken.len();
        self.input.consume(n);
        let group = if self.filter == Filter::Hex { 2 } else { 5 };
        let mut used = 0;
        while used < self.digits.len() {
            let rest = &self.digits[used..];
            if self.filter == Filter::Base85 && rest[0] == b'z' {
                self.ready.extend_from_slice(&[0; 4]);
                used += 1;
                continue;
            }
            if rest.len() < group && !self.is_over {
                break;
            }
            let digits = &rest[..group.min(rest.len())];
            let bytes = if group == 2 { hexadecimal(digits) } else { base85(digits) };
            let bytes = bytes.ok_or_else(|| super::decode::damaged("a digit is none"))?;
            self.ready.extend_from_slice(&bytes);
            used += digits.len();
        }
        self.digits.drain(..used);
        Ok(())
    }
}

/// One or two digits.
fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |at: usize| match digits.get(at) {
        Some(byte) => char::from(*byte).to_digit(16),
        None => Some(0),
    };
    u8::try_from(digit(0)? << 4 | digit(1)?).ok().map(|byte| vec![byte])
}

/// Two to five digits, for one byte less.
fn base85(digits: &[u8]) -> Option<Vec<u8>> {
    let mut number = 0u64;
    for at in 0..5 {
        let digit = digits.get(at).copied().unwrap_or(b'u');
        number = number * 85 + u64::from(digit.checked_sub(b'!').filter(|digit| *digit < 85)?);
    }
    let bytes = u32::try_from(number).ok()?.to_be_bytes();
    Some(bytes[..digits.len() - 1].to_vec())
}

impl Read for Ascii<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() && !self.is_over {
            self.refill()?;
        }
        let n = self.ready.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.ready[..n]);
        self.ready.drain(..n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, base85, filters, hexadecimal, name};

    #[test]
    fn dictionaries() {
        assert_eq!(filters(b"<< /Length 3 /Filter /FlateDecode >>"), [Filter::Flate]);
        let both = b"<</Filter[/A85 /Fl]/Length 3>>";
        assert_eq!(filters(both), [Filter::Base85, Filter::Flate]);
        assert_eq!(filters(b"<</Length 3/Flush 1>>"), []);
        assert_eq!(filters(b"<</Filter/DCTDecode>>"), []);
        assert_eq!(filters(b"<</Filter[/FlateDecode/DCTDecode]>>"), [Filter::Flate]);
        let first = b"<</Note/DCTDecode/Filter/FlateDecode>>";
        assert_eq!(filters(first), [Filter::Picture, Filter::Flate]);
        assert_eq!(name(b"%PDF-1.4\n12 0", 99), "object 12 0");
        assert_eq!(name(b"", 99), "stream at 99");
    }

    #[test]
    fn groups_of_digits() {
        assert_eq!(hexadecimal(b"4A"), Some(vec![0x4a]));
        assert_eq!(hexadecimal(b"4"), Some(vec![0x40]));
        assert_eq!(hexadecimal(b"x4"), None);
        assert_eq!(base85(b"9jqo^"), Some(b"Man ".to_vec()));
        assert_eq!(base85(b"9jn"), Some(b"Ma".to_vec()));
        assert_eq!(base85(b"uuuuu"), None);
    }
}
