import numpy as np
import pytest

from spatialhub.catalogue import matches
from spatialhub.demo import classes as demo_classes
from spatialhub.demo.plots import plots

CROSSWALKS = {
    "survey": "survey_dlbm",
    "land_use": "tdghdl",
    "urban": "gb50137_2011",
    "detailed": "gb50137_2011",
    "territorial": "mnr_2023",
}
UNKNOWN = {"", demo_classes.UNKNOWN_LAND_USE, demo_classes.UNKNOWN_URBAN}


@pytest.mark.parametrize("field", CROSSWALKS)
def test_every_class_has_a_row_in_its_crosswalk_but_the_ones_meant_to_be_unknown(field, classes, catalogue):
    crosswalk = catalogue.classes[CROSSWALKS[field]]
    without = {code for code in np.unique(getattr(classes, field)) if crosswalk.find(code) is None}
    assert without <= UNKNOWN
    if field in ("land_use", "urban"):
        assert len(without) == 2  # silent and unknown


def test_the_plans_differ_in_every_way_the_ordinance_knows(classes):
    found = dict(zip(*np.unique(classes.difference, return_counts=True), strict=True))
    for name, _ in demo_classes.DIFFERENCES:
        assert found.get(name, 0) >= 3, name
    assert found[""] > 0.9 * len(classes.difference)


def test_differences_meet_the_conditions_that_their_names_say(classes, catalogue, city):
    survey = catalogue.classes["survey_dlbm"]

    def is_of(code, prefixes):
        row = survey.find(code)
        return any(matches(pivot, prefixes) for pivot in row.pivot)

    cultivated = np.array([is_of(code, city.policy.cultivated_classes) for code in classes.survey])
    ecological = np.array([is_of(code, city.policy.ecological_classes) for code in classes.survey])
    inside = classes.inside_boundary
    expected = {
        "only_cultivated": (True, False, False),
        "only_inside_boundary": (False, True, False),
        "only_ecological": (False, False, True),
        "several": (True, True, False),
        "none_of_them": (False, False, False),
    }
    for name, facts in expected.items():
        here = classes.difference == name
        found = set(zip(cultivated[here].tolist(), inside[here].tolist(), ecological[here].tolist(), strict=True))
        assert found == {facts}, name


def test_plots_have_the_classes_given(parcels, classes):
    for plot in plots():
        here = parcels.plot == plot.key
        assert set(classes.survey[here]) == {plot.survey}
        assert set(classes.land_use[here]) == {plot.land_use}
        assert set(classes.urban[here]) == {plot.urban}
        assert set(classes.detailed[here]) == {plot.urban}


def test_every_class_has_a_name(classes):
    assert set(classes.survey) <= set(demo_classes.SURVEY_NAMES)
    assert set(classes.land_use) - {""} <= set(demo_classes.LAND_USE_NAMES)
    assert set(classes.urban) - {""} <= set(demo_classes.URBAN_NAMES)
    assert set(classes.territorial) - {""} <= set(demo_classes.TERRITORIAL_NAMES)


def test_the_survey_names_are_those_of_the_crosswalk(catalogue):
    rows = catalogue.classes["survey_dlbm"].rows
    assert {code: rows[code].name for code in demo_classes.SURVEY_NAMES} == demo_classes.SURVEY_NAMES
