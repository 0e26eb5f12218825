# Formatting, lints and tests: what a change must pass before it is sent.
check:
    cargo fmt --check
    cargo clippy --all-targets --all-features -- -D warnings
    cargo test

# The tests that install real servers and clients, too.
servers:
    STS3_REAL_SERVERS=1 STS3_REAL_CLIENTS=1 cargo test

# A sandbox to try things in.
sandbox:
    cargo run --release -- sandbox --bucket demo --bucket logs:dated:1000000 --log
