"""Five hundred stored results: the engine of today answers as the engine that recorded them (check.md §4, §8).

What agreeing means stands in `tests/corpus/compare.py`, that it has teeth in `tests/corpus/test_compare.py`, how to
record anew in `tests/corpus/record.py`.
"""

from __future__ import annotations

import pytest

from tests.corpus.cases import NUMBERS
from tests.corpus.compare import differences
from tests.corpus.condense import read
from tests.corpus.lab import Lab
from tests.corpus.record import records

# The largest of the demo city's sites.
HEAVY = {33}


@pytest.fixture(scope="session")
def stored() -> dict[int, dict]:
    _, *rows = read()
    return {row["number"]: row for row in rows}


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Draws and pins the demo city once."""
    return Lab(tmp_path_factory.mktemp("corpus"))


@pytest.mark.parametrize("number", [pytest.param(n, marks=pytest.mark.slow) if n in HEAVY else n for n in NUMBERS])
def test_a_case_is_answered_as_it_was(number, stored, lab):
    old = stored[number]
    (new,) = records(lab, [number], measure=False)
    found = differences(old, new)
    assert not found, "\n".join([f"case {number} ({old['name']}): {len(found)} differences", *found[:20]])


def test_the_digest_of_inputs_sees_a_millimetre_and_a_word(lab):
    from dataclasses import replace

    from tests.corpus.cases import case
    from tests.shapes import moved

    first = case(210)
    part = first.site.parts[0]
    nudged = replace(first, site=replace(first.site, parts=(replace(part, geometry=moved(part.geometry, 0.001, 0)),)))
    used = replace(first, site=replace(first.site, parts=(replace(part, use="1501"),)))
    fewer = replace(first, features={**first.features, "survey": first.features["survey"][:-1]})
    assert len({lab.digest(row) for row in (first, nudged, used, fewer)}) == 4
    assert lab.digest(first) == lab.digest(case(210))
