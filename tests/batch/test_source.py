"""What a batch is about: features of a file, files of a folder, in an order that does not depend on the disk."""

from __future__ import annotations

import pytest

from spatialhub.batch.source import Asked, gather
from spatialhub.errors import BrokenFile, CrsMissing, NoSites, OptionError
from tests.intake import gis

WKT = "SRID=4547;" + gis.SQUARE.wkt


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "sites"
    (folder / "乙").mkdir(parents=True)
    rows = [{"DKMC": "东"}, {"DKMC": "西"}]
    gis.geojson(folder / "b.geojson", gis.SQUARE, gis.moved(gis.SQUARE, 200.0), rows=rows)
    (folder / "a.wkt").write_text(WKT)
    (folder / "乙" / "c.wkt").write_text(WKT)
    (folder / "说明.docx").write_bytes(b"x")
    (folder / ".hidden.wkt").write_text(WKT)
    (folder / "Thumbs.db").write_bytes(b"x")
    return folder


def places(found) -> list[str]:
    assert [job.number for job in found.jobs] == list(range(1, len(found.jobs) + 1))
    return [job.place for job in found.jobs]


def test_every_feature_of_a_file_is_a_site_with_its_name(folder):
    found = gather(Asked(folder / "b.geojson"), epsg=4547)
    assert [(job.place, job.name) for job in found.jobs] == [("b.geojson#1", "东"), ("b.geojson#2", "西")]
    assert found.files[0].rows == () and found.files[0].fields == ("DKMC",)


def test_every_file_of_a_folder_is_a_site_in_order_of_its_path(folder):
    found = gather(Asked(folder), epsg=4547)
    assert places(found) == ["a.wkt", "b.geojson", "说明.docx", "乙/c.wkt"]
    assert [type(job.row.refusal).__name__ if job.row else "" for job in found.jobs] == ["", "", "UnknownFormat", ""]


def test_every_feature_of_every_file_of_a_folder_may_be_a_site(folder):
    found = gather(Asked(folder, each="feature"), epsg=4547)
    assert places(found) == ["a.wkt#1", "b.geojson#1", "b.geojson#2", "说明.docx", "c.wkt#1"]
    assert [job.file for job in found.jobs if job.row and job.row.wkb] == [0, 1, 1, 2]


def test_what_stands_beside_a_shapefile_is_no_site(tmp_path):
    folder = tmp_path / "shp"
    folder.mkdir()
    gis.shapefile(folder / "red.shp", gis.SQUARE)
    assert places(gather(Asked(folder), epsg=4547)) == ["red.shp"]


def test_results_written_into_the_folder_itself_are_no_sites(folder):
    (folder / "out" / "sites").mkdir(parents=True)
    (folder / "out" / "results.jsonl").write_text("{}")
    before = gather(Asked(folder, out=folder / "out"), epsg=4547)
    assert "out/results.jsonl" not in places(before)


def test_the_fingerprint_follows_content_and_names(folder):
    before = gather(Asked(folder), epsg=4547).sha256
    assert gather(Asked(folder), epsg=4547).sha256 == before
    (folder / "a.wkt").rename(folder / "d.wkt")
    renamed = gather(Asked(folder), epsg=4547).sha256
    (folder / "d.wkt").write_text(WKT + " ")
    assert len({before, renamed, gather(Asked(folder), epsg=4547).sha256}) == 3


def test_uses_and_names_come_from_the_columns_named(tmp_path):
    rows = [{"yt": "070102", "m": 7}, {"yt": " ", "m": None}]
    path = gis.geojson(tmp_path / "s.geojson", gis.SQUARE, gis.SQUARE, rows=rows)
    found = gather(Asked(path, use_field="yt", name_field="m"), epsg=4547)
    assert [(job.use, job.name) for job in found.jobs] == [("070102", "7"), (None, "s.geojson#2")]
    with pytest.raises(OptionError) as refused:
        gather(Asked(path, use_field="用途"), epsg=4547)
    assert refused.value.place == "--use-field" and refused.value.params["allowed"] == ("yt", "m")


def test_options_that_cannot_hold_are_refused(folder):
    for asked in (Asked(folder, use_field="x"), Asked(folder / "b.geojson", axes="north_first")):
        with pytest.raises(OptionError):
            gather(asked, epsg=4547)


def test_a_file_that_cannot_be_read_ends_a_batch_of_it_alone(tmp_path):
    with pytest.raises(CrsMissing):
        gather(Asked(gis.geojson(tmp_path / "s.geojson", gis.SQUARE, crs=None)), epsg=4547)
    with pytest.raises(BrokenFile):
        gather(Asked(tmp_path / "nothing"), epsg=4547)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoSites):
        gather(Asked(tmp_path / "empty"), epsg=4547)
