//! Archives made when a test runs: by hand where they are to be hostile, by the real tools where
//! the machine has them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use flate2::{Compression, Crc, GzBuilder, write};

pub(crate) fn gzip(name: &str, content: &[u8]) -> Vec<u8> {
    gzip_with(GzBuilder::new().filename(name), content)
}

pub(crate) fn gzip_with(header: GzBuilder, content: &[u8]) -> Vec<u8> {
    let mut encoder = header.write(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(6);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The format before xz, with the size in its header or an end mark.
pub(crate) fn lzma_alone(content: &[u8], has_size: bool) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(6);
    let size = has_size.then_some(content.len() as u64);
    let mut encoder = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, size).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// In the form `newc`, or `odc`.
pub(crate) fn cpio(members: &[(&str, &[u8])], is_old: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, content) in members.iter().copied().chain([("TRAILER!!!", &b""[..])]) {
        let (named, size) = (name.len() + 1, content.len());
        if is_old {
            let zeros = "0".repeat(42);
            out.extend(format!("070707{zeros}{:011o}{named:06o}{size:011o}", 0).into_bytes());
        } else {
            let (zeros, more) = ("0".repeat(48), "0".repeat(32));
            out.extend(format!("070701{zeros}{size:08X}{more}{named:08X}{:08X}", 0).into_bytes());
        }
        let fill = |out: &mut Vec<u8>| {
            let step = if is_old { 1 } else { 4 };
            out.resize(out.len().next_multiple_of(step), 0);
        };
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        fill(&mut out);
        out.extend_from_slice(content);
        fill(&mut out);
    }
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// A package of the rpm family around a compressed archive.
pub(crate) fn rpm(payload: &[u8]) -> Vec<u8> {
    let mut out = b"\xed\xab\xee\xdb\x03\0".to_vec();
    out.resize(96, 0);
    for (entries, bytes) in [(1u32, 5u32), (2, 7)] {
        out.extend(b"\x8e\xad\xe8\x01\0\0\0\0");
        out.extend(entries.to_be_bytes());
        out.extend(bytes.to_be_bytes());
        out.resize(out.len() + (16 * entries + bytes) as usize, b'h');
        if entries == 1 {
            out.resize(out.len().next_multiple_of(8), 0);
        }
    }
    out.extend_from_slice(payload);
    out
}

pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(crate) fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = write::DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = write::ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// What a program makes of its input, if the machine has it.
pub(crate) fn tool(program: &str, args: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    });
    assert!(output.status.success(), "{program} {args:?}");
    Some(output.stdout)
}

/// One header of a tar, and the content behind it.
pub(crate) fn tar_member(kind: u8, name: &[u8], link: &[u8], content: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[136..147].copy_from_slice(b"00000000000");
    header[156] = kind;
    header[157..157 + link.len()].copy_from_slice(link);
    header[257..265].copy_from_slice(b"ustar\x0000");
    tar_sum(&mut header);
    let mut out = header.to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// Puts a header's checksum right.
pub(crate) fn tar_sum(header: &mut [u8; 512]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, content) in members {
        out.extend(tar_member(b'0', name.as_bytes(), b"", content));
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// A member of a zip, and in what it is strange.
#[derive(Clone, Default)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The name in its own header, if that is another one.
    pub(crate) local_name: Option<String>,
    pub(crate) content: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) comment: String,
    /// Not in the directory.
    pub(crate) is_hidden: bool,
    /// What the headers say of the compressed size, if not the truth.
    pub(crate) packed: Option<u32>,
    pub(crate) crc: Option<u32>,
    /// Use this instead of what the method makes of the content.
    pub(crate) data: Option<Vec<u8>>,
}

impl Entry {
    pub(crate) fn new(name: &str, method: u16, content: &[u8]) -> Self {
        Self { name: name.to_owned(), method, content: content.to_vec(), ..Self::default() }
    }

    fn data(&self) -> Vec<u8> {
        if let Some(data) = &self.data {
            return data.clone();
        }
        match self.method {
            8 => deflate(&self.content),
            12 => bzip2(&self.content),
            14 => lzma(&self.content),
            93 => zstd(&self.content),
            95 => xz(&self.content),
            _ => self.content.clone(),
        }
    }

    /// Flags, method, time, checksum, sizes.
    fn common(&self, data: &[u8]) -> Vec<u8> {
        let mut crc = Crc::new();
        crc.update(&self.content);
        let mut out = Vec::new();
        out.extend_from_slice(&self.flags.to_le_bytes());
        out.extend_from_slice(&self.method.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.crc.unwrap_or(crc.sum()).to_le_bytes());
        out.extend_from_slice(&self.packed.unwrap_or(data.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.content.len() as u32).to_le_bytes());
        out
    }
}

/// LZMA as in a zip: a version, the length of the properties, the properties, the stream.
fn lzma(content: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(6);
    let mut stream = lzma_rust2::LzmaWriter::new_no_header(Vec::new(), &options, false).unwrap();
    stream.write_all(content).unwrap();
    let mut out = vec![9, 20, 5, 0, options.get_props()];
    out.extend_from_slice(&options.dict_size.to_le_bytes());
    out.extend(stream.finish().unwrap());
    out
}

pub(crate) fn zip(entries: &[Entry]) -> Vec<u8> {
    zip_with(entries, "", b"")
}

pub(crate) fn zip_with(entries: &[Entry], comment: &str, before: &[u8]) -> Vec<u8> {
    let (mut out, mut directory) = (before.to_vec(), Vec::new());
    let mut count = 0u16;
    for entry in entries {
        let data = entry.data();
        let at = (out.len() - before.len()) as u32;
        let local_name = entry.local_name.as_ref().unwrap_or(&entry.name);
        out.extend_from_slice(b"PK\x03\x04\x14\0");
        let mut common = entry.common(&data);
        if entry.flags & 8 != 0 {
            common[8..20].fill(0); // they stand behind
        }
        out.extend_from_slice(&common);
        out.extend_from_slice(&(local_name.len() as u16).to_le_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(local_name.as_bytes());
        out.extend_from_slice(&data);
        if entry.flags & 8 != 0 {
            out.extend_from_slice(b"PK\x07\x08");
            out.extend_from_slice(&entry.common(&data)[8..20]);
        }
        if entry.is_hidden {
            continue;
        }
        count += 1;
        directory.extend_from_slice(b"PK\x01\x02\x14\x03\x14\0");
        directory.extend_from_slice(&entry.common(&data));
        directory.extend_from_slice(&(entry.name.len() as u16).to_le_bytes());
        directory.extend_from_slice(&[0, 0]);
        directory.extend_from_slice(&(entry.comment.len() as u16).to_le_bytes());
        directory.extend_from_slice(&[0; 8]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(entry.name.as_bytes());
        directory.extend_from_slice(entry.comment.as_bytes());
    }
    let start = (out.len() - before.len()) as u32;
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&(comment.len() as u16).to_le_bytes());
    out.extend_from_slice(comment.as_bytes());
    out
}

/// A PDF with one object: its dictionary's filter, and the bytes of its stream.
pub(crate) fn pdf(filter: &str, stream: &[u8]) -> Vec<u8> {
    let length = stream.len();
    let mut out = b"%PDF-1.7\n".to_vec();
    write!(out, "7 0 obj\n<< /Length {length} /Filter {filter} >>\nstream\r\n").unwrap();
    out.extend_from_slice(stream);
    out.extend_from_slice(b"\nendstream\nendobj\ntrailer << >>\n%%EOF\n");
    out
}

/// A PNG with one chunk between its first and its last one.
pub(crate) fn png(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let header: &[u8] = &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0];
    for (kind, data) in [(b"IHDR", header), (kind, data), (b"IEND", b"")] {
        let mut crc = Crc::new();
        crc.update(kind);
        crc.update(data);
        out.extend_from_slice(&(data.len() as u32).to_be_bytes());
        out.extend_from_slice(kind);
        out.extend_from_slice(data);
        out.extend_from_slice(&crc.sum().to_be_bytes());
    }
    out
}

pub(crate) fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in members {
        writeln!(out, "{:<48}{:<10}`", format!("{name}/"), content.len()).unwrap();
        out.extend_from_slice(content);
        if content.len() % 2 == 1 {
            out.push(b'\n');
        }
    }
    out
}
