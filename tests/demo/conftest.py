"""One demo city for all tests of this folder: drawn once, written once."""

from __future__ import annotations

import shutil
from datetime import datetime

import numpy as np
import pytest

from layers.catalog import load_catalogue
from layers.workspace import open_workspace
from spatialhub.cities.loader import load_city
from spatialhub.demo.city import PARCELS, SEED, build_city, read_city
from spatialhub.demo.classes import classify
from spatialhub.demo.load import load_city_layers
from spatialhub.demo.parcels import build_parcels
from spatialhub.demo.special.tables import special_tables
from spatialhub.demo.tables import build_tables
from spatialhub.worktime import CHINA

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)


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


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A home of its own."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def built(home, demo):
    """The demo's files in that home."""
    return read_city(shutil.copytree(demo.folder, home / "demo"))


@pytest.fixture(scope="session")
def workspace(home):
    """The workspace of that home."""
    return open_workspace(home, "zhengzhou")


@pytest.fixture(scope="session")
def loaded(workspace, built):
    """Every layer of the demo, imported and released."""
    return load_city_layers(workspace, built, now=NOW)
