#!/usr/bin/env python3
"""Checks audit chains without batchferry: python3 chain.py events.jsonl [REPORT.json…]

Reads what `batchferry audit export` writes, recomputes every digest, and demands that each event names the one before it.
A report.json names the head of one chain at a moment: the event of that number must have that digest. Without one, a log
whose end was cut off looks whole. Needs Python 3 and nothing else. Exit code 0: whole, 1: not, and the first bad event is
named.
"""

import hashlib, json, sys

ZERO = "0" * 64


def digest(event):
    # Objects keep the order of their fields, so this gives the bytes that were digested.
    compact = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(compact.encode()).hexdigest()


def fail(event, why):
    print(f"{event['batch']}: event {event['sequence']}: {why}")
    sys.exit(1)


def check(lines, anchors):
    chains, kept = {}, {}
    for line in lines:
        row = json.loads(line)
        event = row["event"]
        last, head = chains.get(event["batch"], (0, ZERO))
        if event["sequence"] != last + 1:
            fail(event, f"expected event {last + 1}: some are missing or in another order")
        if event["previous"] != head:
            fail(event, f"it follows {event['previous']}, and the event before it has the digest {head}")
        own = digest(event)
        if row["digest"] != own:
            fail(event, f"it was changed: its digest is {own}, the log says {row['digest']}")
        chains[event["batch"]] = (event["sequence"], own)
        if anchors.get(event["batch"], (None,))[0] == event["sequence"]:
            kept[event["batch"]] = own
    for batch, (number, head) in anchors.items():
        if kept.get(batch, ZERO if number == 0 else None) != head:
            found = kept.get(batch, "there is none: the end was cut off")
            print(f"{batch}: event {number}: the report names {head}; {found}")
            sys.exit(1)
    return chains


def anchor(path):
    with open(path, encoding="utf-8-sig") as file:
        report = json.load(file)
    return report["batchNumber"], (report["audit"]["events"], report["audit"]["head"])


with open(sys.argv[1], encoding="utf-8-sig") as log:
    for batch, (events, head) in check(log, dict(map(anchor, sys.argv[2:]))).items():
        print(f"{batch}: {events} events, whole; head {head}")
