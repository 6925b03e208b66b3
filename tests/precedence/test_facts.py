"""Existing rights and heights in rulings: somebody decides, nothing is refused in silence."""

from __future__ import annotations

from datetime import date

import pytest

from layers.catalog import load_catalogue
from spatialhub.catalogue import Effect
from spatialhub.cities.loader import load_city
from spatialhub.judging import _traits
from spatialhub.precedence.engine import rule_on
from spatialhub.precedence.model import Conformity, Cover, PartTraits, Situation
from spatialhub.spatial.model import SitePart
from tests import shapes

CITY = load_city("zhengzhou", today=date(2026, 11, 22))
CATALOGUE = load_catalogue(city=CITY)
AGREED = (Cover("land_use_plan", "a", "211"), Cover("urban_rural_plan", "b", "R21"))
ABSENT = frozenset({"territorial_plan", "blueprint", "detailed_plan"})


def ruling(*covers: Cover, use: str | None = "0701", height_m: float | None = None):
    part = PartTraits(1, use, max_height_m=height_m)
    return rule_on(Situation((part,), (*AGREED, *covers), ABSENT), catalogue=CATALOGUE, policy=CITY.policy)


def test_an_existing_right_is_a_fact_that_needs_a_decision():
    found = ruling(Cover("existing_right", "1"), Cover("farmland_conversion", "2"))
    assert found.conformity is Conformity.NEEDS_DECISION
    assert dict(found.facts)["existing_right"] == "existing_right,farmland_conversion"
    assert {row.effect for row in found.constraints} == {Effect.CONDITIONAL}


def test_an_existing_right_lifts_nothing_that_is_refused():
    found = ruling(Cover("existing_right", "1"), Cover("line_green", "2"))
    assert found.conformity is Conformity.REFUSED and "existing_right" in dict(found.facts)


def test_without_a_use_an_existing_right_is_told_and_nothing_asked():
    found = ruling(Cover("existing_right", "1"), use=None)
    assert found.conformity is Conformity.NOT_ASKED and "existing_right" in dict(found.facts)


def test_without_a_right_there_is_no_such_fact():
    assert "existing_right" not in dict(ruling().facts) and ruling().conformity is Conformity.CONFORMS


@pytest.mark.parametrize(
    ("height_m", "conformity"),
    [(24.0, Conformity.CONDITIONAL), (24.1, Conformity.REFUSED), (None, Conformity.CONDITIONAL)],
)
def test_a_building_above_the_limit_of_the_weather_station_is_refused(height_m, conformity):
    found = ruling(Cover("weather_observation", "1", "24"), height_m=height_m)
    assert found.conformity is conformity


def test_the_height_of_a_part_reaches_its_ruling():
    part = SitePart(1, shapes.square(10, 0, 0), use="0701", max_height_m=30.0)
    assert _traits(part).max_height_m == 30.0
