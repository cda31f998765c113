"""Adds a batch to a project whose names try to be more than names, one that is invalid, one that waits, and one that is held."""

import pathlib
import struct
import sys
import zlib

root = pathlib.Path(sys.argv[1])


def png(number: int) -> bytes:
    """A scan of its own: 300 dpi, 64 × 64."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes((x * y + number) % 256 for x in range(64)) for y in range(64))
    head = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    density = struct.pack(">IIB", 11811, 11811, 1)
    parts = [(b"IHDR", head), (b"pHYs", density), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


NAMES = [
    '<script>document.title="owned"</script>'.replace("/", "\u2215"),
    "\"' onmouseover='alert(1)' x=\"",
    "A\u202egpj.exe",
    "发票 & 附件 #1?x=1;%2F",
    "{{7*7}} ${7*7}",
    "L" + "o" * 180 + "ng",
]
archive = root / "jobs/sample/archive"
for number, name in enumerate(NAMES + [f"DOC-{n:04}" for n in range(120)]):
    folder = archive / "HOSTILE <b>Org" / "receipt" / "2025" / "06" / f"{number % 28 + 1:02}" / name
    folder.mkdir(parents=True)
    (folder / "cover-1.png").write_bytes(png(2 * number))
    if number % 9 != 8:
        (folder / "invoice-1.png").write_bytes(png(2 * number + 1))

SPEC = """apiVersion: batchferry/v1
kind: MigrationBatch
metadata: {{name: {name}, labels: {{team: finance-ops, site: "<i>北京</i>"}}}}
spec:
  collected: {{from: 2025-06-01, to: 2025-06-30, timeZone: Asia/Shanghai}}
  source:
    store: scans
    catalog:
      keys: "{{organization}}/{{documentType}}/{{collected:%Y/%m/%d}}/{{imageNumber}}/{{role}}-{{sequence}}.{{extension}}"
  target: {{store: vault, prefix: "{name}/"}}
  filters: {{organizations: ["HOSTILE*"]}}
  checks: {{requiredRoles: {{cover: 1, invoice: 1}}}}
{more}"""
jobs = root / "jobs"
(jobs / "hostile.yaml").write_text(SPEC.format(name="hostile", more=""))
(jobs / "held.yaml").write_text(SPEC.format(name="held-back", more="  suspend: true\n"))
(jobs / "later.yaml").write_text(SPEC.format(name="after-others", more="  after: [held-back]\n"))
(jobs / "wrong.yaml").write_text(SPEC.format(name="wrong", more="  colour: <script>red</script>\n  suspend: perhaps\n"))
