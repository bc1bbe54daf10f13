//! How far around a literal is read.

/// Bytes read before a literal that stands somewhere in the prefix: 32 characters, escaped or in
/// a list.
pub(crate) const BEFORE: usize = 512;
/// Bytes read after a literal: a token of 96 bytes, escaped with ten characters each, or encoded
/// three times, in lines.
pub(crate) const AFTER: usize = 3072;
/// The end of what was read that is read again for a literal in it, where there was more.
pub(crate) const AGAIN: usize = 1536;
/// The longest text that is decoded as one: compressed data in base64.
pub(crate) const LONG: usize = 64 * 1024;
/// The most that is inflated of it.
pub(crate) const INFLATED: usize = 1024 * 1024;
