"""A site against its city: frame, reference, what the user says of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import shapely

from spatialhub.errors import OptionError, OutsideFrame
from spatialhub.intake import read_site, read_site_bytes, site_from_wkt
from tests.intake.gis import SQUARE, geojson, moved
from tests.intake.inside import codes, read, spoken, words
from tests.intake.txt import RECTANGLE, header, points, text, write

FRAME = shapely.box(380_000, 3_790_000, 520_000, 3_880_000)


def test_how_coordinates_came_in_is_always_said(tmp_path):
    site = read(geojson(tmp_path / "a.geojson", SQUARE, crs="EPSG:4547"), epsg=4526)
    issue = site.issues[0]
    assert (issue.code, dict(issue.params)) == (
        "brought_in_by_file", {"source": "EPSG:4547", "target": "EPSG:4526", "how": "same_meridian"},
    )  # fmt: skip


def test_wrong_zone_is_refused_with_the_right_one_named(tmp_path):
    plain = tuple((north, east - 38e6) for north, east in RECTANGLE)
    path = write(tmp_path, text([header(), *points(plain)], system={}))
    with pytest.raises(OutsideFrame) as refusal:
        read(path, crs=4546, frame=FRAME)
    assert "EPSG:4547" in words(refusal.value)
    assert len(read(path, crs=4547, frame=FRAME).parts) == 1


def test_site_partly_outside_is_taken(tmp_path):
    across = shapely.box(519_900, 3_850_000, 520_100, 3_850_100)
    assert codes(read(geojson(tmp_path / "a.geojson", across), frame=FRAME)) == []


def test_reference_warns_of_map_coordinates(tmp_path):
    streets = shapely.multipolygons([moved(shapely.box(467_000, y, 467_080, y + 70), x)
                                     for x in range(0, 2000, 97) for y in range(3_846_000, 3_848_000, 83)])  # fmt: skip
    offset = shapely.transform(shapely.get_parts(streets)[200], lambda xy: xy + [556.07, -128.78])  # noqa: RUF005
    site = read(geojson(tmp_path / "a.geojson", offset), reference=streets)
    assert codes(site) == ["suspected_gcj02"]
    assert "不得作为合法边界" in spoken(site)[-1]


def test_upload_is_read_by_name_and_bytes(tmp_path):
    data = text([header(name="甲"), *points(RECTANGLE)]).encode("gb18030")
    site = read_site_bytes("C:\\用地\\红线.txt", data, epsg=4547, origin="web", form="linear", facility="hospital")
    assert (site.name, site.source.name, site.parts[0].form.value) == ("红线", "红线.txt", "linear")
    assert site.parts[0].facility == "hospital"


def test_same_file_gives_the_same_site_through_the_child_and_inside(tmp_path):
    path = write(tmp_path, text([header(count=99), *points(RECTANGLE, closing="none")]))
    assert read_site(path, epsg=4547) == read(path)


def test_unknown_option_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(OptionError):
        read_site(write(tmp_path, text([header(), *points(RECTANGLE)])), epsg=4547, manner="soon")


def test_typed_site_is_held_against_the_frame_too():
    with pytest.raises(OutsideFrame):
        site_from_wkt(SQUARE.wkt, epsg=4547, crs=4546, frame=FRAME)


def test_a_file_name_in_gbk_is_read_as_such(tmp_path):
    path = os.fsencode(tmp_path) + b"/" + "红线.geojson".encode("gbk")
    with open(path, "wb") as file:
        file.write(geojson(tmp_path / "a.geojson", SQUARE).read_bytes())
    assert read_site(Path(os.fsdecode(path)), epsg=4547).source.name == "红线.geojson"
