"""A small home with four layers loaded, and the web front over it."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest
import shapely
from shapely.geometry import mapping

from layers.imports import import_layer
from layers.workspace import Workspace, open_workspace
from spatialhub.report.geojson import to_degrees
from spatialhub.worktime import CHINA
from tests.browser import chromium
from webmap.app import create_app

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)
E, N = 467_900.0, 3_846_900.0
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"

# Layer → rectangles (west, south, east, north in metres from E, N), attributes of each.
LAYERS = {
    "line_red": [((-500, 200, 1500, 240), {"名称": f"演练路{HOSTILE}"})],
    "farmland_pbf": [((150, -500, 600, 50), {"TBBH": "1"})],
    "eco_redline": [((900, 900, 1200, 1200), {"HXMC": "山"})],
    "survey": [((-2000, -2000, 2000, 2000), {"DLBM": "0702", "DLMC": "农村宅基地"})],
}


def rectangle(west, south, east, north):
    """A rectangle in EPSG:4547, metres from the corner of the sample site."""
    return shapely.box(E + west, N + south, E + east, N + north)


def boundary_points(polygon, name="试验地块") -> bytes:
    """A 界址点 TXT in GB18030, north first, with the zone in the easting."""
    points = list(polygon.exterior.coords)
    lines = [f"J{i},1,{y:.3f},{x + 38_000_000:.3f}" for i, (x, y) in enumerate(points[:-1], 1)]
    lines.append(f"J1,1,{points[0][1]:.3f},{points[0][0] + 38_000_000:.3f}")
    head = [
        "[属性描述]", "格式版本号=1.01版本", "数据产生单位=测试", "数据产生日期=2026-3-2", "坐标系=2000国家大地坐标系",
        "几度分带=3", "投影类型=高斯克吕格", "计量单位=米", "带号=38", "精度=0.001", "转换参数=,,,,,,", "[地块坐标]",
        f"{len(lines)},{polygon.area / 10_000:.4f},1,{name},面,,城镇住宅用地,,@",
    ]  # fmt: skip
    return "\r\n".join([*head, *lines, ""]).encode("gb18030")


def _layer_file(folder: Path, key: str) -> Path:
    rows = []
    for number, (corners, attributes) in enumerate(LAYERS[key], 1):
        shape = to_degrees(rectangle(*corners).segmentize(100), 4547)
        rows.append({"type": "Feature", "properties": {"BSM": str(number), **attributes}, "geometry": mapping(shape)})
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    path = folder / f"{key}.geojson"
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": rows}, ensure_ascii=False)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """SPATIALHUB_HOME with the four layers released."""
    folder = tmp_path_factory.mktemp("home")
    files = tmp_path_factory.mktemp("files")
    space = open_workspace(folder, "zhengzhou")
    for key in LAYERS:
        entry = space.catalogue.entry(key)
        import_layer(
            space, entry, _layer_file(files, key), who="王", now=NOW, coverage="city",
            in_force_from=date(2026, 1, 1), release=True,
        )  # fmt: skip
    space.engine.dispose()
    return folder


@pytest.fixture(scope="session")
def environment(home):
    """The settings of the server, for this process and its workers."""
    wanted = {"SPATIALHUB_HOME": str(home), "SPATIALHUB_CITY": "zhengzhou", "SPATIALHUB_ALLOW_WEAK_CONTAINMENT": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    yield wanted
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="session")
def space(environment) -> Workspace:
    """The workspace of that home."""
    return open_workspace()


@pytest.fixture(scope="session")
def app(space):
    """The web application."""
    return create_app(space)


@pytest.fixture
def client(app):
    """A client that names the host as a browser on this machine would."""
    found = app.test_client()
    found.environ_base["HTTP_HOST"] = "127.0.0.1"
    return found


@contextmanager
def served(app):
    """The application behind waitress on a free port; gives its address."""
    from waitress import create_server

    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(5)


@pytest.fixture(scope="session")
def address(app):
    """Address of the running server."""
    with served(app) as url:
        yield url


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    with chromium() as found:
        yield found
