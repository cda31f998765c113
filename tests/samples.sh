#!/usr/bin/env bash
# Runs the README's first command from a state without a ledger, twice, and checks what it leaves: each seeded fault
# named with its code, totals that reconcile, a second run that copies nothing, a clone that stays clean.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf .batchferry sample-vault jobs/*.report

# Two of the three batches have seeded faults, so the command answers "no": exit code 1.
code=0
cargo run --locked --quiet -- run > target/samples-1.txt || code=$?
[ "$code" -eq 1 ] || { echo "the first run ended with $code instead of 1" >&2; exit 1; }

python3 - <<'PY'
import json, re, sys
rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| .* \| (?:`(\w+)`)? ?\| (\w+) \|$", open("jobs/sample/README.md").read(), re.M)
assert len(rows) >= 12, "the table of expected faults was not found"
for batch in sorted({row[0] for row in rows} | {"acme-contracts-2025-q1"}):
    report = json.load(open(f"jobs/{batch}.report/report.json"))
    readme = open(f"jobs/{batch}.report/README.md").read()
    for what in ("documents", "files", "bytes"):
        t = report[what]
        assert t["inScope"] == t["migrated"] + t["alreadyAtTarget"] + t["failed"] + t["pending"], (batch, what, t)
    listed = report["listed"]
    assert listed["objects"] == report["files"]["inScope"] + listed["outOfScope"] + listed["unrecognised"], (batch, listed)
    codes = {f["code"]: f for f in report["failures"]}
    for _, image, code, status in (row for row in rows if row[0] == batch):
        if status == "Failed":
            assert image in codes[code]["examples"], (batch, image, code, codes.get(code))
            assert codes[code]["remedy"] in readme, f"{batch}: the report does not say what to do about {code}"
            assert image in readme, f"{batch}: the report does not name {image}"
    print(f"{batch}: {report['syncStatus']}, {report['documents']}")
assert json.load(open("jobs/acme-contracts-2025-q1.report/report.json"))["syncStatus"] == "Complete"
PY

before=$(find sample-vault -type f -printf '%p %T@ %i\n' | sort | sha256sum)
code=0
cargo run --locked --quiet -- run > target/samples-2.txt || code=$?
[ "$code" -eq 1 ] || { echo "the second run ended with $code instead of 1" >&2; exit 1; }
after=$(find sample-vault -type f -printf '%p %T@ %i\n' | sort | sha256sum)
[ "$before" = "$after" ] || { echo "the second run wrote to the target" >&2; exit 1; }
grep -q "nothing to do" target/samples-2.txt
[ -z "$(git status --porcelain)" ] || { git status --short; echo "the clone is not clean after the samples" >&2; exit 1; }
echo "the second run copied nothing, and the clone is clean"
