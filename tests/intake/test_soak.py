"""Changed files are read or refused, by readers, imports and a live server; CI runs a tenth, `make soak` all."""

from __future__ import annotations

from pathlib import Path

import pytest

from spatialhub import intake
from spatialhub.errors import SpatialHubError
from spatialhub.messages import Words
from tests.intake import gis
from tests.intake.soak import run, server, warm
from tests.intake.soak.seeds import seeds

SEED = 2026
FORMATS = {"csv", "dxf", "fgb", "gdb", "geojson", "gml", "gpkg", "kml", "kmz", "txt", "wkt", "xlsx", "zip"}


def test_every_format_has_files_to_change():
    assert set(seeds()) == FORMATS


def test_mutants_are_the_same_again():
    assert run.mutant(SEED, 4) == run.mutant(SEED, 4)
    assert run.mutant(SEED, 4).data != run.mutant(SEED + 1, 4).data


def test_a_tenth_of_the_mutants_is_read_or_refused():
    tally = run.many(SEED, 2_080, workers=2)
    assert tally.failures == {}
    assert tally.counts.total() == 2_080
    taken = {form: count for (form, _, outcome), count in tally.counts.items() if outcome == "read"}
    assert set(taken) == FORMATS  # in every format some are read: the changes reach beyond the first bytes
    assert {way for _, way, _ in tally.counts} == {"site", "look", "layer"}


def test_uploads_of_mutants_leave_the_server_alive(tmp_path):
    answers = server.run(SEED, 40, tmp_path / "home")
    assert answers.failures == {}
    assert answers.counts.total() == 40
    assert {status for _, status, _ in answers.counts} >= {200, 422}


# Files on which a soak once failed: what was made of them then stands in the name.
MUTANTS = {
    "field-name-not-utf8.fgb": "broken_library",
    "layer-name-not-utf8.fgb": "broken_library",
    "offsets-fall.fgb": "broken_library",
    "unknown-geometry-type.fgb": "broken_library",
    "member-before-the-file.zip": "broken_zip",
    "member-before-the-file.kmz": "broken_zip",
    "bzip2-that-is-none.xlsx": "broken_zip",
    "member-without-name.kmz": "unsafe_zip_path",
    "type-is-a-list.geojson": "broken_geometry",
    "ring-left-open.zip": "",
    "ring-left-open-2.zip": "geometry_invalid",
}
FOLDER = Path(__file__).with_name("mutants")


@pytest.fixture(scope="module")
def warm_readers():
    with warm.readers():
        yield


def test_every_kept_mutant_is_taken():
    assert {path.name for path in FOLDER.iterdir()} == set(MUTANTS)


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_that_failed_once_is_answered(name, tmp_path, warm_readers):
    answer = _answer(lambda: intake.read_site(FOLDER / name, epsg=4547))
    assert answer == ("" if name == "offsets-fall.fgb" else MUTANTS[name])  # feature by feature GDAL gives it as null


def test_feature_that_a_damaged_flatgeobuf_lost_is_told(warm_readers):
    site = intake.read_site(FOLDER / "offsets-fall.fgb", epsg=4547)
    assert "null_geometry" in [issue.code for issue in site.issues]


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_that_failed_once_is_answered_as_a_layer(name, tmp_path, warm_readers):
    def read() -> None:
        with intake.read_layer(FOLDER / name, epsg=4547) as layer:
            assert sum(len(chunk.places) for chunk in layer) > 0

    unread = {"geometry_invalid": "", "broken_geometry": "broken_geometry"}  # of a layer the rest is kept
    assert _answer(read) in {MUTANTS[name], unread.get(MUTANTS[name])}


def test_names_of_a_geopackage_that_are_no_text_are_refused(tmp_path, warm_readers):
    path = gis.geopackage(tmp_path / "a.gpkg", gis.SQUARE)
    gis.altered(path, "UPDATE gpkg_geometry_columns SET column_name = x'67656f6d'")
    assert _answer(lambda: intake.read_site(path, epsg=4547)) == "broken_library"


def test_ring_left_open_in_a_shapefile_is_closed_and_told(warm_readers):
    site = intake.read_site(FOLDER / "ring-left-open.zip", epsg=4547)
    assert "rings_closed" in [issue.code for issue in site.issues]


def _answer(take) -> str:
    """Empty where it is read, else the code of the refusal's reason or its own."""
    try:
        take()
    except SpatialHubError as error:
        reason = error.params.get("reason")
        return reason.code if isinstance(reason, Words) else error.code
    return ""
