"""What is written is read again as it was: shapes, names, uses, in every format and system."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely

from spatialhub.errors import OptionError, OutputError
from spatialhub.exports import WRITERS, Export, write_site
from spatialhub.exports.txt import lines
from spatialhub.intake import read_site
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.model import Form, Land, Level, Manner, Site, SitePart
from tests.intake.gis import SQUARE, moved
from tests.intake.inside import codes, read, words

USES = {"1001": "工业用地", "070102": "二类城镇住宅用地"}
HOLED = SQUARE.difference(shapely.box(467820.1234, 3846920.5, 467840, 3846960))
ISLAND = shapely.MultiPolygon([moved(HOLED, 300), moved(shapely.box(467825, 3846930, 467835, 3846950), 300)])
SEVERAL = shapely.MultiPolygon([moved(SQUARE, 600), moved(SQUARE, 800)])
SHAPES = {"polygon": SQUARE, "hole": HOLED, "island in a hole": ISLAND, "several": SEVERAL}


def site_of(*geometries, **said) -> Site:
    parts = [SitePart(i, one, name=f"地块{i}", use="1001", **said) for i, one in enumerate(geometries, start=1)]
    return Site("红线", tuple(parts), 4547)


def again(site, tmp_path, ending, epsg=None, **options):
    path = tmp_path / f"红线{ending}"
    write_site(site, path, Export(epsg, USES, date(2026, 11, 22), "某局"))
    if ending == ".dxf":
        options.setdefault("crs", epsg or site.epsg)
    return read_site(path, epsg=4547, uses=USES, **options)


def cases():
    for ending in WRITERS:
        for epsg in (None, 4526, 4548, 4490):
            if (ending == ".kml" and epsg not in (None, 4490)) or (ending in (".txt", ".dxf") and epsg == 4490):
                continue
            yield ending, epsg


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(("ending", "epsg"), list(cases()))
def test_shape_comes_back(tmp_path, ending, epsg, kind):
    site = site_of(SHAPES[kind])
    back = again(site, tmp_path, ending, epsg)
    shape = shapely.union_all([part.geometry for part in back.parts])
    assert shapely.hausdorff_distance(shape, SHAPES[kind], densify=0.5) < 0.001
    rings = shapely.get_num_interior_rings(shapely.get_parts(shape)).sum()
    assert rings == shapely.get_num_interior_rings(shapely.get_parts(SHAPES[kind])).sum()
    if ending != ".dxf":  # there rings that lie apart are parts of their own
        assert len(back.parts) == 1


@pytest.mark.parametrize("ending", [one for one in WRITERS if one != ".dxf"])
def test_names_and_uses_come_back(tmp_path, ending):
    taken = {"accept": ("use",)} if ending == ".txt" else {}  # its use is words and a code of some classification
    back = again(site_of(SQUARE, moved(SQUARE, 200)), tmp_path, ending, **taken)
    assert [(part.name, part.use) for part in back.parts] == [("地块1", "1001"), ("地块2", "1001")]


@pytest.mark.parametrize("ending", [".zip", ".gpkg", ".geojson", ".kml"])
def test_what_else_is_known_of_a_part_comes_back(tmp_path, ending):
    said = {"level": Level.UNDERGROUND, "form": Form.FIXED, "manner": Manner.CROSSING, "land": Land.CEDED,
            "facility": "变电站", "declared_area_m2": 9990.5}  # fmt: skip
    part = again(site_of(SQUARE, **said), tmp_path, ending).parts[0]
    assert {name: getattr(part, name) for name in said if name != "declared_area_m2"} == {
        name: value for name, value in said.items() if name != "declared_area_m2"
    }
    if ending != ".kml":
        assert part.declared_area_m2 == 9990.5


def test_height_comes_back_as_a_number(tmp_path):
    part = again(site_of(SQUARE, max_height_m=24.5), tmp_path, ".gpkg").parts[0]
    assert part.max_height_m == 24.5


def test_shapefile_is_gbk_and_says_so(tmp_path):
    path = tmp_path / "红线.zip"
    write_site(site_of(SQUARE), path, Export(uses=USES))
    with zipfile.ZipFile(path) as archive:
        assert archive.read("红线.cpg").strip().upper() in (b"GBK", b"936", b"CP936")
        assert "地块1".encode("gbk") in archive.read("红线.dbf")
    assert read_site(path, epsg=4547).source.encoding == "gb18030"


@pytest.mark.parametrize("name", ["𠮷", "字" * 200])
def test_name_that_a_shapefile_would_change_is_refused(tmp_path, name):
    part = replace(site_of(SQUARE).parts[0], name=name)
    for language in ("zh", "en"):
        with pytest.raises(OutputError) as refusal:
            write_site(Site("红线", (part,), 4547), tmp_path / "a.zip")
        assert name[:1] in words(refusal.value, language)
    assert list(tmp_path.iterdir()) == []


def test_txt_is_the_strict_national_form():
    said = lines(site_of(HOLED), 4547, Export(uses=USES, made_on=date(2026, 1, 2), producer="某局"))
    assert said[:12] == [
        "[属性描述]", "格式版本号=1.01版本", "数据产生单位=某局", "数据产生日期=2026-1-2", "坐标系=2000国家大地坐标系",
        "几度分带=3", "投影类型=高斯克吕格", "计量单位=米", "带号=38", "精度=0.001", "转换参数=,,,,,,", "[地块坐标]",
    ]  # fmt: skip
    assert said[12] == "10,0.9215,1,地块1,面,I49G030091,工业用地,1001,@"
    assert said[13] == "J1,1,3847000.000,38467800.000"
    assert said[17] == said[13]
    assert [line.split(",")[:2] for line in said[18:]] == [
        ["J5", "2"],
        ["J6", "2"],
        ["J7", "2"],
        ["J8", "2"],
        ["J5", "2"],
    ]


def test_txt_of_a_part_with_commas_in_its_name_is_read_again(tmp_path):
    part = replace(site_of(SQUARE).parts[0], name="甲,乙@\n丙")
    assert again(Site("红线", (part,), 4547), tmp_path, ".txt").parts[0].name == "甲，乙＠ 丙"


def test_txt_area_is_taken_as_declared(tmp_path):
    part = again(site_of(HOLED), tmp_path, ".txt").parts[0]
    assert part.declared_area_m2 == pytest.approx(HOLED.area, abs=0.51)


def test_sheet_number_is_that_of_the_standard_example():
    at = shapely.box(467790, 3847020, 467810, 3847040)
    assert lines(site_of(at), 4526, Export())[12].split(",")[5] == "I49G030091"


def test_dxf_holds_closed_polylines_on_the_layer_of_the_site(tmp_path):
    import ezdxf

    path = tmp_path / "a.dxf"
    write_site(site_of(HOLED), path)
    document = ezdxf.readfile(path)
    drawn = [one for one in document.modelspace() if one.dxftype() == "LWPOLYLINE"]
    assert [(one.dxf.layer, one.closed) for one in drawn] == [("项目红线", True)] * 2
    assert document.encoding == "gbk"
    assert not document.audit().errors


def test_written_area_is_the_ellipsoidal_one(tmp_path):
    path = tmp_path / "a.geojson"
    write_site(site_of(SQUARE), path)
    area = float(areas_m2(np.array([SQUARE], object), 4547)[0])
    assert f'"MJ_M2": {round(area, 2)}' in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("ending", "epsg"),
    [(".txt", 4490), (".dxf", 4490), (".kml", 4547), (".gpkg", 4326), (".zip", 2435), (".shp", None)],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_not_written_is_refused_in_words(tmp_path, ending, epsg, language):
    with pytest.raises(OptionError) as refusal:
        write_site(site_of(SQUARE), tmp_path / f"a{ending}", Export(epsg))
    assert "—" not in words(refusal.value, language)
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(OutputError):
        write_site(site_of(SQUARE), tmp_path / "none" / "a.txt")


def test_written_txt_raises_no_doubt(tmp_path):
    path = tmp_path / "a.txt"
    write_site(site_of(HOLED, SEVERAL), path, Export(uses=USES))
    assert codes(read(path, uses=USES)) == ["use_offered", "use_offered"]  # the use is asked about, nothing else
    again = read(path, uses=USES, accept=("use",))
    assert codes(again) == ["use_taken", "use_taken"] and {part.use for part in again.parts} <= set(USES)
