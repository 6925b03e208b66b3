"""Zipped Shapefiles (and bare ones on the command line): encodings, companions, frames."""

from __future__ import annotations

import pytest
import shapely

from spatialhub.errors import BrokenFile, ChoiceNeeded, CrsMissing, CrsRefused
from spatialhub.intake import read_layer, read_site
from tests.intake.gis import DEGREES, SQUARE, moved, shapefile, zipped
from tests.intake.inside import codes, values, words


def test_zip_with_chinese_names_is_read_by_its_prj_and_cpg(tmp_path):
    path = shapefile(tmp_path / "用地.shp", SQUARE, columns={"DKMC": ["甲地块"]}, encoding="GBK")
    site = read_site(zipped(tmp_path / "用地.zip", path, folder="成果/"), epsg=4547)
    assert (site.parts[0].name, site.source.format, site.source.encoding) == ("甲地块", "Shapefile", "gb18030")
    assert site.parts[0].geometry.equals(SQUARE)
    assert codes(site) == []


@pytest.mark.parametrize(("encoding", "stated"), [("UTF-8", "UTF-8"), ("GBK", "GB18030")])
def test_encoding_that_nobody_states_is_found_over_all_text_and_stated(tmp_path, encoding, stated):
    names = ["plain", "高新技术产业开发区"]
    shapes = (SQUARE, moved(SQUARE, 300.0))
    path = shapefile(tmp_path / "a.shp", *shapes, columns={"DKMC": names}, encoding=encoding, cpg=False)
    site = read_site(zipped(tmp_path / "a.zip", path), epsg=4547)
    assert [part.name for part in site.parts] == names
    assert values(site, "encoding_detected")["encoding"] == stated


def test_option_decides_the_encoding(tmp_path):
    path = shapefile(tmp_path / "a.shp", SQUARE, columns={"DKMC": ["地块"]}, encoding="GBK", cpg=False)
    site = read_site(zipped(tmp_path / "a.zip", path), epsg=4547, encoding="GBK")
    assert (site.parts[0].name, codes(site)) == ("地块", [])


@pytest.mark.parametrize("label", ["KLINGON", "hex", "GB\0K", "unicode_escape"])
def test_unknown_label_in_the_cpg_is_said(tmp_path, label):
    path = shapefile(tmp_path / "a.shp", SQUARE, columns={"DKMC": ["地块"]})
    path.with_suffix(".cpg").write_text(label)
    site = read_site(zipped(tmp_path / "a.zip", path), epsg=4547)
    assert codes(site) == ["encoding_label_unknown", "encoding_detected"]


def test_unknown_encoding_asked_for_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", shapefile(tmp_path / "a.shp", SQUARE, columns={"DKMC": ["地块"]}))
    with pytest.raises(BrokenFile):
        read_site(path, epsg=4547, encoding="klingon")


def test_without_prj_the_question_is_asked(tmp_path):
    path = zipped(tmp_path / "a.zip", shapefile(tmp_path / "a.shp", DEGREES, crs=None))
    with pytest.raises(CrsMissing) as refusal:
        read_site(path, epsg=4547)
    assert "longitude, latitude in degrees" in words(refusal.value)
    assert read_site(path, epsg=4547, crs=4490).source.crs == "EPSG:4490"


def test_local_grid_is_refused_by_its_numbers_whatever_its_name(tmp_path):
    path = shapefile(tmp_path / "a.shp", SQUARE)
    prj = path.with_suffix(".prj")
    prj.write_text(prj.read_text().replace("114", "113.6667"))
    with pytest.raises(CrsRefused) as refusal:
        read_site(zipped(tmp_path / "a.zip", path), epsg=4547)
    assert refusal.value.place == "a.prj"
    assert "local grid" in words(refusal.value)


def test_several_shapefiles_in_one_zip_need_a_choice(tmp_path):
    one, two = shapefile(tmp_path / "一期.shp", SQUARE), shapefile(tmp_path / "二期.shp", SQUARE)
    path = zipped(tmp_path / "a.zip", one, two)
    with pytest.raises(ChoiceNeeded) as refusal:
        read_site(path, epsg=4547)
    assert set(refusal.value.params["choices"]) == {"一期", "二期"}
    assert "--sublayer" in words(refusal.value)
    assert len(read_site(path, epsg=4547, sublayer="二期").parts) == 1


def test_missing_index_is_named(tmp_path):
    path = shapefile(tmp_path / "a.shp", SQUARE)
    path.with_suffix(".shx").unlink()
    with pytest.raises(BrokenFile) as refusal:
        read_site(zipped(tmp_path / "a.zip", path), epsg=4547)
    assert "a.shx is missing" in words(refusal.value)
    with pytest.raises(BrokenFile):
        read_site(path, epsg=4547)


def test_bare_shapefile_is_read_where_its_companions_lie_beside_it(tmp_path):
    path = shapefile(tmp_path / "地块.shp", SQUARE, columns={"DKMC": ["甲"]})
    site = read_site(path, epsg=4547)
    assert (site.parts[0].name, site.name) == ("甲", "地块")


def test_shapefile_without_a_table_is_read_and_said(tmp_path):
    path = shapefile(tmp_path / "a.shp", SQUARE)
    path.with_suffix(".dbf").unlink()
    path.with_suffix(".cpg").unlink()
    assert "no_attributes" in codes(read_site(zipped(tmp_path / "a.zip", path), epsg=4547))


def test_layer_streams_in_chunks_with_progress_and_places(tmp_path):
    shapes = [moved(SQUARE, i * 100.0) for i in range(4500)]
    path = shapefile(tmp_path / "a.shp", *shapes)
    seen = []
    progress = lambda done, total: seen.append((done, total))  # noqa: E731
    with read_layer(path, epsg=4547, progress=progress, chunk_features=2000) as reading:
        chunks = list(reading)
    assert [len(chunk.geometries) for chunk in chunks] == [2000, 2000, 500]
    assert chunks[2].places[-1] == "a.shp#4500"
    assert chunks[2].attributes["DKBH"][-1] == "4500"
    assert seen[-1] == (4500, 4500)
    assert shapely.area(chunks[1].geometries).sum() == pytest.approx(2000 * 10000)
