# The recipes of the project. `just` alone lists them.

_list:
    @just --list

# Format, lints and documentation, with warnings as errors
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# All tests, as the README says
test:
    cargo test

# Write man pages and completions anew from the command line's definitions
generate:
    KVS_REGENERATE=1 cargo test --test integration generated

# Build, lint, test, also against S3 servers, and run the main job on real input
ci:
    .ci/run

# The main job on a folder remote
demo:
    sh tests/demo.sh

# Licences, duplicates, sources and known holes of the dependencies
deny:
    cargo deny --config .deny.toml check

# The figures of the README, on whole processes
bench:
    cargo bench --bench figures
