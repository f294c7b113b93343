#!/bin/bash
# Starts moto, a simulation of Amazon's services, on loopback, in memory.
#
#   moto.sh FOLDER PORT        downloads go below FOLDER, once
#   MOTO_AUTH=0 moto.sh ...    signatures are not checked (default: they are)
#
# Prints one line for KVS_TEST_S3, with the process's id; kill it to stop the server.
set -euo pipefail
version=5.2.5 bucket=kvs-test region=us-east-1 auth=${MOTO_AUTH:-1}
mkdir -p "$1"
folder=$(cd "$1" && pwd) port=$2
python=$folder/moto-$version/bin/python

if [ ! -e "$folder/moto-$version/.done" ]; then
  # Debian's python3 comes without what a virtual environment needs.
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    apt-get update -qq >&2 || true
    apt-get install -y -qq --no-install-recommends python3-venv python3-pip >&2
  fi
  rm -rf "$folder/moto-$version"
  python3 -m venv "$folder/moto-$version"
  "$python" -m pip install -q "moto[s3,server]==$version" >&2
  touch "$folder/moto-$version/.done"
fi

# Checking begins after so many requests: those below, which make a user, its rights and key, and
# the bucket.
if [ "$auth" = 1 ]; then export INITIAL_NO_AUTH_ACTION_COUNT=4; fi
setsid "$folder/moto-$version/bin/moto_server" -H 127.0.0.1 -p "$port" \
  > "$folder/moto-$port.log" 2>&1 < /dev/null &
pid=$!
for _ in $(seq 300); do
  if (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  if ! kill -0 "$pid" 2>/dev/null; then cat "$folder/moto-$port.log" >&2; exit 1; fi
  sleep 0.1
done

keys=$("$python" - "$port" "$bucket" "$region" <<'PYTHON'
import json
import sys

import boto3

port, bucket, region = sys.argv[1:]
place = {
    "endpoint_url": "http://127.0.0.1:" + port,
    "region_name": region,
    "aws_access_key_id": "setup",
    "aws_secret_access_key": "setup",
}
everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
iam = boto3.client("iam", **place)
iam.create_user(UserName="kvs")
iam.put_user_policy(UserName="kvs", PolicyName="everything", PolicyDocument=policy)
key = iam.create_access_key(UserName="kvs")["AccessKey"]
boto3.client("s3", **place).create_bucket(Bucket=bucket)
print("access_key=" + key["AccessKeyId"], "secret_key=" + key["SecretAccessKey"])
PYTHON
)
echo "endpoint=http://127.0.0.1:$port $keys region=$region bucket=$bucket auth=$auth pid=$pid"
