"""Running a case: the demo city drawn once, layers pinned as real snapshots, the check, and what guards its inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry

from layers.catalog import load_catalogue
from spatialhub.catalogue import Catalogue
from spatialhub.check import PinnedLayer, check_site
from spatialhub.cities.loader import load_city
from spatialhub.cities.model import City
from spatialhub.demo.city import PARCELS
from spatialhub.demo.city import SEED as CITY_SEED
from spatialhub.demo.classes import classify
from spatialhub.demo.parcels import build_parcels
from spatialhub.demo.table import Table
from spatialhub.demo.tables import build_tables
from spatialhub.errors import SpatialHubError
from spatialhub.precedence.model import CheckPolicy
from spatialhub.result import to_json
from tests.builders import EVERYWHERE, RULES, a_layer, not_loaded
from tests.corpus.cases import Case
from tests.demo.pinned import pin_tables

ON = date(2026, 11, 22)
# Layers that would govern, or speak before the master plan: not loaded unless a case fills them.
ABSENT = ("territorial_plan", "blueprint", "detailed_plan")
# The layers of the catalogue when the results were recorded: what came later is another question, with other answers.
RECORDED = (
    "line_red", "line_blue", "line_purple", "line_green", "line_yellow", "line_orange", "farmland_pbf",
    "basic_farmland", "eco_redline", "urban_boundary", "land_use_plan", "control_zone", "urban_rural_plan",
    "detailed_plan", "territorial_plan", "survey", "admin_area",
)  # fmt: skip
# Digests round to 1e-7 m: below every grid, above the last digit of a double.
_PER_METRE = 10_000_000


@cache
def city(name: str) -> City:
    return load_city(name, today=ON)


@cache
def catalogue(name: str) -> Catalogue:
    return load_catalogue(city=city(name)).only(RECORDED)


@cache
def policy(rules: str) -> CheckPolicy:
    """A city's policy; `own`: an invented city with another table of precedence and Zhengzhou's values."""
    if rules != "own":
        return city(rules).policy
    return replace(city("zhengzhou").policy, city="owncity", name="自拟市", policy_version="own-1", rules=RULES)


class Lab:
    """Runs cases; snapshots go below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._empty: dict[str, PinnedLayer] = {}

    def run(self, case: Case) -> dict:
        """The public JSON of the case's result, or {"error": its code} where the check refuses."""
        boundary = city("zhengzhou").frame.boundary if case.jurisdiction == "city" else case.jurisdiction
        try:
            result = check_site(
                case.site,
                self.layers(case),
                policy=policy(case.rules),
                catalogue=catalogue(_catalogue_of(case)),
                jurisdiction=boundary,
                options=case.options,
            )
        except SpatialHubError as error:
            return {"error": error.code}
        return to_json(result)

    def layers(self, case: Case) -> list[PinnedLayer]:
        if case.features is None:
            return [replace(row, entry=catalogue(_catalogue_of(case)).entry(row.entry.key)) for row in self._demo_pins]
        return [self._pin(case, entry) for entry in catalogue(_catalogue_of(case)).entries.values()]

    def _pin(self, case: Case, entry) -> PinnedLayer:
        key, given = entry.key, case.features or {}
        if key in case.without or (key in ABSENT and key not in given):
            return not_loaded(entry)
        if key in given or key in case.coverage:
            return a_layer(self.folder, entry, given.get(key, ()), coverage=case.coverage.get(key, EVERYWHERE))
        if key not in self._empty:
            self._empty[key] = a_layer(self.folder, entry)
        return self._empty[key]

    @cached_property
    def demo(self) -> tuple[Table, ...]:
        """The demo city's layers, drawn once."""
        rng = np.random.default_rng(CITY_SEED)
        parcels = build_parcels(PARCELS, rng)
        return build_tables(parcels, classify(parcels, rng), rng)

    @cached_property
    def _demo_pins(self) -> tuple[PinnedLayer, ...]:
        return pin_tables(self.demo, catalogue("zhengzhou"), self.folder / "demo")

    # --- what guards the inputs --------------------------------------------------------------------------------------

    def digest(self, case: Case) -> str:
        """Digest of all that goes into the check but the rules: site, layers, jurisdiction, options."""
        digest = hashlib.sha256(repr((case.rules, case.without, case.options)).encode())
        digest.update(case.jurisdiction.encode() if isinstance(case.jurisdiction, str) else _bytes(case.jurisdiction))
        for part in case.site.parts:
            digest.update(repr(replace(part, geometry=None)).encode() + _bytes(part.geometry))  # type: ignore[arg-type]
        if case.features is None:
            digest.update(self.demo_digest.encode())
        for key, rows in sorted((case.features or {}).items()):
            for geometry, values in rows:
                digest.update(f"{key} {sorted(values.items())}".encode() + _bytes(geometry))
        for key, coverage in sorted(case.coverage.items()):
            digest.update(key.encode() + _bytes(coverage))
        return digest.hexdigest()[:24]

    @cached_property
    def demo_digest(self) -> str:
        digest = hashlib.sha256(_bytes(city("zhengzhou").frame.boundary))
        for table in self.demo:
            digest.update(table.key.encode() + _bytes(shapely.normalize(table.coverage)))
            digest.update(_bytes(shapely.normalize(table.geometry)))
            for name, values in sorted(table.columns.items()):
                digest.update(json.dumps([name, list(map(str, values))], ensure_ascii=False).encode())
        return digest.hexdigest()

    # --- how long the boundaries are on which a result may be off ----------------------------------------------------

    def boundaries_m(self, case: Case) -> dict[str, float]:
        """Lengths in metres inside the site: `layer/feature` of that feature's overlap (its own boundary inside the
        site, the site's inside it), `layer` of its coverage's edge, `` of the site, `jurisdiction`."""
        site = shapely.union_all([part.geometry for part in case.site.parts], grid_size=1e-5)
        found = {"": float(sum(part.geometry.length for part in case.site.parts))}
        for name, geometry in self._around(case, site):
            found[name] = found.get(name, 0.0) + _inside_m(geometry, site)
        return {name: round(length, 3) for name, length in found.items() if length}

    def _around(self, case: Case, site: Geometry) -> Iterator[tuple[str, Geometry]]:
        if case.jurisdiction is not None:
            yield "jurisdiction", city("zhengzhou").frame.boundary if case.jurisdiction == "city" else case.jurisdiction
        if case.features is None:
            for table in self.demo:
                yield table.key, table.coverage
                aliases = catalogue("zhengzhou").entry(table.key).aliases["id"]
                ids = table.columns[next(alias for alias in aliases if alias in table.columns)]
                for i in np.flatnonzero(shapely.intersects(table.geometry, site)):
                    yield f"{table.key}/{ids[i]}", table.geometry[i]
        yield from case.coverage.items()
        for key, rows in (case.features or {}).items():
            for geometry, values in rows:
                yield f"{key}/{values['id']}", geometry


def _catalogue_of(case: Case) -> str:
    return "zhengzhou" if case.rules == "own" else case.rules


def _inside_m(geometry: Geometry, site: Geometry) -> float:
    own = shapely.intersection(shapely.boundary(geometry), site)
    return float(shapely.length(own) + shapely.length(shapely.intersection(shapely.boundary(site), geometry)))


def _bytes(geometry: Geometry | np.ndarray | None) -> bytes:
    """Rings and coordinates in whole units of 1e-7 m, in the order given."""
    if geometry is None:
        return b"-"
    rings = shapely.get_rings(shapely.get_parts(np.atleast_1d(np.asarray(geometry, dtype=object))))
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    return np.rint(coords * _PER_METRE).astype("<i8").tobytes() + ring.astype("<i8").tobytes()


def digests_of_rules(rules: str) -> Mapping[str, str]:
    """Versions of what the rules are: a result may differ because these did."""
    return {"policy": policy(rules).policy_version, "catalogue": catalogue("zhengzhou").version}
