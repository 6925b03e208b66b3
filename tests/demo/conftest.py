"""One demo city for all tests of this folder: drawn once, written once."""

from __future__ import annotations

import numpy as np
import pytest

from layers.catalog import load_catalogue
from spatialhub.cities.loader import load_city
from spatialhub.demo.city import PARCELS, SEED, build_city
from spatialhub.demo.classes import classify
from spatialhub.demo.parcels import build_parcels
from spatialhub.demo.special.tables import special_tables
from spatialhub.demo.tables import build_tables


@pytest.fixture(scope="session")
def rng():
    return np.random.default_rng(SEED)


@pytest.fixture(scope="session")
def parcels(rng):
    return build_parcels(PARCELS, rng)


@pytest.fixture(scope="session")
def classes(parcels, rng):
    return classify(parcels, rng)


@pytest.fixture(scope="session")
def tables(parcels, classes, rng):
    return {table.key: table for table in build_tables(parcels, classes, rng)}


@pytest.fixture(scope="session")
def specials(parcels, classes):
    """The special layers by key."""
    return {table.key: table for table in special_tables(parcels, classes, SEED)}


@pytest.fixture(scope="session")
def everything(tables, specials):
    """All layers by key."""
    return tables | specials


@pytest.fixture(scope="session")
def city():
    return load_city("zhengzhou")


@pytest.fixture(scope="session")
def catalogue(city):
    return load_catalogue(city=city)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    return build_city(tmp_path_factory.mktemp("demo") / "city")
