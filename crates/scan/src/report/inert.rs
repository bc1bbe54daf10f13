//! JSON that no CI server obeys: GitHub Actions and Azure Pipelines take `##[…` and `##vso[…`
//! anywhere on a line of a job's output for a command, inside a document, too.

use std::io;

use serde::Serialize;

/// Writes a document. A `#` behind another is written `\u0023`: in JSON each stands in a string, so
/// the values stay the same.
pub(super) fn json(
    value: &impl Serialize,
    is_pretty: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut out = Inert { out, is_behind: false };
    match is_pretty {
        true => serde_json::to_writer_pretty(&mut out, value)?,
        false => serde_json::to_writer(&mut out, value)?,
    }
    Ok(())
}

struct Inert<'o> {
    out: &'o mut dyn io::Write,
    /// The last byte was a `#`, written as it is.
    is_behind: bool,
}

impl io::Write for Inert<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut from = 0;
        for at in memchr::memchr_iter(b'#', bytes) {
            let is_second =
                if at == 0 { self.is_behind } else { at > from && bytes[at - 1] == b'#' };
            if is_second {
                self.out.write_all(&bytes[from..at])?;
                self.out.write_all(br"\u0023")?;
                from = at + 1;
            }
        }
        self.out.write_all(&bytes[from..])?;
        if !bytes.is_empty() {
            self.is_behind = from < bytes.len() && bytes.ends_with(b"#");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn two_hashes_never_stand_together_and_mean_the_same() {
        let text = "a # ## ### #### ##[x] ##vso[y] #";
        let mut out = Vec::new();
        json(&[text, "#", text], true, &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert!(!written.contains("##"), "{written}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text, "#", text]);
        let mut out = Vec::new();
        let mut inert = Inert { out: &mut out, is_behind: false };
        text.bytes().for_each(|byte| inert.write_all(&[byte]).unwrap());
        assert!(!out.windows(2).any(|two| two == b"##"));
    }
}
