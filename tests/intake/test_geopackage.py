"""GeoPackages: layers, curves, measures, nulls."""

from __future__ import annotations

import math
import struct

import numpy as np
import pyogrio
import pytest
import shapely

from spatialhub.errors import BrokenFile, ChoiceNeeded, CrsConflict, UnsafeFile
from spatialhub.intake import read_layer, read_site
from spatialhub.intake.geopackage import look_over
from tests.intake.gis import SQUARE, altered, geopackage
from tests.intake.inside import codes, values


def test_single_layer_is_the_site(tmp_path):
    site = read_site(geopackage(tmp_path / "a.gpkg", SQUARE, DKMC=["甲"]), epsg=4547)
    assert (site.parts[0].name, site.source.format, codes(site)) == ("甲", "GeoPackage", [])
    assert site.parts[0].geometry.equals(SQUARE)


def test_several_layers_need_a_choice(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", SQUARE, layer="红线")
    geopackage(path, SQUARE, SQUARE.buffer(5), layer="绿线")
    with pytest.raises(ChoiceNeeded) as refusal:
        read_site(path, epsg=4547)
    assert refusal.value.params["choices"] == ("红线", "绿线")
    with read_layer(path, epsg=4547, sublayer="绿线") as reading:
        assert sum(len(chunk.geometries) for chunk in reading) == 2
    with pytest.raises(ChoiceNeeded):
        read_site(path, epsg=4547, sublayer="蓝线")


def test_sender_in_write_ahead_mode_is_read_too(tmp_path):
    path = altered(geopackage(tmp_path / "a.gpkg", SQUARE), "PRAGMA journal_mode=WAL")
    assert len(read_site(path, epsg=4547).parts) == 1


def test_lines_come_as_lines_only_where_they_are_wanted(tmp_path):
    line = shapely.LineString([(467800, 3846900), (467900, 3846900)])
    path = geopackage(tmp_path / "a.gpkg", line, SQUARE)
    with read_layer(path, epsg=4547, lines=True) as reading:
        (chunk,) = list(reading)
    assert [one.geom_type for one in chunk.geometries] == ["LineString", "Polygon"]
    with read_layer(path, epsg=4547) as reading:
        (chunk,) = list(reading)
    assert [one.geom_type for one in chunk.geometries] == ["Polygon"]
    assert [issue.code for issue in reading.issues] == ["brought_in_by_file", "not_area"]


def test_what_cannot_be_repaired_leaves_a_hole_and_an_issue(tmp_path):
    collapsed = shapely.Polygon([(467800, 3846900), (467900, 3846900), (467800, 3846900), (467800, 3846900)])
    with read_layer(geopackage(tmp_path / "a.gpkg", SQUARE, collapsed), epsg=4547) as reading:
        (chunk,) = list(reading)
    assert len(chunk.geometries) == 1
    assert reading.holes[0].bounds == (467799.0, 3846899.0, 467901.0, 3846901.0)
    assert [issue.place for issue in reading.issues if issue.code == "unrepairable"] == ["地块#2"]


def test_curves_are_stroked_within_the_tolerance_that_is_stated(tmp_path):
    circle = [(467800.0, 3846900.0), (468000.0, 3846900.0), (467800.0, 3846900.0)]  # radius 100 m, by its diameter
    arc = struct.pack("<BII6d", 1, 8, 3, *[number for point in circle for number in point])
    path = tmp_path / "a.gpkg"
    pyogrio.raw.write(
        path, np.array([struct.pack("<BII", 1, 10, 1) + arc], object), [], np.array([], object),
        layer="圆", driver="GPKG", geometry_type="Unknown", crs="EPSG:4547",
    )  # fmt: skip
    site = read_site(path, epsg=4547)
    stated = values(site, "curves_stroked")
    assert (stated["place"], stated["count"]) == ("圆", "1")
    short = 1 - site.parts[0].geometry.area / (math.pi * 100**2)
    assert 0 < short < 2 * float(stated["tolerance"])


@pytest.mark.shared
def test_real_curve_files_are_known_for_what_they_are(shared_data):
    for name in ("curvepolygon", "multisurface"):
        path = shared_data / "reader-samples" / f"{name}.gpkg"
        assert [(layer.name, layer.curves) for layer in look_over(path, path.name)] == [(name, 1)]
        with pytest.raises(CrsConflict):  # they lie in Canada
            read_site(path, epsg=4547)


@pytest.mark.shared
def test_real_district_layer_is_read_whole(shared_data):
    path = shared_data / "wuxi-xinwu" / "xinwu_land_use.gpkg"
    with read_layer(path, epsg=4549) as reading:
        chunks = list(reading)
    assert sum(len(chunk.geometries) for chunk in chunks) == reading.count == 2033
    area_km2 = sum(shapely.area(chunk.geometries).sum() for chunk in chunks) / 1e6
    assert area_km2 == pytest.approx(143.40, rel=2e-3)
    assert "datum_identity" in [issue.code for issue in reading.issues]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE /* */ VIRTUAL TABLE v USING VirtualOGR(''/etc/passwd'')",
        "-- \nCREATE VIRTUAL TABLE v USING VirtualOGR(''/etc/passwd'')",
        "CREATE VIRTUAL TABLE v USING rtree(a,b,c); ATTACH ''/etc/passwd'' AS s",
    ],
)
def test_virtual_table_behind_a_comment_or_before_a_second_statement_is_unsafe(tmp_path, sql):
    row = f"INSERT INTO sqlite_master VALUES('table','v','v',0,'{sql}')"
    path = altered(geopackage(tmp_path / "a.gpkg", SQUARE), "PRAGMA writable_schema=ON", row)
    with pytest.raises((UnsafeFile, BrokenFile)):
        look_over(path, path.name)
