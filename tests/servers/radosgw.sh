#!/bin/bash
# Starts a Ceph object gateway with a monitor and one storage daemon on loopback, in memory.
#
#   radosgw.sh FOLDER PORT     downloads go below FOLDER, once; also uses the 40 ports after PORT
#
# The distribution's packages are unpacked, not installed. Prints one line for KVS_TEST_S3, with
# the ids of the processes; stop them with kill -9 (asked kindly, the storage daemon first writes
# its memory to disk). The daemon's memory grows with the data.
set -euo pipefail
access_key=kvsAK01 secret_key=kvsSK0123456789 bucket=kvs-test region=us-east-1
mkdir -p "$1"
folder=$(cd "$1" && pwd) port=$2
root=$folder/ceph

if [ ! -e "$root/.done" ]; then
  rm -rf "$root"
  mkdir -p "$root" "$folder/ceph-packages/partial"
  apt-get update -qq >&2 || true
  # Also what is installed already, since the programs look for their parts below the root.
  apt-get install -y -qq --no-install-recommends --reinstall --download-only \
    -o Dir::Cache::archives="$folder/ceph-packages" \
    ceph-mon ceph-osd radosgw ceph-common >&2
  for package in "$folder"/ceph-packages/*.deb; do dpkg -x "$package" "$root"; done
  touch "$root/.done"
fi

# The `ceph` command is a program for the distribution's own Python.
if [ ! -x /usr/bin/python3 ] || [ ! -x /usr/bin/curl ]; then
  apt-get install -y -qq --no-install-recommends python3 curl >&2
fi

lib=$root/usr/lib/$(uname -m)-linux-gnu
paths="LD_LIBRARY_PATH=$lib:$lib/ceph:$root/lib/$(uname -m)-linux-gnu"
paths="$paths PYTHONPATH=$root/usr/lib/python3/dist-packages"
bin=$root/usr/bin run=$folder/radosgw-$port
rm -rf "$run"
mkdir -p "$run/mon" "$run/osd" "$run/log"
conf=$run/ceph.conf
fsid=$(cat /proc/sys/kernel/random/uuid)
monitor="[v2:127.0.0.1:$((port + 1))]"

cat > "$conf" <<CONF
[global]
fsid = $fsid
mon host = $monitor
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind port min = $((port + 2))
ms bind port max = $((port + 40))
# Nobody else is on this machine's loopback. Without authentication there is no key that the
# gateway's connections could be encrypted with, which they are by default.
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
# One copy of everything is enough.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 0
plugin dir = $lib/ceph
erasure code dir = $lib/ceph/erasure-code
osd class dir = $lib/rados-classes
keyring = $run/keyring
run dir = $run
crash dir = $run
admin socket = $run/\$name.\$pid.asok
log file = $run/log/\$name.log
mon cluster log file = $run/log/cluster.log
[mon]
mon data = $run/mon
[osd]
osd data = $run/osd
osd objectstore = memstore
memstore device bytes = 8589934592
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw dns name = localhost
CONF

within() { env $paths "$@"; }
start() {
  local name=$1
  shift
  env $paths setsid "$@" > "$run/log/$name.out" 2>&1 < /dev/null &
  echo $! >> "$run/pids"
}
failed() {
  tail -n 20 "$run"/log/* >&2
  xargs -r kill -9 < "$run/pids" || true
  exit 1
}

within "$bin/ceph-authtool" --create-keyring "$run/keyring" --gen-key -n mon. \
  --cap mon 'allow *' > "$run/log/setup.out"
within "$bin/ceph-authtool" "$run/keyring" --gen-key -n client.admin \
  --cap mon 'allow *' --cap osd 'allow *' >> "$run/log/setup.out"
within "$bin/monmaptool" --create --addv a "$monitor" --fsid "$fsid" "$run/monmap" \
  >> "$run/log/setup.out"
within "$bin/ceph-mon" -c "$conf" -i a --mkfs --monmap "$run/monmap" --keyring "$run/keyring"
start mon "$bin/ceph-mon" -c "$conf" -i a -f

disk=$(cat /proc/sys/kernel/random/uuid)
within timeout 60 /usr/bin/python3 "$bin/ceph" -c "$conf" osd new "$disk" 0 \
  >> "$run/log/setup.out" || failed
within "$bin/ceph-osd" -c "$conf" -i 0 --mkfs --osd-uuid "$disk" 2>> "$run/log/setup.out"
start osd "$bin/ceph-osd" -c "$conf" -i 0 -f
within timeout 120 "$bin/radosgw-admin" -c "$conf" user create --uid=kvs --display-name=kvs \
  --access-key="$access_key" --secret-key="$secret_key" >> "$run/log/setup.out" 2>&1 || failed
start gateway "$bin/radosgw" -c "$conf" -n client.admin -f

endpoint=http://127.0.0.1:$port
for _ in $(seq 300); do
  if /usr/bin/curl -s -o "$run/log/first-answer" "$endpoint/"; then break; fi
  sleep 0.2
done
/usr/bin/curl -sf --aws-sigv4 "aws:amz:$region:s3" -u "$access_key:$secret_key" \
  -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -X PUT "$endpoint/$bucket" \
  -o "$run/log/bucket-answer" || failed
echo "endpoint=$endpoint access_key=$access_key secret_key=$secret_key region=$region" \
  "bucket=$bucket auth=1 pid=$(paste -sd, "$run/pids")"
