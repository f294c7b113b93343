#!/usr/bin/env bash
# The main job on real input: import, push, clone elsewhere, change both sides, pull, push, and
# compare everything.
#
#     tests/real-input/run.sh KVS [FOLDER]
#
# KVS is the program. FOLDER holds the records and the repositories; without it a fresh one is made
# and removed again. The remote is each server that the variable KVS_TEST_S3 names
# (`endpoint=... access_key=... secret_key=... region=... bucket=...`, several joined by `;`), or
# else a folder. Other variables:
#
#     KVS_REAL_ROOT      whose files are listed (default /)
#     KVS_REAL_UNICODE   the character database
#                        (default /usr/share/unicode/UnicodeData.txt, Debian's unicode-data)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kvs=$(realpath "${1:?the path of the program kvs}")
root=${KVS_REAL_ROOT:-/}
database=${KVS_REAL_UNICODE:-/usr/share/unicode/UnicodeData.txt}

if [ -n "${2:-}" ]; then
    folder=$(realpath "$2")
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
export HOME=$folder/home
mkdir -p "$HOME"

# What is said goes here, also where a step's own output goes into a file.
exec 3>&1

fail() {
    echo "real input: $*" >&2
    exit 1
}

# Runs a command, and says what it was and how long it took.
step() {
    local name=$1 before after
    shift
    before=$(date +%s%N)
    "$@" || fail "$name ended with $?"
    after=$(date +%s%N)
    awk -v name="$name" -v ns=$((after - before)) \
        'BEGIN { printf "%-44s %8.2f s\n", name, ns / 1e9 }' >&3
}

# Runs a command that must end with a given exit code.
ends_with() {
    local expected=$1 code=0
    shift
    "$@" >"$folder/out" 2>&1 || code=$?
    [ "$code" = "$expected" ] || {
        cat "$folder/out" >&2
        fail "$* ended with $code, not $expected"
    }
}

import_both() {
    "$kvs" -q -C "$1" import "$folder/unicode.jsonl"
    "$kvs" -q -C "$1" import "$folder/files.jsonl"
}

change() {
    "$kvs" -q -C "$1" import "$folder/$2.puts.jsonl"
    "$kvs" -q -C "$1" delete --stdin -z <"$folder/$2.deletes"
}

export_to() {
    "$kvs" -C "$1" export >"$2"
}

same() {
    cmp "$1" "$2" || fail "$1 and $2 differ"
}

make_records() {
    [ -r "$database" ] || fail "$database is not there (Debian: apt-get install unicode-data)"
    step "list the characters" "$here/records.py" unicode "$database" >"$folder/unicode.jsonl.new"
    mv "$folder/unicode.jsonl.new" "$folder/unicode.jsonl"
}

# The main job, on one remote; the place of the second repository is another folder.
main_job() {
    local url=$1 place=$2 ours theirs fresh
    ours=$place/ours theirs=$place/theirs fresh=$place/fresh
    rm -rf "$place"
    mkdir -p "$place"

    "$kvs" -q init "$ours"
    step "import" import_both "$ours"
    [ "$("$kvs" -C "$ours" count)" = "$records" ] || fail "not all records were imported"
    "$kvs" -q -C "$ours" remote add origin "$url"
    step "push" "$kvs" -q -C "$ours" push -m "All of it"
    step "clone" "$kvs" -q clone "$url" "$theirs"
    step "export the clone" export_to "$theirs" "$place/clone.jsonl"
    same "$place/clone.jsonl" "$folder/base.jsonl"

    step "change one side" change "$ours" ours
    step "push the changes" "$kvs" -q -C "$ours" push
    step "change the other side" change "$theirs" theirs
    ends_with 4 "$kvs" -C "$theirs" push
    ends_with 3 "$kvs" -C "$theirs" pull
    step "pull, with one conflict" "$kvs" -q -C "$theirs" pull --strategy ours
    step "push what came together" "$kvs" -q -C "$theirs" push
    step "pull it on the first side" "$kvs" -q -C "$ours" pull

    export_to "$ours" "$place/ours.jsonl"
    export_to "$theirs" "$place/theirs.jsonl"
    same "$place/ours.jsonl" "$folder/outcome.jsonl"
    same "$place/theirs.jsonl" "$folder/outcome.jsonl"
    ends_with 0 "$kvs" -C "$ours" status --exit-code
    ends_with 0 "$kvs" -C "$theirs" status --exit-code
    step "clone the outcome" "$kvs" -q clone "$url" "$fresh"
    export_to "$fresh" "$place/fresh.jsonl"
    same "$place/fresh.jsonl" "$folder/outcome.jsonl"
    echo "everything is as expected: $(wc -l <"$folder/outcome.jsonl") records"
    rm -rf "$place"
}

# The value of a name in `name=value name=value`.
part() {
    tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p" | head -n 1
}

on_server() {
    local server=$1 number=$2
    AWS_ACCESS_KEY_ID=$(part access_key "$server")
    AWS_SECRET_ACCESS_KEY=$(part secret_key "$server")
    AWS_REGION=$(part region "$server")
    AWS_ENDPOINT_URL_S3=$(part endpoint "$server")
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_ENDPOINT_URL_S3
    echo "== $AWS_ENDPOINT_URL_S3"
    main_job "s3://$(part bucket "$server")/real-input-$$-$number" "$folder/place"
}

make_records
step "list the files" "$here/records.py" files "$root" >"$folder/files.jsonl.new"
mv "$folder/files.jsonl.new" "$folder/files.jsonl"
"$here/records.py" sort "$folder/unicode.jsonl" "$folder/files.jsonl" >"$folder/base.jsonl"
"$here/records.py" changes "$folder/base.jsonl" "$folder"
records=$(wc -l <"$folder/base.jsonl")
echo "$(wc -l <"$folder/unicode.jsonl") characters, $(wc -l <"$folder/files.jsonl") files"

if [ -z "${KVS_TEST_S3:-}" ]; then
    echo "== a folder"
    main_job "$folder/remote" "$folder/place"
else
    IFS=';' read -r -a servers <<<"$KVS_TEST_S3"
    for index in "${!servers[@]}"; do
        on_server "${servers[$index]}" "$index"
    done
fi
