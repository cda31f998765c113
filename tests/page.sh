#!/usr/bin/env bash
# Opens the live pages of a daemon in a real browser: every page in both languages, light and dark, desktop and phone width, with
# and without scripts, with names that try to be more than names, while a batch runs; and an accessibility checker. Then what
# operators do there: sign in, make a batch, follow it to its files, act, download, sign out.
# `--pictures DIR` keeps pictures of all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

need() { # COMMAND PACKAGE…
    command -v "$1" > /dev/null && return
    shift
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null
}
need chromium chromium fonts-noto-cjk
need npm nodejs npm
tools=$root/target/tools/pages
mkdir -p "$tools"
[ -f "$tools/package.json" ] || echo '{"private": true}' > "$tools/package.json"
npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --silent puppeteer-core@24.43.1 axe-core@4.14.1

cargo build --locked --quiet
place=$(mktemp -d)
daemon=
cleanup() {
    [ -z "$daemon" ] || kill "$daemon" 2> /dev/null || true
    wait 2> /dev/null || true
    rm -rf "$place"
}
trap cleanup EXIT
cp -r jobs batchferry.yaml "$place/"
rm -rf "$place"/jobs/*.report
mkdir "$place/target"
python3 tests/data/make_hostile.py "$place"
printf '\nlisten: 127.0.0.1:0\nwatch: {rescan: 2s, settle: 100ms}\n' >> "$place/batchferry.yaml"
start() {
    # What the one before said is not taken for this one's.
    : > "$place/log"
    (cd "$place" && exec "$root/target/debug/batchferry" serve) 2> "$place/log" &
    daemon=$!
    for _ in $(seq 600); do
        address=$(grep -o '127\.0\.0\.1:[0-9]*' "$place/log" | head -1 || true)
        [ -n "$address" ] && grep -q ready "$place/log" && return
        sleep 0.1
    done
    cat "$place/log"
    echo "the daemon does not listen" >&2
    exit 1
}
start
# The daemon goes on where a command waits for it: until every sound batch has ended.
for name in acme-expenses-2025-q1 acme-contracts-2025-q1 globex-vouchers-2025-02 hostile; do
    (cd "$place" && "$root/target/debug/batchferry" wait "$name" --for ended --timeout 2m > /dev/null 2>&1) || true
done

node tests/page.mjs "$tools" "http://$address" "$place" "$@"

# The same for those whom the config names: signing in, acting, signing out.
kill "$daemon"
wait "$daemon"
for name in operator viewer; do
    (umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$place/$name.token")
done
cat >> "$place/batchferry.yaml" <<'YAML'
allowSpecWrites: true
access:
  - {name: olga, role: operator, tokenFile: operator.token}
  - {name: vera, role: viewer, tokenFile: viewer.token}
YAML
start
node tests/page.mjs "$tools" "http://$address" "$place" "$@"
