# The tasks of this repository. Every recipe can also be run by hand, as it stands.

default:
    @just --list

# Everything a change must pass
ci:
    ./.ci/run

test:
    ./tests/run

lint:
    cargo clippy --workspace --all-targets --all-features -- -D warnings

# The cores build without any I/O feature
pure:
    cargo check -p patrol-token -p patrol-scan -p patrol-ledger --no-default-features

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

bench:
    cargo bench --workspace

# Instructions of the hot loop for each byte, against a bound
bench-instructions:
    ./crates/scan/benches/instructions

# Every fuzz target for some seconds each: just fuzz 300
fuzz seconds="60":
    ./tests/fuzz {{seconds}}

# kill -9 at random moments, more rounds than CI runs
soak rounds="2000":
    PATROL_SOAK_ROUNDS={{rounds}} cargo nextest run --release --test process -- kill

# Power cuts under load, on a file system in an image: needs the right to mount
power cuts="120":
    PATROL_POWER_CUTS={{cuts}} cargo test --release --test process -- power --nocapture

# Random edits of a ledger file: which of them anybody notices
tamper edits="10000":
    PATROL_TAMPER={{edits}} cargo test --release -p patrol-ledger --test it -- tamper::every --nocapture

demo:
    cargo run --release -- demo
