//! Any configuration of gitleaks, or of our own form, over any text: no panic, no hang, and what is
//! found lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use patrol_scan::rules::Rules;
use patrol_scan::rules::gitleaks::{Baseline, Ignore};

fuzz_target!(|input: (&str, &[u8])| {
    let (config, text) = input;
    let _malformed = Ignore::parse(config).malformed().len();
    let _findings = Baseline::parse(text).map(|baseline| baseline.len());
    // A small file extends itself, as far as that goes.
    let extend = |_: &str| Ok(config.to_owned());
    match Rules::load(config, "fuzz.toml", &extend) {
        Ok(rules) => check(&rules, text),
        Err(error) => {
            assert!(error.to_string().starts_with("fuzz.toml") || error.file != "fuzz.toml")
        }
    }
    check(&Rules::builtin(), text);
});

fn check(rules: &Rules, text: &[u8]) {
    let is_hot = rules.is_hot(text);
    rules.search(text, &mut |found| {
        assert!(is_hot, "found where no literal is");
        assert!(found.start <= found.end && found.end <= text.len());
        let patrol_scan::Secret::Foreign(foreign) = &found.secret else { panic!("not foreign") };
        let _stands = rules.settle(foreign, Some(text), Some("c0ffee"));
    });
    let _rules = rules.path_only(text, None).len();
}
