//! Any bytes as an event of the log: an answer, never a panic.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use patrol_ledger::envelope::{Detail, decode};
use patrol_ledger::PersonKey;

fuzz_target!(|bytes: &[u8]| {
    let key = |_| Some(Cow::Owned(PersonKey::from_bytes([7; 32])));
    for ledger in [None, Some(Default::default())] {
        drop(decode(0, bytes, ledger, &key, Detail::Full));
    }
});
