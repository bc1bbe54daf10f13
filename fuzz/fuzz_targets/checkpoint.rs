//! Any bytes as a checkpoint, a request to a witness and its answer: what is read is written back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use patrol_ledger::tlog::checkpoint::Checkpoint;
use patrol_ledger::tlog::note::VerifierKey;
use patrol_ledger::tlog::witness::{AddCheckpoint, answer};

const KEY: &str = "patrol.example/test-log+dc00adf9+AW4iENyMc/Sr/Ja72oPuvp0ekRvgIwLjv2iRIpB7qKs7";

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(checkpoint) = Checkpoint::parse(&text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    let key = VerifierKey::parse(KEY).unwrap();
    drop(Checkpoint::open(bytes, &key));
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
        for status in [200, 409] {
            drop(answer(status, bytes, &request, &key));
        }
    }
});
