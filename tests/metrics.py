"""Reads a running daemon's metrics with Prometheus's own strict parsers, in both forms, and demands its conventions.

    pip install prometheus_client && python3 tests/metrics.py http://127.0.0.1:9464/metrics
"""

import re, sys, urllib.request
from prometheus_client import openmetrics, parser
import prometheus_client.openmetrics.parser

UNITS = ("_seconds", "_bytes")


def fetch(url, accept):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def check(families, form):
    series = set()
    for family in families:
        assert re.fullmatch(r"batchferry_[a-z_]+", family.name), family.name
        assert family.documentation and family.type in ("counter", "gauge", "histogram", "info"), family
        assert family.samples, f"{family.name} has no series"
        for word in ("duration", "timestamp", "bytes"):
            assert word not in family.name or family.name.endswith(UNITS), f"{family.name} has no base unit"
        for sample in family.samples:
            assert family.type != "counter" or sample.name.endswith("_total"), sample
            # One form writes `le="1"`, the other `le="1.0"`.
            labels = {name: float(value) if name == "le" else value for name, value in sample.labels.items()}
            key = (sample.name, tuple(sorted(labels.items())))
            assert key not in series, f"twice: {key}"
            series.add(key)
    print(f"{form}: {len(series)} series")
    return series


url = sys.argv[1]
kind, text = fetch(url, "text/plain")
assert kind.startswith("text/plain; version=0.0.4"), kind
plain = check(parser.text_string_to_metric_families(text), "Prometheus text 0.0.4")
kind, text = fetch(url, "application/openmetrics-text; version=1.0.0")
assert kind.startswith("application/openmetrics-text"), kind
opened = check(openmetrics.parser.text_string_to_metric_families(text), "OpenMetrics 1.0")
assert plain == opened, plain ^ opened
