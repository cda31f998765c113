"""Kills the real program at random moments between two S3 servers, and demands the result of an undisturbed run.

    tests/seaweedfs.sh -n 2 python3 tests/kill.py --documents 20000 --kills 10 [--serve]

Makes an archive of small real images, some with faults, in a local folder; moves it to the first server with the program
itself; then moves it from the first server to the second, once undisturbed and once killed again and again, into two
prefixes. Both must end with the same documents, statuses and codes, the same totals and the same bytes at the target. With
--serve it is the daemon that is killed and started anew, and the last one is asked with `wait` for the end.
"""

import argparse, datetime, hashlib, hmac, json, os, pathlib, random, shutil, signal, struct, subprocess, tempfile, time
import urllib.parse, urllib.request, zlib
from xml.etree import ElementTree

parser = argparse.ArgumentParser()
parser.add_argument("--documents", type=int, default=20_000)
parser.add_argument("--kills", type=int, default=10)
parser.add_argument("--seed", type=int, default=int(time.time()))
parser.add_argument("--serve", action="store_true", help="kill the daemon instead of `run`")
parser.add_argument("--program", default="target/debug/batchferry")
args = parser.parse_args()
program = str(pathlib.Path(args.program).resolve())
print(f"{args.documents} documents, {args.kills} kills of `{'serve' if args.serve else 'run'}`, --seed {args.seed}")
rng = random.Random(args.seed)
work = pathlib.Path(tempfile.mkdtemp(prefix="batchferry-kill-"))


def png(shade, dots_per_metre=11811):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes([(shade + y) % 256] * 8) for y in range(8))
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    density = struct.pack(">IIB", dots_per_metre, dots_per_metre, 1)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"pHYs", density) + chunk(b"tEXt", b"n\0" + str(shade).encode())
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_archive(root):
    for n in range(args.documents):
        folder = root / f"ORG-{n % 3}" / "voucher" / "2025" / f"{1 + n % 3:02}" / f"{1 + n % 28:02}" / f"IMG-{n:06}"
        folder.mkdir(parents=True)
        for m, role in enumerate(("cover-1", "invoice-1", "attachment-1")):
            # A scan of 72 dpi is too low.
            content = png(3 * n + m, 2835 if n % 101 == 7 and m == 2 else 11811)
            if n % 97 == 5 and m == 1:
                continue                      # MissingRole
            (folder / f"{role}.png").write_bytes(content)


def config(name):
    folder = work / name
    (folder / "jobs").mkdir(parents=True)
    store = lambda url, endpoint: {"url": url, "endpoint": endpoint, "region": "us-east-1", "credentials": {"env": "S3_"},
                                   "conditionalPut": True, "checksum": "sha256"}
    (folder / "batchferry.yaml").write_text(json.dumps({"watch": {"settle": "200ms"}, "stores": {
        "local": {"url": (work / "archive").as_uri()},
        "first": store("s3://first", os.environ["S3_ENDPOINT"]),
        "second": store("s3://second", os.environ["S3_ENDPOINT_2"])}}))
    return folder


def spec(folder, name, source, target, prefix):
    spec = {"apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": name}, "spec": {
        "collected": {"from": "2025-01-01", "to": "2025-03-31", "timeZone": "Asia/Shanghai"},
        "source": {"store": source, "catalog": {
            "keys": "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}"}},
        "target": {"store": target, "prefix": prefix}}}
    if name != "load":
        spec["spec"]["target"]["manifest"] = "{organization}/{imageNumber}/document.json"
        spec["spec"]["checks"] = {"requiredRoles": {"cover": 1, "invoice": 1}, "resolution": {"minDpi": 200}}
    (folder / "jobs" / f"{name}.yaml").write_text(json.dumps(spec))


def run(folder, *words, check=None):
    done = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True)
    if check is not None and done.returncode not in check:
        raise SystemExit(f"{words}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def result(folder, name):
    documents = json.loads(run(folder, "documents", name, "-o", "json", check=[0]).stdout)
    show = json.loads(run(folder, "show", name, "-o", "json", check=[0]).stdout)
    for row in documents:
        row.pop("reason", None)
    totals = {key: show[key] for key in ("runStatus", "syncStatus", "documents", "files", "bytes", "synced", "unsynced", "failures", "population")}
    totals["listed"] = {key: value for key, value in show["listed"].items() if key != "requests"}
    return documents, totals


def s3(endpoint, method, bucket, query):
    """One signed request (AWS Signature Version 4), without our program, so that it cannot judge itself."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    query = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote)
    host = endpoint.removeprefix("http://")
    empty = hashlib.sha256(b"").hexdigest()
    headers = f"host:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{now}\n"
    names = "host;x-amz-content-sha256;x-amz-date"
    request = f"{method}\n/{bucket}\n{query}\n{headers}\n{names}\n{empty}"
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = ("AWS4" + os.environ["S3_SECRET_ACCESS_KEY"]).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    authorization = f"AWS4-HMAC-SHA256 Credential={os.environ['S3_ACCESS_KEY_ID']}/{scope}, SignedHeaders={names}, Signature={signature}"
    call = urllib.request.Request(f"{endpoint}/{bucket}?{query}", method=method, headers={
        "x-amz-content-sha256": empty, "x-amz-date": now, "Authorization": authorization})
    return urllib.request.urlopen(call).read()


def objects(endpoint, bucket, prefix):
    """Every object below a prefix: key, size and the server's own MD5 of the content."""
    found, token = {}, None
    while True:
        query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
        page = ElementTree.fromstring(s3(endpoint, "GET", bucket, query))
        space = page.tag[: page.tag.index("}") + 1]
        for entry in page.iter(f"{space}Contents"):
            text = lambda name: entry.find(space + name).text
            found[text("Key").removeprefix(prefix)] = (int(text("Size")), text("ETag"))
        token = page.findtext(f"{space}NextContinuationToken")
        if not token:
            return found


started = time.time()
first, second = os.environ["S3_ENDPOINT"], os.environ["S3_ENDPOINT_2"]
s3(first, "PUT", "first", {})
s3(second, "PUT", "second", {})
make_archive(work / "archive")
load = config("load")
spec(load, "load", "local", "first", "")
run(load, "run", check=[0, 1])
print(f"the archive is on the first server after {time.time() - started:.0f} s: {len(objects(first, 'first', ''))} objects")


def start(folder):
    log = open(folder / "log", "ab")
    return subprocess.Popen([program, "serve" if args.serve else "run"], cwd=folder, stdout=log, stderr=log)


def end(folder):
    """Lets the batch come to its end, however often it was killed before."""
    if not args.serve:
        run(folder, "run", check=[0, 1])
        return
    daemon = start(folder)
    run(folder, "wait", "jobs/batch.yaml", "--for", "ended", "--timeout", "30m", check=[0])
    daemon.send_signal(signal.SIGTERM)
    if daemon.wait(60) != 0:
        raise SystemExit(f"the daemon ended with {daemon.returncode}:\n{(folder / 'log').read_text()[-5000:]}")


calm = config("calm")
spec(calm, "batch", "first", "second", "calm/")
began = time.time()
end(calm)
length = time.time() - began
print(f"undisturbed: {length:.1f} s")

wild = config("wild")
spec(wild, "batch", "first", "second", "wild/")
for kill in range(args.kills):
    process = start(wild)
    # Spread over start, listing, moving and end, so that a run is met at every stage.
    moment = rng.uniform(0, length * (0.3 if kill % 2 else 1.0 / args.kills))
    try:
        process.wait(moment)
        if args.serve:
            raise SystemExit(f"the daemon ended by itself:\n{(wild / 'log').read_text()[-5000:]}")
        print(f"kill {kill + 1}: had ended by itself")
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        print(f"kill {kill + 1}: after {moment:.2f} s, {len(objects(second, 'second', 'wild/'))} objects at the target")
end(wild)

calm_documents, calm_totals = result(calm, "batch")
wild_documents, wild_totals = result(wild, "batch")
assert len(calm_documents) == args.documents, (len(calm_documents), args.documents)
different = [(a, b) for a, b in zip(calm_documents, wild_documents) if a != b]
assert not different, f"{len(different)} documents differ, such as {different[:3]}"
assert calm_totals == wild_totals, (calm_totals, wild_totals)
source, calm_objects, wild_objects = objects(first, "first", ""), objects(second, "second", "calm/"), objects(second, "second", "wild/")
files = {key: value for key, value in calm_objects.items() if not key.endswith("/document.json")}
assert all(source[key] == value for key, value in files.items()), "an object at the target differs from its source"
missing, more = sorted(set(calm_objects) - set(wild_objects)), sorted(set(wild_objects) - set(calm_objects))
assert not missing and not more, (missing[:5], more[:5])
assert calm_objects == wild_objects, "the target's bytes differ"
again = run(wild, "run", check=[0, 1])
assert "nothing to do" in again.stdout, again.stdout
report = json.loads((wild / "jobs" / "batch.report" / "report.json").read_text())
assert report["documents"] == wild_totals["documents"]
print(f"{len(wild_documents)} documents and {len(wild_objects)} objects: the same after {args.kills} kills; {wild_totals['documents']}")
shutil.rmtree(work)
