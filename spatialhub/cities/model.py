"""Frozen values of a city's folder, and what of them holds on a date. Pure; `loader` reads the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from shapely import Polygon

from spatialhub.catalogue import ClassRow
from spatialhub.precedence.model import Basis, CheckPolicy


@dataclass(frozen=True, slots=True)
class Document:
    """A government document that values of a city cite. `trial`: 试行; dates are inclusive."""

    key: str
    number: str
    title: str
    issued_on: date
    in_force_from: date
    in_force_until: date | None = None
    trial: bool = False
    prolonged_until: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """A department and when it stands. From the day after `until` its duties are its `successor`'s (Z1-23)."""

    key: str
    name: str
    since: date | None = None
    until: date | None = None
    successor: str = ""
    standing_member: bool = False
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Stewardship:
    """What a unit keeps for the one blueprint (Z1-20): its `tasks` in the document's words, the `layers` whose versions
    it releases, the department that has them on the date."""

    department: str
    tasks: tuple[str, ...]
    layers: tuple[str, ...]
    clause: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Region:
    """A district, county-level city or development zone: enters base data for its own area, is asked by departments
    that want its opinion (Z1-22). `code` is that of GB/T 2260, empty where it has none."""

    key: str
    name: str
    kind: str
    code: str = ""
    since: date | None = None
    until: date | None = None
    successor: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that every result of the city carries between two dates."""

    text: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """The city frame: its own generalised outline (EPSG:4490, longitude first, degrees) and the same with `margin_m`
    as a polygon in the city's plane (`boundary`, easting first, metres). `shift_reference` names the layer that the
    test for shifted coordinates compares with; empty: no such test."""

    outline_4490: tuple[tuple[float, float], ...]
    margin_m: float
    boundary: Polygon
    shift_reference: str = ""


@dataclass(frozen=True, slots=True)
class LayerRule:
    """What a city says about a layer of the catalogue."""

    clause: str = ""
    classes: str = ""
    tables: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buffer_m: float | None = None
    buffer_basis: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A layer, use or crosswalk that a file of the city names, with its place."""

    kind: str
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class City:
    """A city's folder. `adopted` is False where the city has no basis for Z1-16 and Z1-17; `statement` says so.

    `regions` are those that stand on the date, `region_tasks` what all of them do. `successors`: department that no
    longer stands on the date → the one that has its duties.
    """

    key: str
    name: str
    epsg: int
    frame: Frame
    policy: CheckPolicy
    adopted: bool
    statement: str
    departments: tuple[Department, ...]
    documents: Mapping[str, Document]
    layers: Mapping[str, LayerRule] = field(default_factory=dict)
    class_rows: tuple[tuple[str, ClassRow], ...] = ()
    stewardships: tuple[Stewardship, ...] = ()
    regions: tuple[Region, ...] = ()
    region_tasks: tuple[Stewardship, ...] = ()
    successors: Mapping[str, str] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()


def in_force(on: date, since: date | None, until: date | None) -> bool:
    """Whether a date lies within two inclusive dates; None is open."""
    return (since is None or since <= on) and (until is None or on <= until)


def notices_on(on: date, documents: Iterable[Document], notices: Iterable[Notice]) -> tuple[str, ...]:
    """Sentences to print on a date: trial documents that have run out, then the city's own notices."""
    expired = [text for document in documents if (text := _expiry(document, on))]
    return (*expired, *(notice.text for notice in notices if in_force(on, notice.since, notice.until)))


def _expiry(document: Document, on: date) -> str:
    last = document.prolonged_until or document.in_force_until
    if last is None or on <= last:
        return ""
    ended = f"{last.year}年{last.month}月{last.day}日"
    kind = "试行期" if document.trial else "有效期"
    return f"{document.number}《{document.title}》{kind}已于{ended}届满，未登记延期：其内容仅供参考。"


def standing(key: str, departments: Mapping[str, Department], on: date) -> str:
    """Key of the department that has the duties of `key` on a date, through all successors."""
    seen: set[str] = set()
    while key in departments and key not in seen:
        seen.add(key)
        department = departments[key]
        if department.until is None or on <= department.until or not department.successor:
            return key
        key = department.successor
    return key
