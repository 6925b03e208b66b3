"""Cases 200-399: random worlds around a site of 50 m² to 4 km², every layer of the catalogue, clean or dirty.

Dirty as deliveries are: vertices of neighbours off by millimetres, vertices that the neighbour lacks, parcels twice,
parcels that overlap by centimetres, lines drawn along parcels a few millimetres off, giants with parcels as holes.
"""

from __future__ import annotations

import numpy as np
from shapely import Polygon

from spatialhub.check import CheckOptions
from spatialhub.precedence.model import Approval
from spatialhub.spatial.model import Form, SitePart
from tests import shapes
from tests.builders import Feature
from tests.corpus import outlines
from tests.corpus.cases import Case, numbers_of, site_of, traits

AREAS_M2 = (50.0, 400.0, 3_000.0, 10_000.0, 10_000.0, 60_000.0, 250_000.0, 1_000_000.0, 4_000_000.0)
PLAN, URBAN = ("2111", "2121", "111", "113", "13", "122", "9999"), ("R2", "G1", "M1", "A33", "E2", "S1", "XX")
SURVEY, DETAILED = ("0701", "0101", "0301", "1101", "0103"), ("R21", "A33", "G1", "B1")
TERRITORIAL = ("070102", "0804", "1401", "0101", "")
HOUSING = "070102"
LINES = ("line_red", "line_blue", "line_purple", "line_green", "line_yellow", "line_orange")
OPTIONAL = ("blueprint", "territorial_plan", "detailed_plan")
RESERVED = ("医院", "1303", "110千伏变电站", "")


def case(number: int) -> Case:
    rng = numbers_of(number)
    dirty = bool(number % 2)
    area_m2 = AREAS_M2[int(rng.integers(len(AREAS_M2)))]
    world = _World(rng, float(np.sqrt(area_m2)), dirty)
    return Case(
        number,
        f"world of {area_m2:g} m², {'dirty' if dirty else 'clean'}",
        site_of(f"随机{number}", *world.parts()),
        features=world.features(),
        coverage=world.coverage(),
        without=tuple(key for key in ("survey", "eco_redline", "line_blue") if rng.random() < 0.03),
        jurisdiction=world.half_plane() if rng.random() < 0.15 else None,
        options=world.options(),
    )


class _World:
    """Draws one world; the order of its draws is part of the corpus."""

    def __init__(self, rng: np.random.Generator, side: float, dirty: bool) -> None:
        self.rng, self.side, self.dirty = rng, side, dirty
        # In a friendly world most parcels are for housing, and so is the site: all verdicts come up.
        self.friendly = rng.random() < 0.6
        self.low = (shapes.ORIGIN[0] - 0.3 * side, shapes.ORIGIN[1] - 0.3 * side)
        self.middle = (shapes.ORIGIN[0] + side / 2, shapes.ORIGIN[1] + side / 2)
        self.cells = outlines.cells(rng, self.low, 1.6 * side, int(rng.integers(3, 11)))

    def parts(self) -> list[SitePart]:
        rng, side = self.rng, self.side
        form = Form.LINEAR if rng.random() < 0.1 else None
        if rng.random() < 0.15:  # the site is a parcel
            return [SitePart(1, Polygon(self.cells[int(rng.integers(len(self.cells)))]), **self.traits(form))]
        if rng.random() < 0.2:
            shared = self.traits(form)
            east = (self.middle[0] + side * rng.uniform(0.4, 0.8), self.middle[1])
            west = (self.middle[0] - side * 0.2, self.middle[1])
            geometries = [outlines.star(rng, west, side * 0.4), outlines.star(rng, east, side * 0.4)]
            return [SitePart(i, row, **shared) for i, row in enumerate(geometries, 1)]
        outline = outlines.star(rng, self.middle, side * 0.6)
        if rng.random() < 0.3:
            outline = outlines.with_holes(rng, outline, self.middle, side * 0.6, int(rng.integers(1, 4)))
        return [SitePart(1, outline, **self.traits(form))]

    def traits(self, form: Form | None) -> dict:
        return traits(self.rng, form=form) | ({"use": HOUSING} if self.friendly else {})

    def features(self) -> dict[str, list[Feature]]:
        rng = self.rng
        found = {
            "land_use_plan": self._tessellation("land_use_plan", PLAN),
            "urban_rural_plan": self._tessellation("urban_rural_plan", URBAN),
            "survey": self._tessellation("survey", SURVEY),
        }
        for key, codes in zip(OPTIONAL, ((), TERRITORIAL, DETAILED), strict=True):
            if codes and rng.random() < 0.2:
                found[key] = self._tessellation(key, codes)
        often = 0.15 if self.friendly else 0.4
        for key in LINES:
            if rng.random() < often:
                found[key] = self._lines(key)
        if rng.random() < often:
            found["eco_redline"] = [self._named("eco_redline", 0, self._giant(), "")]
        for key in ("farmland_pbf", "basic_farmland"):
            if rng.random() < often:
                found[key] = [self._named(key, i, self._blob(), "") for i in range(int(rng.integers(1, 5)))]
        if rng.random() < 0.6:
            zone = "城镇集中建设区" if rng.random() < 0.7 else "特别用途区"
            found["urban_boundary"] = [self._named("urban_boundary", 0, self._giant(), zone)]
        return found

    def coverage(self) -> dict[str, Polygon]:
        keys = ("land_use_plan", "urban_rural_plan", "survey", "line_green", "farmland_pbf", "urban_boundary")
        return {key: self.half_plane() for key in keys if self.rng.random() < 0.03}

    def half_plane(self) -> Polygon:
        """A large rectangle with an edge through the site."""
        cut = self.side * self.rng.uniform(0.2, 0.8)
        size = self.side * 40
        box = shapes.rectangle(size, 2 * size, cut, -size) if self.rng.random() < 0.5 else shapes.rectangle(
            2 * size, size, -size, cut
        )  # fmt: skip
        return shapes.to_millimetre(box)

    def options(self) -> CheckOptions:
        rng = self.rng
        approvals = ()
        if rng.random() < 0.15:
            area_m2 = self.side**2 * rng.uniform(0.01, 2)
            approvals = (Approval("eco_redline", "state_major_project", "国务院", "1", "2024-05-01", area_m2),)
        return CheckOptions(min_area_m2=self.side**2 / 3 if rng.random() < 0.2 else None, approvals=approvals)

    def _tessellation(self, key: str, codes: tuple[str, ...]) -> list[Feature]:
        rng = self.rng
        own = rng.random() < 0.3
        rings = outlines.cells(rng, self.low, 1.6 * self.side, int(rng.integers(3, 9))) if own else self.cells
        if self.dirty:
            rings = outlines.jittered(rng, rings, (1, 2, 5, 9)[int(rng.integers(4))])
            rings = [outlines.with_vertices(rng, row, 3) if rng.random() < 0.2 else row for row in rings]
        missing = 0.05 if rng.random() < 0.3 else 0.0
        rows = [
            self._named(key, i, Polygon(row), self._code(codes))
            for i, row in enumerate(rings)
            if rng.random() >= missing
        ]
        return [*rows, *self._extra(key, rows)] if self.dirty else rows

    def _code(self, codes: tuple[str, ...]) -> str:
        usual = self.friendly and self.rng.random() < 0.9
        return codes[0] if usual else codes[int(self.rng.integers(len(codes)))]

    def _extra(self, key: str, rows: list[Feature]) -> list[Feature]:
        """Parcels that stand twice, and one that overlaps its neighbours by centimetres."""
        rng, extra = self.rng, []
        for number in range(int(rng.integers(0, 3))):
            geometry, values = rows[int(rng.integers(len(rows)))]
            extra.append((geometry, values | {"id": f"{key}-twice-{number}"}))
        if rng.random() < 0.3:
            geometry, values = rows[int(rng.integers(len(rows)))]
            middle = np.asarray(geometry.centroid.coords[0])
            points = np.asarray(geometry.exterior.coords)
            wider = middle + (points - middle) * (1 + 0.05 / np.hypot(*(points - middle).T).max())
            extra.append((Polygon(np.round(wider, 3)), values | {"id": f"{key}-wide"}))
        return extra

    def _lines(self, key: str) -> list[Feature]:
        rows = []
        for number in range(int(self.rng.integers(1, 4))):
            draw = (self._blob, self._band, self._along)[int(self.rng.integers(3))]
            reserved = RESERVED[int(self.rng.integers(len(RESERVED)))]
            geometry, values = self._named(key, number, draw(), "")
            rows.append((geometry, values | {"reserved_for": reserved}))
        return rows

    def _blob(self) -> Polygon:
        at = tuple(np.asarray(shapes.ORIGIN) + self.rng.random(2) * self.side)
        return outlines.star(self.rng, at, self.side * self.rng.uniform(0.03, 0.4))

    def _band(self) -> Polygon:
        return outlines.turned(self.rng, self.middle, self.side * 4, self.side * self.rng.uniform(0.004, 0.1))

    def _along(self) -> Polygon:
        """A parcel again, in a dirty world a few millimetres off."""
        ring = self.cells[int(self.rng.integers(len(self.cells)))]
        return Polygon(outlines.jittered(self.rng, [ring], 3)[0] if self.dirty else ring)

    def _giant(self) -> Polygon:
        """Six times the site's size, of hundreds of vertices, with a few parcels as holes."""
        outer = outlines.star(self.rng, self.middle, self.side * 6, vertices=(200, 500))
        count = int(np.sqrt(len(self.cells)))
        chosen = [i * count + i for i in range(0, count, 2) if self.rng.random() < 0.5]  # diagonal ones never touch
        rings = [self.cells[i] for i in chosen]
        giant = Polygon(outer.exterior, outlines.jittered(self.rng, rings, 2) if self.dirty else rings)
        return giant if giant.is_valid else outer

    @staticmethod
    def _named(key: str, number: int, geometry: Polygon, code: str) -> Feature:
        return geometry, {"id": f"{key}-{number}", "name": f"图斑{number}", "class": code}
