#!/usr/bin/env bash
# Opens documents.csv and failures.csv in LibreOffice and looks at the cells: Chinese text is itself, and what looks like a formula
# is text. Without a screen LibreOffice asks nobody for the encoding and does not look at the mark that the files begin with, as
# its dialog and Excel do: it is told that the text is UTF-8, and the mark is looked at here.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

if ! command -v soffice > /dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libreoffice-calc-nogui > /dev/null
fi
cargo build --locked --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir jobs sheets
cat > batchferry.yaml <<YAML
stores: {src: {url: "file:src"}, dst: {url: "file:dst"}}
YAML
cat > jobs/batch.yaml <<YAML
apiVersion: batchferry/v1
kind: MigrationBatch
metadata: {name: batch}
spec:
  collected: {from: 2025-01-01, to: 2025-01-31, timeZone: Asia/Shanghai}
  source:
    store: src
    catalog: {keys: "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}"}
  target: {store: dst}
  checks: {requiredRoles: {invoice: 1}}
YAML
names=('影像单据一号' '=1+1' '+86 10 1234' '-2-3' '@SUM(1,2)' '＝1+1' '=HYPERLINK("http:x","y")')
for name in "${names[@]}"; do
    folder="src/上海分公司/报销单/2025/01/05/$name"
    mkdir -p "$folder"
    cp "$root/tests/data/images/phys-300.png" "$folder/cover-1.png"
done
code=0
"$root/target/debug/batchferry" run > run.txt 2>&1 || code=$?
[ "$code" -eq 1 ] || { cat run.txt; echo "the batch ended with $code instead of 1" >&2; exit 1; }
cp jobs/batch.report/documents.csv jobs/batch.report/failures.csv sheets/
soffice --headless "-env:UserInstallation=file://$work/profile" --infilter="CSV:44,34,76" --convert-to fods --outdir sheets sheets/*.csv > soffice.txt 2>&1 ||
    { cat soffice.txt; exit 1; }

python3 - sheets/*.fods <<'PY'
import sys
import xml.etree.ElementTree as xml

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
names = ["影像单据一号", "'=1+1", "'+86 10 1234", "'-2-3", "'@SUM(1,2)", "'＝1+1", "'=HYPERLINK(\"http:x\",\"y\")"]
assert len(sys.argv) == 3, sys.argv
for path in sys.argv[1:]:
    with open(path.removesuffix("fods") + "csv", "rb") as text:
        assert text.read(3) == b"\xef\xbb\xbf", f"{path}: no mark of UTF-8"
    tree = xml.parse(path)
    cells = list(tree.iter(TABLE + "table-cell"))
    formulas = [cell.get(TABLE + "formula") for cell in cells if cell.get(TABLE + "formula")]
    assert not formulas, f"{path}: {formulas}"
    rows = [["".join(p.itertext()) for p in row.iter(TEXT + "p")] for row in tree.iter(TABLE + "table-row")]
    first = [row[0] for row in rows if row]
    assert first[0] == "imageNumber", f"{path}: the mark of UTF-8 is a part of {first[0]!r}"
    lacking = [name for name in names if name not in first]
    assert not lacking, f"{path}: {lacking} not among {first}"
    assert any("上海分公司" in row for row in rows), f"{path}: {rows}"
print("spreadsheets: Chinese text is itself and no cell is a formula")
PY
