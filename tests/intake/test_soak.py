"""Changed files are read or refused, by readers, imports and a live server; CI runs a tenth, `make soak` all."""

from __future__ import annotations

from tests.intake.soak import run, server
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
