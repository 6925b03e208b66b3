"""How large areas lie to a site: decided once for all layers that share one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import shapely

from spatialhub.spatial.regions import EVERYWHERE, NOWHERE, Regions
from tests import shapes

WIDE, FAR = shapes.square(1_000, -500, -500), shapes.square(10, 5_000, 5_000)
HALF = shapes.rectangle(50, 400, 0, -100)


def test_an_area_holds_all_of_a_site_nothing_or_cuts_it():
    around = Regions.of([WIDE, FAR, HALF, None, shapely.Polygon()]).around(shapes.SQUARE)
    assert around.of_layer.tolist() == [EVERYWHERE, NOWHERE, 0, NOWHERE, NOWHERE]
    assert [shapely.equals(area, HALF) for area in around.cutting] == [True]
    assert around.jurisdiction == EVERYWHERE


def test_layers_with_equal_coverages_and_the_jurisdiction_share_one_area():
    again = shapely.Polygon(HALF.exterior.coords)
    around = Regions.of([HALF, WIDE, again], jurisdiction=again).around(shapes.SQUARE)
    assert around.of_layer.tolist() == [0, EVERYWHERE, 0]
    assert (around.jurisdiction, len(around.cutting)) == (0, 1)


def test_a_coverage_that_ends_on_the_border_of_the_site_cuts_it():
    assert Regions.of([shapes.SQUARE]).around(shapes.SQUARE).of_layer.tolist() == [0]


def test_threads_ask_their_own_prepared_copies():
    regions = Regions.of([WIDE, HALF, FAR])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: regions.around(shapes.SQUARE).of_layer.tolist(), range(64)))
    assert found == [[EVERYWHERE, 0, NOWHERE]] * 64
