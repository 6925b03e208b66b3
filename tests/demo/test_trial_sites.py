import numpy as np
import pytest
import shapely

from spatialhub.demo.metropolis.extent import city_area
from spatialhub.demo.order import MOST_PARCELS
from spatialhub.demo.trial_sites import BATCH_M2, CORRIDOR, SIZES_M2, batch, corridor, sites_of, trial_sites


@pytest.fixture(scope="module", params=[5_000, 100_000, MOST_PARCELS])
def within(request):
    return city_area(request.param)


def test_trial_sites_lie_in_the_city_and_have_the_area_asked_for(within):
    sites = trial_sites(within, 1, each=2)
    assert list(sites) == [*SIZES_M2, CORRIDOR]
    for name, of_size in sites.items():
        asked = SIZES_M2.get(name, 50_000 * 40)
        for site in of_size:
            assert site.is_valid and within.covers(site)
            assert site.area == pytest.approx(asked, rel=1e-4)


def test_a_corridor_is_fifty_kilometres_of_forty_metres(within):
    site = corridor(within=within, seed=3)
    assert site.length / 2 == pytest.approx(50_000 + 40, rel=2e-3)
    assert site.buffer(-19.9).area > 0 and site.buffer(-20.1).is_empty
    assert not site.interiors


def test_a_corridor_of_given_reaches_fits_every_city(within):
    assert corridor(within=within, seed=1, legs=4).area == pytest.approx(2e6, rel=1e-4)


def test_where_there_is_no_room_it_is_said():
    with pytest.raises(ValueError, match="no room"):
        sites_of(1e6, 1, within=shapely.box(0, 0, 500, 500), seed=1)
    with pytest.raises(ValueError, match="no room"):
        corridor(within=shapely.box(0, 0, 500, 500), seed=1)


def test_a_batch_spans_its_sizes_and_begins_alike_however_long(within):
    sites = batch(300, within=within, seed=2)
    areas = shapely.area(np.array(sites, object))
    assert shapely.is_valid(np.array(sites, object)).all() and all(within.covers(site) for site in sites)
    assert BATCH_M2[0] * 0.999 < areas.min() < 3_000 and 130_000 < areas.max() < BATCH_M2[1] * 1.001
    assert batch(20, within=within, seed=2) == sites[:20]
    assert batch(20, within=within, seed=3) != sites[:20]


def test_sites_are_the_same_for_the_same_seed(within):
    assert sites_of(1e4, 5, within=within, seed=1) == sites_of(1e4, 9, within=within, seed=1)[:5]
    assert trial_sites(within, 4) == trial_sites(within, 4)
