#!/bin/sh
# Builds kvs and does its main job on a folder remote: keep pairs here, push them, clone them
# elsewhere, change both sides, and bring them together. Needs Rust and nothing else; leaves nothing
# behind. With KVS_DEMO_PROGRAM set, that program is used instead of building one.
set -eu

project=$(cd "$(dirname "$0")/.." && pwd)
if [ -n "${KVS_DEMO_PROGRAM:-}" ]; then
    program=$KVS_DEMO_PROGRAM
else
    echo "Building kvs; the first time takes some minutes."
    cargo build --release --manifest-path "$project/Cargo.toml"
    program=$(cargo build --release --quiet --message-format=json \
        --manifest-path "$project/Cargo.toml" |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

kvs() {
    "$program" "$@"
}

# Shows a command, then runs it.
run() {
    echo
    echo "\$ $*"
    "$@"
}

echo "Ann keeps pairs on her machine; a put is durable when it returns."
run kvs init ann
cd ann
run kvs put greeting "Hello, world!"
run kvs put colour blue
run kvs get greeting
echo
run kvs list

echo
echo "She publishes them in a folder; a bucket, s3://BUCKET/PREFIX, works the same."
run kvs remote add origin "$folder/shared"
run kvs push -m "First pairs"

echo
echo "Bob clones them, changes one and pushes."
cd "$folder"
run kvs clone "$folder/shared" bob
cd bob
run kvs put colour green
run kvs push -m "Green is nicer"

echo
echo "Ann changed something else meanwhile. She pulls, and has both."
cd ../ann
run kvs put greeting "Good morning!"
run kvs pull
run kvs push -m "A new greeting"
run kvs export
run kvs log

cd ../bob
kvs pull
if [ "$(kvs export)" != "$(cd ../ann && kvs export)" ]; then
    echo "The two sides differ, which must not be." >&2
    exit 1
fi
echo
echo "Both sides have the same pairs."
