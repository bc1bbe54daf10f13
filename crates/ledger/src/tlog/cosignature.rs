//! What a witness signs (C2SP tlog-cosignature, `cosignature/v1`): that at a time it had seen no
//! checkpoint of this log that contradicts this one.
//!
//! The signed message is `cosignature/v1`, `time <seconds>` and the note's text; the signature
//! bytes are the time (8 bytes, big-endian) and the Ed25519 signature.

/// The message under a cosignature of `text` at `time`, in seconds since 1970.
pub fn message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// The bytes of a cosignature: its time, and the Ed25519 signature.
pub fn split(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*time), signature))
}

/// The reverse of [`split`].
pub fn join(time: u64, signature: &[u8; 64]) -> Vec<u8> {
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend_from_slice(signature);
    bytes
}
