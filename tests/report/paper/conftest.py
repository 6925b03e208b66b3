"""A made-up result with everything in it as its published JSON, and a small home in which a real one was checked."""

from __future__ import annotations

import json
import os
from functools import partial

import pytest
import shapely

from layers import checks
from layers.workspace import Workspace, open_workspace
from spatialhub import intake
from spatialhub.check import CheckOptions
from spatialhub.precedence.model import Approval
from spatialhub.report.paper.fonts import FontChoice, find_fonts
from spatialhub.result import to_json
from tests.report.sample import sample_result
from tests.webmap.conftest import NOW, home, rectangle  # noqa: F401 - a fixture

USES = {"0701": "城镇住宅用地"}


def plain(value) -> dict:
    """A result as a JSON file gives it back."""
    return json.loads(json.dumps(value, ensure_ascii=False))


@pytest.fixture
def document() -> dict:
    """The sample result's JSON: every table has rows."""
    return plain(to_json(sample_result()))


@pytest.fixture(scope="session")
def fonts() -> FontChoice:
    """Fonts of this machine."""
    return find_fonts()


@pytest.fixture(scope="session")
def space(home) -> Workspace:  # noqa: F811
    """The workspace of the small home."""
    before = os.environ.get("SPATIALHUB_HOME")
    os.environ["SPATIALHUB_HOME"] = str(home)
    yield open_workspace(home, "zhengzhou")
    os.environ.pop("SPATIALHUB_HOME") if before is None else os.environ.update(SPATIALHUB_HOME=before)


@pytest.fixture(scope="session")
def checked(space) -> dict:
    """A real result: a site that a road and basic farmland cut, of one parcel."""
    shape = rectangle(0, 0, 200, 300)
    return _checked(space, partial(intake.site_from_wkt, shape.wkt, crs=4547, use="0701", name="试验用地"))


@pytest.fixture(scope="session")
def checked_with_minimum(space) -> dict:
    """A real result of a site for which more was asked than it has."""
    shape = rectangle(0, 60, 100, 180)
    reader = partial(intake.site_from_wkt, shape.wkt, crs=4547, use="0701", name="最小用地")
    return _checked(space, reader, min_area_m2=12_500.0)


@pytest.fixture(scope="session")
def checked_with_approval(space) -> dict:
    """A real result of a site on basic farmland, approved for the one feature that it meets."""
    shape = rectangle(100, -100, 200, 0)
    reader = partial(intake.site_from_wkt, shape.wkt, crs=4547, use="1202", name="已批用地")
    approval = Approval(
        "farmland_pbf", "state_council_conversion", "国务院", "〔2026〕1号", "2026-01-05", 9_000.0, ("1",)
    )
    return _checked(space, reader, approvals=(approval,))


def _checked(space: Workspace, reader, **said) -> dict:
    layers = checks.pinned(space, as_of=NOW.date())
    site = checks.read(space, reader, layers=layers)
    options = CheckOptions(as_of=NOW.date().isoformat(), checked_at=NOW.isoformat(), **said)
    return plain(to_json(checks.check(space, site, layers, options)))


@pytest.fixture(scope="session")
def checked_in_parts(space) -> dict:
    """A real result of two parcels."""
    west, east = rectangle(0, 0, 100, 300), rectangle(100, 0, 200, 300)
    shape = shapely.MultiPolygon([west.difference(east), east])
    rows = [
        {"type": "Feature", "properties": {"name": f"地块{i}"}, "geometry": shapely.geometry.mapping(part)}
        for i, part in enumerate(shape.geoms, 1)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": rows})
    return _checked(space, partial(intake.read_site_bytes, "两块.geojson", text.encode(), use="0701", origin="web"))
