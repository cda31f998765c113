#!/usr/bin/env bash
# Checks what is shipped for running batchferry as a service: systemd accepts the unit, and what a running daemon shows at
# /metrics is what Prometheus's own parsers read. Installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/${1:-target/debug/batchferry}

if ! command -v systemd-analyze > /dev/null; then
    apt-get update -qq && apt-get install -qq -y --no-install-recommends systemd > /dev/null
fi
work=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon" 2>/dev/null; rm -rf "$work"' EXIT
# The program does not need to be installed to be named in a unit that is only checked.
sed "s|/usr/local/bin/batchferry|$program|" docs/batchferry.service > "$work/batchferry.service"
systemd-analyze verify --man=no "$work/batchferry.service" 2>&1 | tee "$work/verdict"
if grep -q "batchferry.service" "$work/verdict"; then
    echo "systemd finds fault with docs/batchferry.service" >&2
    exit 1
fi

python=target/python/bin/python3
[ -x "$python" ] || python3 -m venv target/python
"$python" -m pip install --quiet 'prometheus_client==0.22.1'

mkdir "$work/jobs" "$work/src" "$work/dst"
cat > "$work/batchferry.yaml" <<'YAML'
stores: {src: {url: "file:src"}, dst: {url: "file:dst"}}
listen: 127.0.0.1:0
YAML
"$program" serve --config "$work/batchferry.yaml" 2> "$work/log" &
daemon=$!
for _ in $(seq 100); do
    address=$(grep -oE '127\.0\.0\.1:[0-9]+' "$work/log" | head -n 1 || true)
    [ -n "$address" ] && grep -q "ready" "$work/log" && break
    sleep 0.1
done
"$python" tests/metrics.py "http://$address/metrics"
curl --silent --fail "http://$address/readyz?verbose"
kill -TERM "$daemon"
wait "$daemon"
daemon=
echo "the unit and the metrics are sound, and the daemon ended well"
