"""The result as GeoJSON."""

import pytest
from shapely.geometry import shape

from spatialhub.report.geojson import result_geojson, suggestion_geojson
from tests.report.sample import sample_result


def test_coordinates_are_longitude_then_latitude_of_zhengzhou():
    site = next(row for row in result_geojson(sample_result())["features"] if row["properties"]["role"] == "site")
    centre = shape(site["geometry"]).centroid
    assert (centre.x, centre.y) == (pytest.approx(113.6506, abs=1e-3), pytest.approx(34.750, abs=1e-3))


def test_every_fragment_is_there_with_number_conformity_and_clause():
    said = [row["properties"] for row in result_geojson(sample_result())["features"]]
    rows = [row for row in said if row["role"] == "fragment"]
    assert sum(row["area_m2"] for row in rows) == 20_000
    worst = next(row for row in rows if row["number"] == 1)
    assert worst["conformity"] == "barred" and worst["conformity_zh"] == "禁止" and worst["clauses"]


def test_the_suggestion_alone_can_be_handed_in_again():
    features = suggestion_geojson(sample_result())["features"]
    assert len(features) == 1 and features[0]["properties"]["area_m2"] == 15_000


def test_no_suggestion_gives_no_file():
    from dataclasses import replace

    result = sample_result()
    assert suggestion_geojson(replace(result, proposal=replace(result.proposal, suggestion=None))) is None
