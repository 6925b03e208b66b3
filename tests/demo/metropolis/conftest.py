"""The smallest city that grows beyond the study area, drawn once for this folder; and a quarter of the largest."""

from __future__ import annotations

import pytest

from spatialhub.demo.city import build_city
from spatialhub.demo.metropolis.extent import extent
from spatialhub.demo.metropolis.landscape import Landscape
from spatialhub.demo.order import MOST_PARCELS, SEED, Order

SMALL = Order(parcels=45_000, dirty=True)


@pytest.fixture(scope="session")
def landscape():
    return Landscape(SEED)


@pytest.fixture(scope="session")
def quarters():
    """Quarters of the whole city by kind: a full urban one, one with a river, one on the city's edge."""
    found = extent(MOST_PARCELS).quarters
    places = {(quarter.column, quarter.row): quarter for quarter in found}
    return [places[place] for place in sorted(places)]


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return build_city(tmp_path_factory.mktemp("small") / "city", SMALL)
