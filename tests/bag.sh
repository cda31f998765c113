#!/usr/bin/env bash
# Bags of the samples, as folder and as zip, checked by others: the Python package `bagit`, sha256sum, and Python's zipfile.
# Installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/${1:-target/debug/batchferry}
python=$PWD/target/python/bin/python3
[ -x "$python" ] || python3 -m venv target/python
"$python" -m pip install --quiet 'bagit==1.9.0' 'setuptools<81'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/target"
cp -r jobs batchferry.yaml "$work"
cd "$work"
"$program" run > run.log 2>&1 || [ $? -eq 1 ]

for batch in acme-expenses-2025-q1 acme-contracts-2025-q1; do
    "$program" download "$batch" --to "bags/$batch"
    "$program" download "$batch" --from source --to "bags/$batch-source"
    "$program" download "$batch" --to "$batch.zip"
    "$python" -m zipfile -e "$batch.zip" opened
    for bag in "bags/$batch" "bags/$batch-source" "opened/$batch"; do
        "$python" -m bagit --quiet --validate "$bag"
        (cd "$bag" && sha256sum --check --quiet manifest-sha256.txt && sha256sum --check --quiet tagmanifest-sha256.txt)
        "$python" "$bag/evidence/chain.py" "$bag/evidence/events.jsonl" "$bag/evidence/report/report.json"
    done
done
"$program" verify acme-expenses-2025-q1
"$program" audit verify
