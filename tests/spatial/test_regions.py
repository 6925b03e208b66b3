"""How large areas lie to a site: decided once for all layers that share one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial.regions import EVERYWHERE, NOWHERE, Regions
from spatialhub.spatial.site_lines import SiteLines
from tests import shapes
from tests.worlds import blob, giant

WIDE, FAR = shapes.square(1_000, -500, -500), shapes.square(10, 5_000, 5_000)
HALF = shapes.rectangle(50, 400, 0, -100)
SITE = SiteLines.of([shapes.SQUARE])


def test_an_area_holds_all_of_a_site_nothing_or_cuts_it():
    around = Regions.of([WIDE, FAR, HALF, None, shapely.Polygon()]).around(SITE)
    assert around.of_layer.tolist() == [EVERYWHERE, NOWHERE, 0, NOWHERE, NOWHERE]
    assert [shapely.equals(area, HALF) for area in around.cutting] == [True]
    assert around.jurisdiction == EVERYWHERE


def test_layers_with_equal_coverages_and_the_jurisdiction_share_one_area():
    again = shapely.Polygon(HALF.exterior.coords)
    around = Regions.of([HALF, WIDE, again], jurisdiction=again).around(SITE)
    assert around.of_layer.tolist() == [0, EVERYWHERE, 0]
    assert (around.jurisdiction, len(around.cutting)) == (0, 1)


def test_a_coverage_that_ends_on_the_border_of_the_site_cuts_it():
    assert Regions.of([shapes.SQUARE]).around(SITE).of_layer.tolist() == [0]


def test_an_area_that_holds_one_part_of_a_site_cuts_it():
    parts = [shapes.square(10, 5, 5), shapes.square(10, 200, 0)]
    assert Regions.of([HALF]).around(SiteLines.of(parts)).of_layer.tolist() == [0]
    assert Regions.of([HALF]).around(SiteLines.of(parts[:1])).of_layer.tolist() == [EVERYWHERE]
    assert Regions.of([HALF]).around(SiteLines.of(parts[1:])).of_layer.tolist() == [NOWHERE]


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 1.5), st.booleans())
def test_the_quick_answer_is_the_one_geos_gives(seed, size, holed):
    rng = np.random.default_rng(seed)
    area = giant(rng, 1_000.0) if holed else blob(rng, (500.0, 500.0), 500.0)
    parts = [blob(rng, rng.random(2) * 1_000.0, 500.0 * size) for _ in range(int(rng.integers(1, 3)))]
    site = shapely.union_all(parts)
    found = Regions.of([area]).around(SiteLines.of(parts)).of_layer.tolist()
    if area.contains_properly(site):
        assert found == [EVERYWHERE]
    else:
        assert found == [0 if area.intersects(site) else NOWHERE]


def test_threads_ask_their_own_prepared_copies():
    regions = Regions.of([WIDE, HALF, FAR])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: regions.around(SITE).of_layer.tolist(), range(64)))
    assert found == [[EVERYWHERE, 0, NOWHERE]] * 64
