"""Looking at a file: what is told of it, which remedies are named, and that each of them does what it says."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import shapely

from spatialhub.errors import BrokenFile, ChoiceNeeded, CrsConflict, CrsMissing, OptionError, OutsideFrame
from spatialhub.intake import read_site
from spatialhub.intake.file_use import UseTables, candidates
from spatialhub.intake.hypotheses import readings
from spatialhub.intake.inspection import inspect_bytes, inspect_path
from spatialhub.intake.remedies import parse
from spatialhub.messages import say
from spatialhub.report.inspected import document
from spatialhub.spatial.crs import mover
from tests.intake import gis, txt
from tests.intake.gis import SQUARE, moved
from tests.intake.writers import VARIANTS

FRAME = shapely.box(380_000, 3_790_000, 520_000, 3_880_000)
USES = {"1001": "工业用地", "0601": "农业设施建设用地", "0701": "城镇住宅用地", "070102": "二类城镇住宅用地"}
SURVEY = {"0601": ("工业用地", ("1001",)), "08H2": ("科教文卫用地", ("0802", "0803"))}


def look(path, **options):
    return inspect_path(path, epsg=4547, frame=FRAME, uses=USES, survey=SURVEY, **options)


def taken(remedy):
    """A remedy as the options that it names."""
    options: dict = {}
    for name, value in remedy.options:
        if name == "accept":
            options["accept"] = (*options.get("accept", ()), value)
        else:
            options[name] = int(value.removeprefix("EPSG:")) if name == "crs" else value
    return options


def boundary_points(folder, points, *, zone="38", **said):
    system = txt.SYSTEM | {"带号": zone} | said
    return txt.write(folder, txt.text([txt.header(), *txt.points(points)], system=system))


PLAIN = tuple((north, east - 38e6) for north, east in txt.RECTANGLE)
TURNED = tuple((east, north) for north, east in txt.RECTANGLE)


def wrong_zone(folder):
    return boundary_points(folder, PLAIN, zone="37"), OutsideFrame


def wrong_attribute(folder):
    return boundary_points(folder, txt.RECTANGLE, zone="37"), CrsConflict


def swapped_txt(folder):
    return boundary_points(folder, TURNED), ChoiceNeeded


def swapped_geojson(folder):
    shape = shapely.transform(gis.DEGREES, lambda coords: coords[:, ::-1])
    return gis.geojson(folder / "a.geojson", shape, crs="EPSG:4490"), CrsConflict


def degrees_as_metres(folder):
    return gis.geojson(folder / "a.geojson", gis.DEGREES, crs="EPSG:4547"), CrsConflict


def truncated(folder):
    return boundary_points(folder, tuple((north - 3.8e6, east - 38.4e6) for north, east in txt.RECTANGLE)), BrokenFile


def silent_plane(folder):
    return gis.geojson(folder / "a.geojson", SQUARE, crs=None), CrsMissing


def silent_and_swapped(folder):
    shape = shapely.transform(SQUARE, lambda coords: coords[:, ::-1])
    return gis.geojson(folder / "a.geojson", shape, crs=None), CrsMissing


def neighbouring_prefix(folder):
    return boundary_points(folder, tuple((north, east - 1e6) for north, east in txt.RECTANGLE), zone="37"), OutsideFrame


def table_silent(folder):
    rows = "\n".join(f"J{i},{north},{east}" for i, (north, east) in enumerate(PLAIN))
    (folder / "a.csv").write_text(f"点号,X,Y\n{rows}")
    return folder / "a.csv", CrsMissing


WRONG = [wrong_zone, wrong_attribute, swapped_txt, swapped_geojson, degrees_as_metres, truncated, silent_plane,
         silent_and_swapped, neighbouring_prefix, table_silent]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: one.__name__)
def test_mistake_is_named_and_its_remedy_brings_the_site_to_its_place(tmp_path, wrong):
    path, refusal = wrong(tmp_path)
    found = look(path)
    assert isinstance(found.refusal, refusal)
    assert found.site is None
    assert found.remedies
    places = []
    for remedy in found.remedies:
        again = look(path, **taken(remedy))
        assert again.refusal is None, remedy.options
        places.append(shapely.union_all([part.geometry for part in again.site.parts]).centroid)
        if remedy.shape is not None:
            assert shapely.distance(places[-1], remedy.shape.centroid) < 0.01
        for language in ("zh", "en"):
            assert "—" not in say(remedy.words.code, language, **dict(remedy.words.params))
    right = shapely.Point(467900, 3846950) if wrong not in (swapped_geojson, degrees_as_metres) else None
    if right is not None:
        assert min(shapely.distance(right, place) for place in places) < 110


@pytest.mark.parametrize("wrong", [wrong_zone, degrees_as_metres, swapped_geojson, truncated])
def test_remedy_taken_stays_with_the_site(tmp_path, wrong):
    path, _ = wrong(tmp_path)
    remedy = look(path).remedies[0]
    site = read_site(path, epsg=4547, frame=FRAME, **taken(remedy))
    noted = [issue.code for issue in site.issues if issue.code.startswith("accepted_")]
    assert noted
    for issue in site.issues:
        for language in ("zh", "en"):
            assert say(issue.code, language, place=issue.place, **dict(issue.params))


def test_sound_file_is_told_whole_and_needs_no_remedy(tmp_path):
    path = gis.geopackage(tmp_path / "a.gpkg", SQUARE, moved(SQUARE, 300), DKMC=["甲", "乙"])
    found = look(path)
    said = document(found)
    assert (found.refusal, found.remedies, found.outside) == (None, (), 0.0)
    layer = said["layers"][0]
    assert (layer["format"], layer["crs"], layer["features"], layer["kinds"]) == (
        "GeoPackage", "EPSG:4547", 2, {"POLYGON": 2},
    )  # fmt: skip
    assert (layer["vertices"], layer["invalid"], layer["encoding"]) == (10, 0, "utf-8")
    assert layer["crs_name"].startswith("CGCS2000 3°")
    assert said["frame"]["position"] == "inside"
    assert [part["name"] for part in said["parts"]] == ["甲", "乙"]


@pytest.mark.parametrize("variant", [one for one in VARIANTS if one.name in {"shp gbk without cpg", "gdb", "kmz", "dxf r2000", "xlsx", "csv gbk", "fgb", "gml GML3.2"}], ids=lambda one: one.name)  # fmt: skip # noqa: E501
@pytest.mark.filterwarnings("ignore")
def test_every_format_is_looked_at_through_the_walls(tmp_path, variant):
    path = variant.write(tmp_path, [SQUARE], variant.systems[0])
    found = look(path, **({} if variant.says else {"crs": variant.systems[0]}))
    assert found.refusal is None
    assert [row.features for row in found.layers] == [1]
    assert found.site.parts[0].geometry.area == pytest.approx(10_000, rel=1e-4)


def test_layers_of_a_file_are_listed_and_asked_about(tmp_path):
    path = gis.geopackage(tmp_path / "a.gpkg", SQUARE, layer="红线")
    gis.geopackage(path, SQUARE, moved(SQUARE, 200), layer="宗地")
    found = look(path)
    assert {(row.name, row.features) for row in found.layers} == {("红线", 1), ("宗地", 2)}
    assert {dict(one.options)["sublayer"] for one in found.remedies} == {"红线", "宗地"}
    assert look(path, sublayer="宗地").refusal is None


def test_repairs_and_overlaps_are_spots_in_the_plane(tmp_path):
    bow = shapely.Polygon([(467800, 3846900), (467900, 3847000), (467900, 3846900), (467800, 3847000)])
    found = look(gis.geojson(tmp_path / "a.geojson", bow, shapely.box(467880, 3846940, 468000, 3846960)))
    assert {spot.issue.code for spot in found.spots} == {"repaired", "parts_overlap"}
    repaired = next(spot for spot in found.spots if spot.issue.code == "repaired")
    assert (repaired.east_m, repaired.north_m) == (467850.0, 3846950.0)
    assert found.layers[0].invalid == 1
    assert found.layers[0].spots[0][1] == "self_intersection"
    assert [row["code"] for row in document(found)["repairs"]] == ["repaired", "parts_overlap"]


def test_part_outside_the_frame_is_a_spot_with_its_share(tmp_path):
    found = look(gis.geojson(tmp_path / "a.geojson", shapely.box(519_900, 3_850_000, 520_100, 3_850_100)))
    assert found.outside == pytest.approx(0.5)
    assert document(found)["frame"] == {"position": "partly", "outside_share": 0.5}
    assert [spot.issue.code for spot in found.spots] == ["part_outside_frame"]


def test_what_overlaps_outside_the_frame_is_counted_once(tmp_path):
    both = (shapely.box(519_900, 3_850_000, 520_100, 3_850_100), shapely.box(519_900, 3_850_050, 520_100, 3_850_150))
    found = look(gis.geojson(tmp_path / "a.geojson", *both))
    assert found.outside == pytest.approx(0.5)
    outside = next(spot.issue for spot in found.spots if spot.issue.code == "part_outside_frame")
    assert float(dict(outside.params)["area_m2"]) == pytest.approx(15_000, abs=0.01)


def test_other_datum_gets_no_remedy(tmp_path):
    path = boundary_points(tmp_path, txt.RECTANGLE, 坐标系="1980西安坐标系")
    found = look(path)
    assert found.refusal.code == "crs_refused"
    assert found.remedies == ()
    assert found.layers[0].features == 1
    with pytest.raises(type(found.refusal)):
        read_site(path, epsg=4547, accept=("read-as=EPSG:4526",))


def test_refused_system_is_told_with_what_stands_in_the_file(tmp_path):
    path = gis.shapefile(tmp_path / "a.shp", SQUARE, crs="EPSG:2383")
    found = look(path)
    layer = document(found, "en")["layers"][0]
    assert layer["crs"] is None and layer["crs_refusal"]["what"] and "Xian" in layer["crs_said"]


def test_planning_layer_is_looked_at_whole(tmp_path):
    shapes = [moved(SQUARE, 150 * i) for i in range(300)]
    found = look(gis.geopackage(tmp_path / "a.gpkg", *shapes), as_layer=True)
    assert (found.read_count, found.refusal, found.layers[0].features) == (300, None, 300)


def test_upload_is_looked_at_and_nothing_of_it_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    path, _ = wrong_zone(tmp_path)
    data = path.read_bytes()
    path.unlink()
    found = inspect_bytes("红线.txt", data, epsg=4547, frame=FRAME, origin="web")
    assert isinstance(found.refusal, OutsideFrame)
    assert list(tmp_path.iterdir()) == []
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_file_that_cannot_be_opened_is_refused(tmp_path):
    (tmp_path / "a.dxf").write_text("nothing")
    with pytest.raises(BrokenFile):
        look(tmp_path / "a.dxf")


@pytest.mark.parametrize("name", ["", "swop", "add=1", "add=nan,1", "read-as=4547x", "add=1e9,1", "use ; swap"])
def test_unknown_remedy_is_refused(name):
    with pytest.raises(OptionError):
        parse([name])


def test_remedies_are_taken_together():
    found = parse(["swap", "add=400000,3800000", "read-as=4547", "use"])
    assert found.moved(np.array([[46900.0, 67800.0]])).tolist() == [[467800.0, 3846900.0]]
    assert (found.read_as, found.use) == (4547, True)


def test_reading_that_lands_nowhere_is_not_offered():
    assert readings(np.array([[10.0, 50.0], [10.1, 50.1]]), FRAME, 4547) == []
    assert readings(np.zeros((0, 2)), FRAME, 4547) == []
    drawing = np.array([[0.0, 60.0], [40.0, 0.0], [20.0, 20.0]])  # a drawing in numbers of its own
    assert readings(drawing, FRAME, 4547) == []


@pytest.mark.parametrize("epsg", [4526, 4547, 4490, 4548])
def test_right_reading_is_among_those_offered(epsg):
    sample = mover(4547, epsg)(np.array(SQUARE.exterior.coords))
    assert epsg in [one.epsg for one in readings(sample, FRAME, 4547) if not one.taken.moves]
    turned = [one for one in readings(sample[:, ::-1], FRAME, 4547) if one.taken.swap]
    assert epsg in [one.epsg for one in turned]


@pytest.mark.parametrize(
    ("code", "words", "meant"),
    [("0601", "工业用地", ("1001",)), ("", "工业", ("1001",)), ("1001", "工业用地", ("1001",)), ("1001", "", ("1001",)),
     ("0601", "", ("0601", "1001")), ("08H2", "", ("0802", "0803")), ("", "", ()), ("9999", "不知道", ()),
     ("0601", "住宅", ()), ("070102", "二类城镇住宅", ("070102",))],
)  # fmt: skip
def test_use_that_a_file_may_mean(code, words, meant):
    assert candidates(code, words, UseTables(USES, SURVEY)) == meant


@pytest.mark.parametrize("code", ["0601", "1001", ""])
def test_use_of_the_file_is_offered_and_taken_only_when_asked_for(tmp_path, code):
    path = txt.write(tmp_path, txt.text([txt.header(purpose="工业用地", code=code), *txt.points(txt.RECTANGLE)]))
    found = look(path)
    assert found.site.parts[0].use is None
    assert [one.options for one in found.remedies] == [(("accept", "use"),)]
    again = look(path, accept=("use",))
    assert again.site.parts[0].use == "1001"
    assert "use_taken" in [issue.code for issue in again.issues]
    assert look(path, accept=("use",), use="0701").site.parts[0].use == "0701"
