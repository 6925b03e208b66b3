"""Frames of a contained reader → a `Site`: one file is one site, each feature a part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from shapely import Geometry, Polygon

from spatialhub import settings
from spatialhub.errors import OptionError, TooLarge
from spatialhub.intake import limits, wire
from spatialhub.intake.attributes import by_role
from spatialhub.intake.file_use import UseTables, candidates
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.crs import Bringing
from spatialhub.spatial.frame import demand_inside
from spatialhub.spatial.model import Form, Issue, Land, Level, Manner, Site, SitePart, Source
from spatialhub.spatial.shift import suspect_shift

_USE = re.compile(r"\d{2}(\d{2}){0,2}")
_UNITS = ((1.0, "m²"), (1e4, "公顷"), (10_000 / 15, "亩"))
_ENUMS: Mapping[str, type[StrEnum]] = {"level": Level, "form": Form, "manner": Manner, "land": Land}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says of every part; it wins over the file.

    `uses` are the national codes and their names, `survey` the land survey's codes with name and national codes;
    `use_of_file` that the use which the file's own words mean was asked about and taken.
    """

    name: str | None = None
    use: str | None = None
    form: str | None = None
    level: str | None = None
    manner: str | None = None
    facility: str | None = None
    uses: Mapping[str, str] = field(default_factory=dict)
    survey: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    use_of_file: bool = False

    def __post_init__(self) -> None:
        for name in ("form", "level", "manner"):
            value, enum = getattr(self, name), _ENUMS[name]
            if value is not None and value not in set(enum):
                raise OptionError(f"--{name}", found=value[:60], allowed=tuple(enum))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a site is held against: the city's plane and frame, and a layer whose boundaries are known to be right."""

    epsg: int
    frame: Polygon | None = None
    reference: Geometry | None = None


def brought_in(bringing: Bringing, place: str) -> Issue:
    """Say from where to where coordinates were brought, and who said from where."""
    source, target = f"EPSG:{bringing.source}", f"EPSG:{bringing.target}"
    return Issue.of(f"brought_in_by_{bringing.by}", place, source=source, target=target, how=bringing.how)


class SiteBuilder:
    """Collects frames; `build` gives the site."""

    def __init__(self, name: str, wishes: Wishes, around: Surroundings) -> None:
        self._name, self._wishes, self._around = name, wishes, around
        self._start: dict[str, Any] = {}
        self._issues: list[Issue] = []
        self._rows: list[tuple[Geometry, dict[str, object], str]] = []

    def take(self, head: dict[str, Any], geometries: np.ndarray) -> None:
        """Take one frame with its geometries."""
        if head["kind"] == "start":
            self._start = head
        elif head["kind"] == "chunk":
            columns, places = head["attributes"], head["places"]
            self._rows += [(one, by_role(columns, i), places[i]) for i, one in enumerate(geometries)]
        elif head["kind"] == "end":
            self._issues += [wire.issue_from_json(one) for one in head["issues"]]

    def build(self, sha256: str) -> Site:
        """Build the site, hold it against the frame and the reference.

        Raises
        ------
        OutsideFrame
            It lies wholly outside the city's frame.
        TooLarge
            It is larger than a site may be.
        """
        geometries = np.array([one for one, _, _ in self._rows], object)
        areas = areas_m2(geometries, self._around.epsg)
        self._demand_small(float(areas.sum()))
        parts = tuple(
            self._part(number, geometry, roles, place, float(area))
            for number, ((geometry, roles, place), area) in enumerate(zip(self._rows, areas, strict=True), start=1)
        )
        whole = shapely.geometrycollections([part.geometry for part in parts])
        self._hold(whole)
        missing = self._start["missing"]
        if missing:
            self._issues.insert(0, Issue.of("containment_weak", self._name, missing="、".join(missing)))
        source = Source(
            self._name, sha256, self._start["format"], f"EPSG:{self._start['source']}", self._start["encoding"]
        )
        name = self._wishes.name or self._name.rsplit(".", 1)[0]
        return Site(name, parts, self._around.epsg, source, tuple(self._issues))

    def _demand_small(self, area_m2: float) -> None:
        most_km2 = settings.number("SPATIALHUB_SITE_MAX_KM2")
        if area_m2 > most_km2 * 1e6:
            raise TooLarge(self._name, limit=limits.area(most_km2), found=f"{area_m2 / 1e6:.0f} km²")

    def _hold(self, whole: Geometry) -> None:
        around = self._around
        bringing = Bringing(self._start["source"], around.epsg, self._start["by"])
        self._issues.insert(0, brought_in(bringing, self._name))
        if around.frame is not None:
            demand_inside(whole, around.frame, bringing, self._name)
        if around.reference is not None:
            flat = shapely.multipolygons(shapely.get_parts(shapely.get_parts(whole)))
            suspicion = suspect_shift(flat, around.reference, epsg=around.epsg, place=self._name)
            self._issues += [suspicion] if suspicion else []

    def _part(self, number: int, geometry: Any, roles: dict[str, object], place: str, area_m2: float) -> SitePart:
        chosen = {name: self._enum(name, roles, place) for name in _ENUMS}
        height = roles.get("max_height_m")
        return SitePart(
            number,
            geometry,
            name=str(roles.get("name", "")),
            use=self._use(roles, place),
            declared_area_m2=self._declared(roles, area_m2, place),
            facility=self._chosen("facility", str(roles["facility"]) if "facility" in roles else None, place),
            max_height_m=float(height) if isinstance(height, (int, float)) else None,
            **{name: value for name, value in chosen.items() if value is not None},
        )

    def _chosen(self, name: str, said: str | None, place: str) -> str | None:
        """The option where one is given, and an issue where the file says otherwise."""
        wish = getattr(self._wishes, name, None)
        if wish is None:
            return said
        if said is not None and said != wish:
            self._issues.append(Issue.of("option_overrides", place, what=name, said=said, option=wish))
        return wish

    def _enum(self, name: str, roles: dict[str, object], place: str) -> Any:
        enum = _ENUMS[name]
        said = str(roles[name]) if name in roles else None
        if said is not None and said not in set(enum):
            allowed = ", ".join(enum)
            self._issues.append(Issue.of("attribute_ignored", place, what=name, said=said, allowed=allowed))
            said = None
        value = self._chosen(name, said, place)
        return enum(value) if value is not None else None

    def _use(self, roles: dict[str, object], place: str) -> str | None:
        """The option; else a code of a column of uses that is national; else what 地块用途 and 地类编码 mean, once
        that was asked about."""
        said = str(roles["use"]) if "use" in roles else None
        uses = self._wishes.uses
        if said is not None and (not _USE.fullmatch(said) or (uses and said not in uses)):
            self._issues.append(Issue.of("attribute_ignored", place, what="use", said=said, allowed="用地用海分类"))
            said = None
        code, words = str(roles.get("class_code", "")), str(roles.get("purpose", ""))
        chosen = self._chosen("use", said, place)
        return chosen if chosen is not None or not (code or words) else self._meant(code, words, place)

    def _meant(self, code: str, words: str, place: str) -> str | None:
        """The use that the file's words mean, where that was asked about and taken; else the question."""
        found = candidates(code, words, UseTables(self._wishes.uses, self._wishes.survey))
        told = {"code": code or "—", "words": words or "—"}
        if len(found) == 1:
            use, name = found[0], self._wishes.uses.get(found[0], "")
            self._issues.append(
                Issue.of("use_taken" if self._wishes.use_of_file else "use_offered", place, use=use, name=name, **told)
            )
            return use if self._wishes.use_of_file else None
        listed = "、".join(f"{one} {self._wishes.uses.get(one, '')}".strip() for one in found[:8])
        self._issues.append(Issue.of("use_unclear" if found else "use_not_taken", place, candidates=listed, **told))
        return None

    def _declared(self, roles: dict[str, object], area_m2: float, place: str) -> float | None:
        if isinstance(roles.get("declared_area_m2"), (int, float)):
            return float(roles["declared_area_m2"])  # type: ignore[arg-type]
        try:
            value = float(str(roles.get("declared_area", "")))
        except ValueError:
            return None
        for factor, unit in _UNITS:
            if area_m2 and abs(value * factor / area_m2 - 1) <= 0.1:
                if factor != 1.0:
                    self._issues.append(Issue.of("txt_area_unit", place, value=value, unit=unit))
                return value * factor
        if value:
            self._issues.append(Issue.of("txt_area_unclear", place, value=value, area_m2=f"{area_m2:.2f}"))
        return None
