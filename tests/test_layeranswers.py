"""What a layer's hits say is the same whether they are read as rows or written by the kernel."""

from __future__ import annotations

import pytest
import rfc8785

from spatialhub.catalogue import Consulted, SpeaksFor
from spatialhub.check import check_site
from spatialhub.hashed import WrittenHits, layers_bytes
from spatialhub.result import CheckResult, hashed_text, hashed_value
from tests import shapes
from tests.builders import FORESTRY, HOUSING, a_catalogue, a_floor, a_layer, a_plan, a_policy, a_site, an_entry

SHOWN = {"analyst": ("name", "id", "level", "note", "none")}
ODD = '乙"\\\n\x01\U00020000'
# Ids in an order that is neither that of rows nor of UTF-16 units, some missing; texts that must be escaped.
SAID = (
    {"id": "\uffff", "name": ODD, "level": 1.5, "note": ODD, "class": HOUSING},
    {"id": "\U00020000", "name": None, "level": None, "note": "", "class": HOUSING},
    {"id": None, "name": "", "level": 1e-7, "note": None, "class": None},
    {"id": "", "name": "甲", "level": -0.0, "note": "乙", "class": "9999"},
    {"id": "10", "name": "0", "level": 3.0, "note": "丙", "class": ""},
)


def checked(folder, said) -> CheckResult:
    rows = [(cell, row) for cell, row in zip(shapes.parcels(2, 3, 25.0, 10.0, 10.0), said, strict=False)]
    consulted = (Consulted(FORESTRY, "林地"),)
    layers = [
        a_layer(folder, a_plan("land", SpeaksFor.LAND_USE_PLAN, shown_fields=SHOWN, consulted=consulted), rows),
        a_layer(folder, a_floor(shown_fields=SHOWN), rows[1:]),
        a_layer(folder, an_entry("line_green"), [shapes.square(9.0, 900.0, 900.0)]),
    ]
    return check_site(a_site(), layers, policy=a_policy(), catalogue=a_catalogue(layers))


def by_kernel(result: CheckResult) -> list[bytes | None]:
    return [row.features.write(result.area_u) for row in result.layers if isinstance(row.features, WrittenHits)]


def asked_about(result: CheckResult) -> dict[str, list[str]]:
    return {reason.about: list(reason.features) for row in result.referrals for reason in row.reasons}


def names_on(result: CheckResult, key: str) -> list[str]:
    (layer,) = [row for row in result.layers if row.key == key]
    return [hit.name or hit.id for hit in layer.features]


def as_rows(result: CheckResult) -> list[bytes]:
    """What Python writes of each layer's rows."""
    found = []
    for row in result.layers:
        if isinstance(row.features, WrittenHits):
            fields = {name: getattr(row, name) for name in row.__slots__} | {"features": tuple(row.features)}
            text = b"".join(layers_bytes([type(row)(**fields)], result.area_u))
            found.append(text.split(b'"features":[', 1)[1].rsplit(b'],"floor_area_m2"', 1)[0])
    return found


def test_hits_are_written_by_the_kernel_as_python_writes_their_rows(tmp_path):
    result = checked(tmp_path, SAID)
    written = by_kernel(result)
    assert len(written) == 2
    assert None not in written
    assert [text.count(b'"area_plane_m2"') for text in written] == [4, 5]
    assert written == as_rows(result)
    assert asked_about(result)["land"] == names_on(result, "land")


@pytest.mark.parametrize("role", ["id", "name", "level"])
def test_what_is_not_plain_is_written_by_python(tmp_path, role):
    said = [row | {role: 1e16 * number} for number, row in enumerate(SAID, 1)]
    first, again = (checked(tmp_path, said) for _ in range(2))
    assert by_kernel(first) == [None, None]
    assert hashed_text(first) == rfc8785.dumps(hashed_value(again))
    assert asked_about(first)["land"] == names_on(again, "land")
