"""A workbench for rulings: Zhengzhou's own rules and catalogue, every layer loaded and empty unless a test fills it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import shapely

from layers.catalog import load_catalogue
from spatialhub.catalogue import Catalogue
from spatialhub.check import CheckOptions, PinnedLayer, check_site
from spatialhub.cities.loader import load_city
from spatialhub.cities.model import City
from spatialhub.findings import (
    LayerResult,
)
from spatialhub.result import CheckResult
from spatialhub.spatial.model import Site
from tests import shapes
from tests.builders import EVERYWHERE, Feature, a_layer, not_loaded

# Codes as the layers' own standards write them.
TOWN, PLAN_PADDY, PLAN_DRY, PLAN_FOREST = "2111", "111", "113", "13"
HOUSING_PLAN, GREEN_PLAN, INDUSTRY_PLAN, SCHOOL_PLAN, FOREST_PLAN, ROAD_PLAN = "R2", "G1", "M1", "A33", "E2", "S1"
SURVEY_TOWN, SURVEY_PADDY, SURVEY_FOREST, SURVEY_RIVER = "0701", "0101", "0301", "1101"
INSIDE, SPECIAL_ZONE = "城镇集中建设区", "特别用途区"
HOUSING, SCHOOL, HOSPITAL, ROAD, PARK, METRO, SUBSTATION, WATERWORKS = (
    "070102", "0804", "0806", "1207", "1401", "1206", "1303", "1301",
)  # fmt: skip
# Layers that are not loaded unless a test asks: they would govern, or speak before the master plan.
ABSENT = ("territorial_plan", "blueprint", "detailed_plan")
WIDE = shapes.square(20_000, -10_000, -10_000)


@cache
def city(name: str = "zhengzhou") -> City:
    """A city's folder."""
    return load_city(name)


@cache
def catalogue(name: str = "zhengzhou") -> Catalogue:
    """The catalogue as the city uses it."""
    return load_catalogue(city=city(name))


def of_class(code: str, geometry: shapely.Geometry = WIDE, **values: object) -> Feature:
    """A feature of a class that covers the neighbourhood unless a geometry is given."""
    return geometry, {"class": code} | values


def plans(land_use: str | None = TOWN, urban: str | None = HOUSING_PLAN, survey: str | None = SURVEY_TOWN) -> dict:
    """The two plans and the survey with one class each; None leaves a plan silent."""
    given = {"land_use_plan": land_use, "urban_rural_plan": urban, "survey": survey}
    return {key: [of_class(code)] for key, code in given.items() if code is not None}


def inside_boundary() -> dict:
    """The urban development boundary around the neighbourhood."""
    return {"urban_boundary": [of_class(INSIDE)]}


class Bench:
    """Checks sites in a folder of snapshots."""

    def __init__(self, folder: Path, name: str = "zhengzhou") -> None:
        self.folder, self.name = folder, name

    def layers(
        self,
        features: Mapping[str, Sequence[Feature]],
        *,
        without: Sequence[str] = (),
        coverage: Mapping[str, shapely.Geometry] | None = None,
    ) -> list[PinnedLayer]:
        """Every catalogue entry pinned: filled, empty, or (`without`) not loaded."""
        return [
            not_loaded(entry)
            if key in without or (key in ABSENT and key not in features)
            else a_layer(self.folder, entry, features.get(key, ()), coverage=(coverage or {}).get(key, EVERYWHERE))
            for key, entry in catalogue(self.name).entries.items()
        ]

    def check(self, site: Site, *given: Mapping[str, Sequence[Feature]], jurisdiction=None, **options) -> CheckResult:
        """Check a site; options of `layers` and of `CheckOptions` by name."""
        features = {key: rows for each in given for key, rows in each.items()}
        laid = {name: options.pop(name) for name in ("without", "coverage") if name in options}
        return check_site(
            site,
            self.layers(features, **laid),
            policy=city(self.name).policy,
            catalogue=catalogue(self.name),
            jurisdiction=jurisdiction,
            options=CheckOptions(**options),
        )


def layer(result: CheckResult, key: str) -> LayerResult:
    """One layer's answer."""
    return next(row for row in result.layers if row.key == key)


def conformities(result: CheckResult) -> set[str]:
    """Conformity values of all fragments."""
    return {fragment.conformity.value for fragment in result.fragments}
