#!/usr/bin/env bash
# Asks a real daemon with ended batches whatever its own description of the API allows, and much that it does not
# (Schemathesis, with a fixed seed): nothing fails on our side, nothing is answered that is not described, and every answer
# is as described. Then more connections than are served at once. Installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/${1:-target/debug/batchferry}
docs=$PWD/docs/api.md
python=$PWD/target/python/bin/python3
[ -x "$python" ] || python3 -m venv target/python
"$python" -m pip install --quiet 'schemathesis==4.32.5'

work=$(mktemp -d)
daemon=
stop() {
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" || true
        daemon=
    fi
}
trap 'stop; rm -rf "$work"' EXIT
mkdir "$work/target"
cp -r jobs batchferry.yaml "$work"
cp tests/api.toml "$work/schemathesis.toml"
cd "$work"
(umask 077 && openssl rand -hex 32 > operator.token)
cat >> batchferry.yaml <<'YAML'
listen: 127.0.0.1:0
allowSpecWrites: true
access: [{name: olga, role: operator, tokenFile: operator.token}]
YAML
API_TOKEN=$(cat operator.token)
export API_TOKEN
"$program" run > run.log 2>&1 || [ $? -eq 1 ]

start() {
    "$program" serve 2> log &
    daemon=$!
    for _ in $(seq 200); do
        address=$(grep -oE '127\.0\.0\.1:[0-9]+' log | head -n 1 || true)
        [ -n "$address" ] && grep -q "ready" log && return
        sleep 0.1
    done
    cat log >&2
    return 1
}

ask() {
    "$python" -m schemathesis.cli run --seed 7 --workers 1 --no-color --continue-on-failure --phases coverage,fuzzing \
        --url "http://$address" "http://$address/api/v1/openapi.json" "$@" > asked || { cat asked; return 1; }
    sed -n '/^Test cases:/,$p' asked
}

start
ask --include-method GET --max-examples 20
# What the documentation shows.
examples=$(sed -n '/^```sh$/,/^```$/p' "$docs" | grep '^curl' | sed "s|localhost:9464|localhost:${address#*:}|")
[ "$(wc -l <<< "$examples")" -ge 5 ] || { echo "the examples of docs/api.md were not found" >&2; exit 1; }
"$program" audit export acme-expenses-2025-q1 > exported.jsonl
while read -r example; do
    TOKEN=$API_TOKEN bash -c "$example" > answer || { echo "failed: $example" >&2; exit 1; }
done <<< "$examples"
diff -q events.jsonl exported.jsonl
"$python" -m zipfile -t bag.zip
stop
# Commands have a rate, which one of them alone does not reach in a daemon of its own.
for command in deleteBatch writeReport resyncBatch verifyBatch suspendBatch resumeBatch cancelBatch planSpec checkSpec writeSpec rescanJobs; do
    start
    ask --include-operation-id "$command" --max-examples 10
    if grep -q "Rate limited" asked; then echo "$command was held back by its rate" >&2; exit 1; fi
    stop
done

start
"$python" - "$address" "$program" <<'PY'
import resource, selectors, socket, subprocess, sys
host, port = sys.argv[1].split(":")
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
crowd = []
for n in range(3000):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex((host, int(port)))
    crowd.append(one)
for n, one in enumerate(crowd):
    try:
        one.send(b"GET /api/v1/batches HTTP/1.1\r\nhost: "[: n % 30])
    except OSError:
        pass
# Others wait meanwhile, but not the commands: they have a socket of their own.
subprocess.run([sys.argv[2], "list"], check=True, stdout=subprocess.DEVNULL, timeout=60)
for one in crowd:
    one.close()
PY
curl --silent --fail --max-time 60 "http://$address/livez"
stop
grep -E "ERROR|panicked" log && exit 1
echo "the API is as it describes itself"
