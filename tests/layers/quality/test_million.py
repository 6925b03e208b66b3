"""A million parcels with planted faults, as a steward imports them: all found, nothing unexplained, memory bounded.

Run by hand (`-m slow`); `QUALITY_SIDE` changes the number of parcels along each side (1000).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from tests import shapes
from tests.layers.quality.planted import ATTRIBUTES, GEOMETRIC, PLACES, Planted, plant
from tests.places import ROOT

ORIGIN = (425_000.0, 3_805_000.0)
OF_EACH = 400
MOST_PRIVATE_MIB = 1_000


def write(planted: Planted, folder: Path) -> tuple[Path, Path]:
    """The survey as a GeoPackage, its coverage as GeoJSON."""
    file, coverage = folder / "DLTB.gpkg", folder / "coverage.geojson"
    numbers = {"TBMJ", "TBDLMJ"}
    data = [np.array(values, np.float64 if name in numbers else object) for name, values in planted.attributes.items()]
    common = {"driver": "GPKG", "crs": f"EPSG:{shapes.EPSG}", "encoding": "UTF-8"}
    pyogrio.raw.write(
        file, geometry=shapely.to_wkb(np.array(planted.geometry, object)), field_data=data,
        fields=np.array(list(planted.attributes), object), layer="DLTB", geometry_type="Polygon", **common,
    )  # fmt: skip
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(planted.coverage)}
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{shapes.EPSG}"}}
    coverage.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    return file, coverage


def run(home: Path, *words: object) -> tuple[str, str, float, float]:
    """Run the command; returns what it said (out, err), seconds, and its own peak of private memory in MiB."""
    environment = os.environ | {"SPATIALHUB_HOME": str(home), "PYTHONPATH": str(ROOT)}
    code = "from spatialhub.cli import main; main()"
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], env=environment, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                return
            private = [int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")]
            peak[0] = max(peak[0], private[0] / 1024 if private else 0.0)

    watching = threading.Thread(target=watch)
    watching.start()
    out, err = process.communicate()
    done.set()
    watching.join()
    assert process.returncode == 0, err[-3000:]
    return out, err, time.monotonic() - began, peak[0]


@pytest.mark.slow
def test_a_million_parcels_with_planted_faults(tmp_path):
    side = int(os.environ.get("QUALITY_SIDE", "1000"))
    each = min(OF_EACH, side * side // 9 // 20)
    kinds = [kind for _ in range(each) for kind in (*GEOMETRIC, *ATTRIBUTES)]
    planted = plant(side, side, [*kinds, *PLACES], 20261122, ORIGIN)
    file, coverage = write(planted, tmp_path)
    home = tmp_path / "home"
    _, _, import_s, _ = run(home, "layers", "import", "survey", file, "--coverage", coverage, "--no-quality")
    out, err, seconds, private_mib = run(home, "layers", "quality", "run", "survey@1")
    (path,) = (home / "quality").glob("*/survey@1/report.json")
    report = json.loads(path.read_text("utf-8"))
    print(out, err)
    print(f"import {import_s:.1f} s, quality {seconds:.1f} s, private {private_mib:.0f} MiB, {report['tiles']} tiles")
    print(f"{report['features']:,} features, {len(planted.expected):,} planted, rounding {report['rounding']}")
    assert report["features"] == len(planted.geometry)
    assert all(rule["count"] == rule["listed"] for rule in report["rules"])
    assert missed(report["findings"], planted) == []
    assert unexplained(report["findings"], planted) == []
    assert private_mib < MOST_PRIVATE_MIB
    assert side < 1000 or "survey@1" in err, "no progress was told in ten seconds and more"
    counts = {rule["key"]: rule["count"] for rule in report["rules"] if rule["count"]}
    print({rule: (counts.get(rule), sum(one.rule == rule for one in planted.expected)) for rule in counts})


def missed(findings: list[dict], planted: Planted) -> list:
    by_row: dict[tuple[str, int], list[dict]] = {}
    for one in findings:
        for row in one["rows"] or [-1]:
            by_row.setdefault((one["rule"], row), []).append(one)
            by_row.setdefault((one["rule"], -1), []).append(one)
    lost = []
    for expected in planted.expected:
        near = by_row.get((expected.rule, min(expected.rows, default=-1)), [])
        near = [one for one in near if expected.rows <= set(one["rows"])]
        if expected.measure is not None:
            near = [one for one in near if abs(one["measure"] - expected.measure) <= expected.within]
        if not near:
            lost.append(expected)
    return lost


def unexplained(findings: list[dict], planted: Planted) -> list[dict]:
    return [one for one in findings if one["rule"] != "edge_gap" and not planted.touched & set(one["rows"])]
