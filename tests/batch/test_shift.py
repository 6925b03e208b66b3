"""A file whose coordinates carry a map datum's offset is told of once, and at each of its sites."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from spatialhub.batch.shift import with_suspicions
from spatialhub.batch.source import Asked, gather
from spatialhub.spatial.shift import shift_at
from tests.builders import a_layer, an_entry
from tests.intake import gis
from tests.layers import fakes
from tests.shapes import EPSG, ORIGIN, polygon


@pytest.fixture
def parcels():
    """Irregular parcels, such that no other offset fits by chance."""
    corners = [(0, 0), (310, 40), (730, 150), (220, 560), (640, 690), (1210, 430)]
    return [
        polygon((x, y), (x + 90 + i * 7, y + 3 * i), (x + 80, y + 85 + i * 5), (x - 4 * i, y + 70))
        for i, (x, y) in enumerate(corners)
    ]


def found_in(tmp_path, parcels, east_m: float, north_m: float):
    city = fakes.a_city()
    city = replace(city, frame=replace(city.frame, shift_reference="survey"))
    layer = a_layer(tmp_path, an_entry("survey"), parcels)
    moved = [shapely.transform(one, lambda coords: coords + np.array([east_m, north_m])) for one in parcels]
    file = gather(Asked(gis.geojson(tmp_path / "s.geojson", *moved)), epsg=EPSG)
    return with_suspicions(file, city, [layer])


def test_a_shifted_file_is_suspected_once_and_at_each_site(tmp_path, parcels):
    shift = shift_at((ORIGIN[0] + 600.0, ORIGIN[1] + 400.0), EPSG, "gcj02")
    found = found_in(tmp_path, parcels, shift.east_m, shift.north_m)
    assert [issue.code for issue in found.issues].count("suspected_gcj02") == 1
    for job in found.jobs:
        assert [issue.place for issue in job.row.issues if issue.code == "suspected_gcj02"] == [job.place]


def test_a_file_that_fits_as_it_is_is_not(tmp_path, parcels):
    found = found_in(tmp_path, parcels, 0.0, 0.0)
    assert "suspected_gcj02" not in {issue.code for issue in found.issues}
