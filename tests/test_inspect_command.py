"""`spatialhub inspect` and `spatialhub convert`: told in words and as JSON, nothing kept, refused with status 2."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner

from spatialhub.cities.loader import load_city
from spatialhub.cli import main
from tests.intake import gis, txt


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def run(home, *words):
    return CliRunner().invoke(main, ["--home", str(home), *map(str, words)], env={"COLUMNS": "200"})


def wrong_zone(folder):
    points = tuple((north, east - 38e6) for north, east in txt.RECTANGLE)
    system = txt.SYSTEM | {"带号": "37"}
    return txt.write(folder, txt.text([txt.header(purpose="工业用地"), *txt.points(points)], system=system))


def test_sound_file_is_told_with_status_0(home, tmp_path):
    path = txt.write(tmp_path, txt.text([txt.header(), *txt.points(txt.RECTANGLE)]))
    done = run(home, "inspect", path)
    assert done.exit_code == 0
    for said in ("界址点 TXT", "utf-8", "CGCS2000 3° 分带，38 带", "带号=38", "POLYGON 1", "地块一"):
        assert said in done.output


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "{share} 的面积在本市范围之外"), ("en", "{share} of the area lies")]
)
def test_share_outside_the_city_is_told(home, tmp_path, language, said):
    frame = load_city("zhengzhou").frame.boundary
    x, y = min(frame.exterior.coords)
    edge = shapely.box(x - 400, y - 200, x + 400, y + 200)
    share = 1 - edge.intersection(frame).area / edge.area
    done = run(home, "--lang", language, "inspect", gis.geojson(tmp_path / "a.geojson", edge))
    assert said.format(share=f"{share:.2%}") in done.output


@pytest.mark.parametrize(("language", "said"), [("zh", "按 EPSG:4547 读取"), ("en", "Read as EPSG:4547")])
def test_refused_file_is_told_with_status_2_and_the_command_that_helps(home, tmp_path, language, said):
    path = wrong_zone(tmp_path)
    done = run(home, "--lang", language, "inspect", path)
    assert (done.exit_code, "Traceback" in done.output) == (2, False)
    assert said in done.output
    command = next(line.split()[1:] for line in done.output.splitlines() if "spatialhub check" in line)
    assert command[-2:] == ["--accept", "read-as=EPSG:4547"]
    assert run(home, "inspect", path, *command[-2:]).exit_code == 0


def test_json_holds_what_the_text_says(home, tmp_path):
    done = run(home, "inspect", wrong_zone(tmp_path), "--format", "json")
    said = json.loads(done.output)
    assert (done.exit_code, said["readable"], said["frame"]["position"]) == (2, False, "outside")
    assert said["layers"][0]["crs"] == "EPSG:4546"
    assert said["remedies"][0]["options"] == [["accept", "read-as=EPSG:4547"]]


def test_planning_layer_is_looked_at_as_one(home, tmp_path):
    path = gis.geopackage(tmp_path / "a.gpkg", *(gis.moved(gis.SQUARE, 200 * i) for i in range(30)))
    said = json.loads(run(home, "inspect", path, "--as", "layer", "--format", "json").output)
    assert (said["features_read"], said["parts"]) == (30, [])


@pytest.mark.parametrize("words", [("/nonexistent.txt",), ("/tmp",)])
def test_what_is_no_file_is_refused(home, words):
    done = run(home, "inspect", *words)
    assert (done.exit_code, "Traceback" in done.output) == (2, False)


def test_unknown_remedy_is_refused(home, tmp_path):
    done = run(home, "inspect", wrong_zone(tmp_path), "--accept", "guess")
    assert done.exit_code == 2 and "--accept" in done.output


@pytest.mark.parametrize("ending", [".txt", ".zip", ".gpkg", ".dxf", ".geojson", ".kml"])
def test_site_is_written_in_another_format(home, tmp_path, ending):
    target = tmp_path / f"红线{ending}"
    accept = ("--accept", "read-as=EPSG:4547", "--accept", "use")
    done = run(home, "convert", wrong_zone(tmp_path), target, *accept)
    assert done.exit_code == 0, done.output
    assert "按提交者的确认读作 EPSG:4547" in done.output
    crs = ("--crs", "4547") if ending == ".dxf" else ()
    taken = ("--accept", "use") if ending == ".txt" else ()  # there it is words and a code, and asked about again
    said = json.loads(run(home, "inspect", target, *crs, *taken, "--format", "json").output)
    assert said["readable"]
    assert said["parts"][0]["area_m2"] == pytest.approx(20_000, abs=1.0)
    if ending != ".dxf":
        assert said["parts"][0]["use"] == "1001"


def test_format_that_is_not_written_is_refused(home, tmp_path):
    done = run(home, "convert", wrong_zone(tmp_path), tmp_path / "a.dwg", "--accept", "read-as=EPSG:4547")
    assert done.exit_code == 2 and ".dxf" in done.output
