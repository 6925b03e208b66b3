"""The city frame: a site outside is refused with the mistake that explains it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatialhub.errors import OutsideFrame
from spatialhub.messages import explain
from spatialhub.spatial.crs import Bringing, mover
from spatialhub.spatial.frame import demand_inside
from spatialhub.spatial.shift import bd09, gcj02

FRAME = shapely.box(380_000, 3_790_000, 520_000, 3_880_000)
SITE = shapely.box(467_800, 3_846_900, 467_900, 3_847_000)


def cause(geometry, bringing):
    with pytest.raises(OutsideFrame) as refusal:
        demand_inside(geometry, FRAME, bringing, "a.txt")
    assert explain(refusal.value, "zh")["what"].startswith("a.txt 整个在本市范围之外")
    return refusal.value.params["cause"]


def test_site_inside_or_across_the_edge_is_taken():
    demand_inside(SITE, FRAME, Bringing(4547, 4547, "file"), "a")
    demand_inside(shapely.box(379_000, 3_800_000, 381_000, 3_801_000), FRAME, Bringing(4547, 4547, "file"), "a")


@pytest.mark.parametrize(("named", "true"), [(4546, "EPSG:4547"), (4548, "EPSG:4547"), (4545, "EPSG:4547")])
def test_wrong_zone_is_told_with_the_right_one(named, true):
    landed = shapely.transform(SITE, mover(named, 4547))  # numbers of 4547 read as another zone
    assert abs(landed.centroid.x - SITE.centroid.x) > 250_000
    found = cause(landed, Bringing(named, 4547, "option"))
    assert (found.code, dict(found.params)["epsg"]) == ("cause_zone", true)


def test_wrong_prefix_is_a_wrong_zone_too():
    given = shapely.transform(SITE, lambda xy: xy + np.array([37e6, 0.0]))
    found = cause(shapely.transform(given, mover(4525, 4547)), Bringing(4525, 4547, "file"))
    assert (found.code, dict(found.params)["epsg"]) == ("cause_zone", "EPSG:4526")


def test_six_degree_meridian_is_found():
    landed = shapely.transform(SITE, mover(4509, 4547))  # read around 117°E
    assert cause(landed, Bringing(4509, 4547, "option")).code == "cause_zone"


def test_swapped_axes_are_told():
    swapped = shapely.transform(SITE, lambda xy: xy[:, ::-1])
    assert cause(swapped, Bringing(4547, 4547, "option")).code == "cause_swapped"


@pytest.mark.parametrize(("datum", "code"), [(gcj02, "cause_gcj02"), (bd09, "cause_bd09")])
def test_map_offset_at_the_edge_is_told(datum, code):
    inside = shapely.box(519_700, 3_850_000, 519_990, 3_850_200)
    shifted = shapely.transform(inside, lambda xy: mover(4490, 4547)(datum(mover(4547, 4490)(xy))))
    assert cause(shifted, Bringing(4490, 4547, "file")).code == code


def test_no_known_mistake_says_how_far():
    found = cause(shapely.box(900_000, 2_500_000, 900_100, 2_500_100), Bringing(4547, 4547, "file"))
    assert (found.code, int(dict(found.params)["distance_km"])) == ("cause_unknown", 1345)
