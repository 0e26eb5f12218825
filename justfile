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

# All that CI does: installs what it needs.
ci:
    .ci/run

# The smallest command, without sandbox, vectors and manual pages.
dist:
    cargo build --profile dist -p sts3-cli --no-default-features --features rustls-ring

# The tables of sizes and times in README.md and benches/README.md, beside the peers'.
measure:
    python3 benches/size.py
    cargo bench --manifest-path benches/Cargo.toml
    python3 benches/list.py
    python3 benches/list.py --keys 200000 --latency 60ms

# Fuzz a target for so many seconds: `just fuzz 600 list_page`.
fuzz seconds target:
    fuzz/run {{seconds}} {{target}}
