//! Any bytes as a signed note, as keys, and as a policy: what is read is written back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use patrol_ledger::tlog::note::{Note, SignerKey, VerifierKey, signature_lines};
use patrol_ledger::tlog::policy::Policy;

const KEY: &str = "patrol.example/test-log+dc00adf9+AW4iENyMc/Sr/Ja72oPuvp0ekRvgIwLjv2iRIpB7qKs7";

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        drop(note.verify([&VerifierKey::parse(KEY).unwrap()]));
    }
    let text = String::from_utf8_lossy(bytes);
    if let Ok(key) = VerifierKey::parse(&text) {
        assert!(key.to_string().eq_ignore_ascii_case(&text));
    }
    drop(SignerKey::parse(&text));
    drop(signature_lines(&text));
    if let Ok(policy) = Policy::parse(&text) {
        drop(policy.accept(bytes));
    }
});
