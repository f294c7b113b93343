"""Import rates of kvs and of two Python stores, on the same records in the same run.

Use: python3 -m venv V && V/bin/pip install booklet s4db 'moto[s3]'
     V/bin/python tests/bench/peers.py PATH_OF_KVS [RECORDS [BOOKLET_RECORDS]]

Records have 16-byte keys and 100-byte values. booklet is the local store of ebooklet. ebooklet
itself is timed where KVS_TEST_S3 names a server (`endpoint=... access_key=...` and so on; one that
keeps metadata names with underscores): only its writes, not its opening. s4db writes local
files; its bucket is a mock in memory and is not timed. Neither syncs
to the disk; kvs does. kvs reads jsonl; the others are given Python strings that are made already.
"""

import json
import os
import random
import string
import subprocess
import sys
import tempfile
import time

KVS = sys.argv[1]
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
# booklet takes minutes for a million, and its rate falls: fewer flatter it.
BOOKLET_COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else min(COUNT, 100_000)


def records(count):
    rng = random.Random(1)
    letters = string.ascii_letters + string.digits
    keys = list(range(count))
    rng.shuffle(keys)
    return {f"{key:016d}": "".join(rng.choices(letters, k=100)) for key in keys}


def told(name, count, seconds):
    rate = count / seconds
    print(f"{name:<10} {count:>9} records {seconds:8.2f} s {rate:>10.0f} records/s", flush=True)
    return rate


def with_kvs(folder, items):
    path = os.path.join(folder, "lines.jsonl")
    with open(path, "w") as out:
        for key, value in items.items():
            out.write(json.dumps({"key": key, "value": value}) + "\n")
    repo = os.path.join(folder, "kvs")
    subprocess.run([KVS, "-q", "init", repo], check=True)
    start = time.monotonic()
    subprocess.run([KVS, "-q", "-C", repo, "import", path], check=True)
    return told("kvs", len(items), time.monotonic() - start)


def with_booklet(folder, items):
    import booklet

    items = dict(list(items.items())[:BOOKLET_COUNT])
    path = os.path.join(folder, "booklet.blt")
    start = time.monotonic()
    with booklet.open(path, "n", key_serializer="str", value_serializer="str") as db:
        for key, value in items.items():
            db[key] = value
    return told("booklet", len(items), time.monotonic() - start)


def with_ebooklet(folder, items):
    import ebooklet

    server = dict(part.split("=", 1) for part in os.environ["KVS_TEST_S3"].split(";")[0].split())
    remote = ebooklet.S3Connection(
        access_key_id=server["access_key"], access_key=server["secret_key"],
        db_key="bench.blt", bucket=server["bucket"], endpoint_url=server["endpoint"])
    path = os.path.join(folder, "ebooklet.blt")
    db = ebooklet.open_ebooklet(remote, path, flag="n", value_serializer="str")
    start = time.monotonic()
    for key, value in items.items():
        db[key] = value
    return told("ebooklet", len(items), time.monotonic() - start)


def with_s4db(folder, items):
    import boto3
    from moto import mock_aws
    from s4db import S4DB

    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bench")
        db = S4DB(bucket="bench", prefix="p", local_dir=os.path.join(folder, "s4db"),
                  region_name="us-east-1")
        start = time.monotonic()
        db.put(items)
        db.flush()
        return told("s4db", len(items), time.monotonic() - start)


def main():
    items = records(COUNT)
    with tempfile.TemporaryDirectory() as folder:
        ours = with_kvs(folder, items)
        peers = [("booklet", with_booklet), ("s4db", with_s4db)]
        if "KVS_TEST_S3" in os.environ:
            peers.append(("ebooklet", with_ebooklet))
        for name, run in peers:
            print(f"kvs : {name} = {ours / run(folder, items):.1f}x", flush=True)


main()
