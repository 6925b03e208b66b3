"""Many sites from one file: each feature as a file of its own would be read, what is none named with its reason."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialhub.errors import NoArea, TooLarge
from spatialhub.intake import read_site
from spatialhub.intake.site import Wishes
from spatialhub.intake.sites import read_features, site_of
from tests.intake import gis

BOW = shapely.Polygon([(467800, 3846900), (467900, 3847000), (467900, 3846900), (467800, 3847000)])


def outcome(row) -> str:
    return type(row.refusal).__name__ if row.refusal else "site"


@pytest.mark.parametrize("write", [gis.geojson, gis.geopackage])
def test_a_feature_is_the_site_that_a_file_of_it_alone_would_be(tmp_path, write):
    shapes = [gis.moved(gis.SQUARE, 150.0 * i) for i in range(3)]
    many = read_features(write(tmp_path / f"many{_suffix(write)}", *shapes), epsg=4547)
    for i, shape in enumerate(shapes):
        alone = read_site(write(tmp_path / f"one{i}{_suffix(write)}", shape), epsg=4547, use="070102")
        site = site_of(many.rows[i], many, Wishes(use="070102"))
        assert [(part.geometry.wkt, part.use) for part in site.parts] == [(alone.parts[0].geometry.wkt, "070102")]
        assert {issue.code for issue in site.issues} == {issue.code for issue in alone.issues}
        assert site.source == many.source


def _suffix(write) -> str:
    return ".gpkg" if write is gis.geopackage else ".geojson"


@settings(max_examples=8)
@given(kinds=st.lists(st.sampled_from(["square", "null", "point", "bow"]), min_size=1, max_size=6))
def test_every_feature_has_its_row_and_what_has_no_area_its_refusal(kinds, tmp_path_factory):
    made = {"square": gis.SQUARE, "null": None, "point": gis.SQUARE.centroid, "bow": BOW}
    path = gis.geojson(tmp_path_factory.mktemp("kinds") / "s.geojson", *[made[kind] for kind in kinds])
    wanted = ["site" if kind in ("square", "bow") else "NoArea" for kind in kinds]
    if "site" not in wanted:
        with pytest.raises(NoArea):
            read_features(path, epsg=4547)
        return
    rows = read_features(path, epsg=4547).rows
    assert [outcome(row) for row in rows] == wanted
    assert [row.place for row in rows] == [f"s.geojson#{i}" for i in range(1, len(kinds) + 1)]
    repaired = [i for i, row in enumerate(rows) if "repaired" in {issue.code for issue in row.issues}]
    assert repaired == [i for i, kind in enumerate(kinds) if kind == "bow"]


def test_a_feature_without_area_where_numbers_tell_nothing_is_still_named(tmp_path):
    path = gis.geopackage(tmp_path / "s.gpkg", gis.SQUARE, None, gis.SQUARE)
    rows = read_features(path, epsg=4547).rows
    assert sorted(outcome(row) for row in rows) == ["NoArea", "site", "site"]


def test_a_feature_of_too_many_points_is_refused_alone(tmp_path, monkeypatch):
    round_ = gis.SQUARE.centroid.buffer(50.0, quad_segs=64)
    many = read_features(gis.geojson(tmp_path / "s.geojson", gis.SQUARE, round_), epsg=4547)
    monkeypatch.setenv("SPATIALHUB_SITE_MAX_VERTICES", "100")
    assert site_of(many.rows[0], many, Wishes()).parts[0].geometry.area == pytest.approx(10_000)
    with pytest.raises(TooLarge) as refused:
        site_of(many.rows[1], many, Wishes())
    assert refused.value.place == "s.geojson#2"


def test_names_are_found_in_the_usual_columns(tmp_path):
    path = gis.geojson(tmp_path / "s.geojson", gis.SQUARE, gis.SQUARE, rows=[{"DKMC": "甲地块"}, {"xx": 1}])
    many = read_features(path, epsg=4547)
    assert [row.title for row in many.rows] == ["甲地块", ""]
