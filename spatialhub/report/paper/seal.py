"""The result that every report carries in itself, and reading it back: what `report verify` goes by.

Carried is the published JSON without the shapes of its fragments (the site's parts keep theirs, so that the check can
be made again), the names of uses that were printed, and which template was filled.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import mapping, shape

from spatialhub import canonical
from spatialhub.errors import NotAResult
from spatialhub.messages import Words

FORMAT = 1
# Where it stands in a file: Word's custom XML part, the attachment of a PDF, a hidden sheet, a table of a GeoPackage.
XML_PART, XML_NAMESPACE = "/customXml/check_result.xml", "urn:spatialhub:check-result"
ATTACHMENT = "check_result.json.gz"
HIDDEN_SHEET = "_check_result"
RESULT_TABLE = "result"
_AREAS = frozenset({
    "area_m2", "area_plane_m2", "unchecked_area_m2", "floor_area_m2", "lost_m2", "outside_jurisdiction_m2",
})  # fmt: skip
_VERBATIM = frozenset({"attributes", "facts"})


@dataclass(frozen=True, slots=True)
class Carried:
    """What a report carries: `document` (the JSON; fragments without shapes unless it is a JSON file itself), the
    shapes of the site's parts by number, names of the uses printed, hash of the template (empty for none)."""

    document: Mapping[str, Any]
    parts: Mapping[int, Mapping]
    uses: Mapping[str, str]
    template: str = ""

    @property
    def exact(self) -> bool:
        """Whether the parts are as they were checked, not put together from fragments."""
        return len(self.parts) == 1 or own_outlines(self.document)


def seal(document: Mapping, *, uses: Mapping[str, str], template: bytes | str = b"") -> bytes:
    """Return what a report carries, packed."""
    slim = [{key: value for key, value in row.items() if key != "geometry"} for row in document["fragments"]]
    used = {part["use"] for part in document["site"]["parts"]}
    value = {
        "format": FORMAT,
        "result": dict(document) | {"fragments": slim},
        "parts": {} if own_outlines(document) else {str(key): each for key, each in part_shapes(document).items()},
        "uses": {code: name for code, name in uses.items() if code in used},
        "template_sha256": template_hash(template) if template else "",
    }
    return gzip.compress(json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), mtime=0)


def template_hash(template: bytes | str) -> str:
    """Return the SHA-256 of a template."""
    return hashlib.sha256(template.encode() if isinstance(template, str) else template).hexdigest()


def part_shapes(document: Mapping) -> dict[int, Mapping]:
    """Return the shape of every part of the site: its own outline; of a result of before they were published the
    site's where there is one part, else the fragments it is made of."""
    parts = document["site"]["parts"]
    if own_outlines(document):
        return {part["number"]: part["geometry"] for part in parts}
    numbers = [part["number"] for part in parts]
    if len(numbers) == 1:
        return {numbers[0]: document["site"]["geometry"]}
    shapes = [(row["parts"], shape(row["geometry"])) for row in document["fragments"]]
    united = {number: shapely.union_all([each for parts, each in shapes if number in parts]) for number in numbers}
    return {number: mapping(each) for number, each in united.items() if not each.is_empty}


def own_outlines(document: Mapping) -> bool:
    """Whether a result has the outline of every part of its site."""
    return all("geometry" in part for part in document["site"]["parts"])


def unsealed(value: Mapping) -> Carried:
    """Return what a value is (the published JSON) or holds (`seal`, unpacked).

    Raises
    ------
    NotAResult
        A newer program packed it.
    KeyError, TypeError, ValueError, ShapelyError
        It is neither.
    """
    if "schema_version" in value:
        return Carried(value, part_shapes(value), {})
    if value["format"] != FORMAT:
        raise NotAResult("", reason=Words.of("verify_newer", format=value["format"]))
    shapes = {int(number): each for number, each in value["parts"].items()}
    return Carried(value["result"], shapes or part_shapes(value["result"]), value["uses"], value["template_sha256"])


def recomputed_hash(document: Mapping) -> str:
    """Return the result hash of a published JSON, from what it says (check.md §8): the way back of `result.to_json`."""
    parts = [_without(part, "geometry") for part in document["site"]["parts"]]
    value = {
        "site": _without(document["site"], "geometry", "source", "issues", "parts") | {"parts": parts},
        "layers": [_without(row, "version", "in_force_from") for row in document["layers"]],
        "fragments": [_without(row, "geometry") for row in document["fragments"]],
        "proposal": _proposal(document["proposal"]),
        "referrals": document["referrals"],
        "city": document["provenance"]["city"],
        "policy_version": document["provenance"]["policy_version"],
        "catalogue_version": document["provenance"]["catalogue_version"],
    }
    return hashlib.sha256(canonical.dumps(value)).hexdigest()


def _without(row: Mapping, *names: str) -> Any:
    return _units({key: value for key, value in row.items() if key not in names})


def _proposal(value: Mapping) -> Any:
    suggestion = value["suggestion"] and {key: item for key, item in value["suggestion"].items() if key != "geometry"}
    return _units(dict(value) | {"suggestion": suggestion})


def _units(value: Any) -> Any:
    """Areas as the whole units of 1e-4 m² that are hashed; what came from files stays as it is."""
    if isinstance(value, Mapping):
        return {
            key: item if key in _VERBATIM else round(item * 10_000) if key in _AREAS else _units(item)
            for key, item in value.items()
        }
    return [_units(item) for item in value] if isinstance(value, list) else value
