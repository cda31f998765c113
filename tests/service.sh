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

# The README's steps change the machine, so they are followed only where that does no harm. There is no systemd to start
# the service there: what its unit names is started by hand, as its user.
[ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] || exit 0
remove() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    userdel batchferry 2>/dev/null || true
    rm -rf "$work" /usr/local/bin/batchferry /srv/batchferry /etc/batchferry /etc/systemd/system/batchferry.service \
        /var/lib/batchferry
}
trap remove EXIT
sudo() { "$@"; }
systemctl() { echo "systemctl $*"; }
# What is built for tests does for this.
cargo() { mkdir -p target/release && cp -n "$program" target/release/batchferry; }
steps=$(sed -n '/^## Run it as a service/,/^## /p' README.md | sed -n '/^```sh$/,/^```$/p' | grep -v '^```')
[ "$(wc -l <<< "$steps")" -ge 8 ] || { echo "the README's steps were not found" >&2; exit 1; }
while read -r step; do
    echo "+ $step"
    eval "$step"
done <<< "$steps"
install -d -o batchferry -g batchferry -m 750 /var/lib/batchferry
start=$(sed -n 's/^ExecStart=//p' /etc/systemd/system/batchferry.service)
# shellcheck disable=SC2086
setpriv --reuid batchferry --regid batchferry --init-groups -- $start 2> "$work/log" &
daemon=$!
for _ in $(seq 100); do
    curl --silent --fail http://127.0.0.1:9464/readyz > /dev/null && break
    sleep 0.1
done
curl --silent --fail "http://127.0.0.1:9464/readyz?verbose"
setpriv --reuid batchferry --regid batchferry --init-groups -- \
    batchferry list --config /etc/batchferry/batchferry.yaml > /dev/null
[ "$(stat -c '%a %G' /var/lib/batchferry/control.sock)" = "660 batchferry" ]
kill -TERM "$daemon"
wait "$daemon"
daemon=
echo "the README's steps lead to a daemon that answers its group"
