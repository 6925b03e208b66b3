"""What is kept of a result: all that its hash covers (check.md §8) and more, without geometry, areas as integers.

Made of the public JSON alone. Areas become whole units of 1e-4 m² (`area_u` …); of a fragment's and a suggestion's
geometry there stay the perimeter (m) and the centroid (m from the site's lower left corner).
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import shapely
from shapely.geometry import shape

STORE = Path(__file__).with_name("results.jsonl.xz")
_UNITS_PER_M2 = 10_000
_NOT_KEPT = {
    "schema_version", "notices", "checked_at", "timings_ms", "geometry", "source", "issues", "version",
    "in_force_from", "area_basis", "city_name", "as_of", "known_at", "layer_versions",
}  # fmt: skip


def condense(result: Mapping) -> dict:
    """The kept value of a published result; a refusal ({"error": code}) is kept as it is."""
    if "error" in result:
        return dict(result)
    kept = _kept(result)
    corner = result["site"]["bounds"][:2]
    rulings: list[dict] = []
    for fragment, full in zip(kept["fragments"], result["fragments"], strict=True):
        fragment.update(_place(full["geometry"], corner))
        if fragment["ruling"] not in rulings:
            rulings.append(fragment["ruling"])
        fragment["ruling"] = rulings.index(fragment["ruling"])
    if kept["proposal"]["suggestion"]:
        kept["proposal"]["suggestion"].update(_place(result["proposal"]["suggestion"]["geometry"], corner))
    return kept | {"rulings": rulings}


def _kept(value):
    if isinstance(value, Mapping):
        return dict(_item(key, item) for key, item in value.items() if key not in _NOT_KEPT)
    return [_kept(row) for row in value] if isinstance(value, (list, tuple)) else value


def _item(key: str, value) -> tuple[str, object]:
    if key == "moved_m2":
        return "moved_u", {name: round(area * _UNITS_PER_M2) for name, area in value.items()}
    if key.endswith("_m2") and key != "declared_area_m2" and value is not None:
        return key.removesuffix("m2") + "u", round(value * _UNITS_PER_M2)
    return key, dict(value) if key == "attributes" else _kept(value)


def _place(geometry: Mapping, corner) -> dict:
    found = shape(geometry)
    centre = shapely.centroid(found)
    return {
        "perimeter_m": round(float(shapely.length(found)), 3),
        "centre_m": [round(centre.x - corner[0], 4), round(centre.y - corner[1], 4)],
    }


def write(rows: Iterable[Mapping], path: Path = STORE) -> None:
    """Write records one a line, in the order given: the same records give the same bytes."""
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in rows)
    path.write_bytes(lzma.compress("".join(f"{line}\n" for line in lines).encode(), preset=9 | lzma.PRESET_EXTREME))


def read(path: Path = STORE) -> Iterator[dict]:
    """Read the records: {number, name, inputs, rules, boundaries_m, result}; the first line is about the whole."""
    yield from map(json.loads, lzma.decompress(path.read_bytes()).decode().splitlines())
