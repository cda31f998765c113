#!/usr/bin/env bash
# Opens the samples' report.html in a real browser: both languages, light and dark, desktop, phone and paper, with and
# without scripts, and an accessibility checker. `--picture` also renews docs/report.png.
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
samples=$(mktemp -d)
trap 'rm -rf "$samples"' EXIT
cp -r jobs batchferry.yaml "$samples/"
rm -rf "$samples"/jobs/*.report
mkdir "$samples/target"
# Two of the three batches have seeded faults, so the command answers "no": exit code 1.
code=0
(cd "$samples" && "$root/target/debug/batchferry" run > run.txt 2>&1) || code=$?
[ "$code" -eq 1 ] || { cat "$samples/run.txt"; echo "the samples ended with $code instead of 1" >&2; exit 1; }

node tests/pages.mjs "$tools" "$@" "$samples"/jobs/*.report/report.html
