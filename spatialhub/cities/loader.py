"""Load a city's folder: frame.toml, check.toml, departments.toml, and stewards.toml, layers.toml, classes.toml if any.

city = load_city("zhengzhou")
catalogue = load_catalogue(city=city)      # layers.catalog: applies the city and holds its references
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import rfc8785
from shapely import Polygon, transform

from spatialhub.catalogue import ClassRow
from spatialhub.cities.model import (
    City,
    Department,
    Document,
    Frame,
    LayerRule,
    Notice,
    Reference,
    notices_on,
    standing,
)
from spatialhub.cities.policy import (
    Reader,
    check_parts,
    departments_of,
    duties,
    regions,
    stewardships,
    subjects,
)
from spatialhub.cities.schema import FILES, NAMES_FILE
from spatialhub.datafile import DataFile, load, read
from spatialhub.errors import UnknownCity, WrongValue
from spatialhub.precedence.model import CheckPolicy
from spatialhub.spatial.crs import GEOGRAPHIC, mover, plane_zone

FOLDER = Path(__file__).parent
CHINA = timezone(timedelta(hours=8))
_OPTIONAL = ("layers.toml", "classes.toml", "stewards.toml")
_UNNAMED = "（本市未登记具体单位）"
_FARTHEST_DEG = 3.0  # from the central meridian: beyond it the plane of another zone was meant


def cities() -> tuple[str, ...]:
    """Names of the cities that come with the platform."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/frame.toml")))


def load_city(name_or_path: str | Path, *, today: date | None = None) -> City:
    """Load a city by its name or the path of its folder, as its rules stand on a date (default: today in China).

    Raises
    ------
    UnknownCity
        There is no such city; `known` lists those there are.
    DataFileError
        A file breaks its schema or names something unknown; file and line are named.
    """
    book = _Book(_folder(name_or_path), today or datetime.now(CHINA).date())
    layers, of_layers = _layer_rules(book)
    rows, of_rows = _class_rows(book)
    policy, of_policy = _policy(book, layers)
    kept, of_kept = stewardships(book.reader("stewards.toml"))
    there, tasks = regions(book.reader("stewards.toml"))
    frame = _frame(book.frame)
    version = _version(policy, frame, layers, rows)
    return City(
        key=policy.city,
        name=policy.name,
        epsg=policy.epsg,
        frame=frame,
        policy=replace(policy, policy_version=version, notices=book.notices),
        adopted=policy.has_basis,
        statement=book.frame.table.get("statement", ""),
        departments=tuple(book.departments.values()),
        documents=book.documents,
        layers=layers,
        class_rows=rows,
        stewardships=kept,
        regions=there,
        region_tasks=tasks,
        successors={key: new for key in book.departments if (new := standing(key, book.departments, book.on)) != key},
        references=(*of_layers, *of_rows, *of_policy, *of_kept),
    )


@dataclass(frozen=True)
class _Book:
    """A city's folder, opened for a date."""

    folder: Path
    on: date

    def file(self, name: str) -> DataFile:
        path = self.folder / name
        if name in _OPTIONAL and not path.exists():
            return DataFile(path, {}, {})
        return load(path, FILES[name])

    def reader(self, name: str) -> Reader:
        return Reader(self.file(name), self.documents, self.departments, self.names, self.on)

    @cached_property
    def frame(self) -> DataFile:
        return self.file("frame.toml")

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        return {key: Document(key=key, **row) for key, row in self.frame.table.get("document", {}).items()}

    @cached_property
    def departments(self) -> Mapping[str, Department]:
        return departments_of(self.file("departments.toml"))

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of the department that has each key's duties on the date; a general name where the city names none."""
        names = {key: name + _UNNAMED for key, name in read(FOLDER / "departments.toml", NAMES_FILE)["names"].items()}
        named = {key: self.departments[standing(key, self.departments, self.on)].name for key in self.departments}
        return names | named

    @cached_property
    def notices(self) -> tuple[str, ...]:
        rows = self.frame.table.get("notice", ())
        own = [Notice(row["text"], row.get("from"), row.get("until")) for row in rows]
        statement = self.frame.table.get("statement", "")
        said = notices_on(self.on, self.documents.values(), own)
        return (statement, *said) if statement else said


def _folder(name_or_path: str | Path) -> Path:
    if str(name_or_path) in cities():
        return FOLDER / str(name_or_path)
    path = Path(name_or_path)
    path = path.parent if path.name == "frame.toml" else path
    if not (path / "frame.toml").is_file():
        raise UnknownCity(str(name_or_path), known=cities())
    return path.resolve()


def _policy(book: _Book, layers: Mapping[str, LayerRule]) -> tuple[CheckPolicy, list[Reference]]:
    parts, of_check = check_parts(book.reader("check.toml"))
    people = book.reader("departments.toml")
    asked, of_people = subjects(people)
    policy = CheckPolicy(
        city=book.folder.name,
        name=book.frame.table["name"],
        epsg=book.frame.table["epsg"],
        policy_version="",
        departments=book.names,
        layer_clauses={key: rule.clause for key, rule in layers.items() if rule.clause},
        duties=duties(people),
        subjects=asked,
        **parts,  # type: ignore[arg-type]
    )
    return policy, [*of_check, *of_people]


def _version(policy: CheckPolicy, frame: Frame, layers: Mapping[str, LayerRule], rows: tuple) -> str:
    """Hash of the effective table: what the city's files say on the date, without notices."""
    value: dict[str, Any] = {
        "policy": asdict(policy),
        "frame": [frame.outline_4490, frame.margin_m],
        "layers": {key: asdict(rule) for key, rule in layers.items()},
        "rows": [[key, asdict(row)] for key, row in rows],
    }
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()[:16]


# --- frame.toml ------------------------------------------------------------------------------------------------------


def _frame(file: DataFile) -> Frame:
    epsg, row = file.table["epsg"], file.table["frame"]
    try:
        zone = plane_zone(epsg)
    except ValueError:
        raise WrongValue(file.place("epsg"), key="epsg", found=epsg, allowed="4491-4554 (CGCS2000)") from None
    outline = tuple(
        _corner(file, point, index, zone.central_meridian_deg) for index, point in enumerate(row["outline"])
    )
    polygon = Polygon(outline) if len(outline) > 2 else Polygon()
    if not polygon.is_valid or polygon.is_empty:
        raise WrongValue(file.place("frame", "outline"), key="outline", found=len(outline), allowed="a simple polygon")
    boundary = transform(polygon, mover(GEOGRAPHIC, epsg)).buffer(row["margin_m"], join_style="mitre", mitre_limit=2.0)
    return Frame(outline, float(row["margin_m"]), Polygon(boundary.exterior), row.get("shift_reference", ""))


def _corner(file: DataFile, point: list, index: int, meridian_deg: float) -> tuple[float, float]:
    place = file.place("frame", "outline", index)
    if len(point) != 2 or not all(isinstance(value, (int, float)) for value in point):
        raise WrongValue(place, key="outline", found=repr(point), allowed="[longitude, latitude]")
    lon, lat = map(float, point)
    if abs(lon - meridian_deg) > _FARTHEST_DEG or not 3 <= lat <= 54:
        allowed = f"{meridian_deg - _FARTHEST_DEG}-{meridian_deg + _FARTHEST_DEG}°E, 3-54°N"
        raise WrongValue(place, key="outline", found=repr(point), allowed=allowed)
    return lon, lat


# --- layers.toml and classes.toml ------------------------------------------------------------------------------------


def _layer_rules(book: _Book) -> tuple[dict[str, LayerRule], list[Reference]]:
    """What the city says about layers, with the crosswalks that classes.toml chooses for them."""
    reader, classes = book.reader("layers.toml"), book.file("classes.toml")
    rules, references = {}, []
    for key, row in reader.file.table.get("layer", {}).items():
        at = ("layer", key)
        if row.get("buffer_m") is not None and not row.get("buffer_basis"):
            raise WrongValue(reader.file.place(*at, "buffer_m"), key="buffer_basis", found="—", allowed="text")
        references.append(Reference("layer", key, reader.file.place(*at)))
        rules[key] = LayerRule(
            clause=reader.cite(row, *at),
            tables=tuple(row.get("tables", ())),
            aliases={role: tuple(names) for role, names in row.get("aliases", {}).items()},
            buffer_m=row.get("buffer_m"),
            buffer_basis=row.get("buffer_basis", ""),
        )
    for key, crosswalk in classes.table.get("crosswalk", {}).items():
        place = classes.place("crosswalk", key)
        references += [Reference("layer", key, place), Reference("crosswalk", crosswalk, place)]
        rules[key] = replace(rules.get(key, LayerRule()), classes=crosswalk)
    return rules, references


def _class_rows(book: _Book) -> tuple[tuple[tuple[str, ClassRow], ...], list[Reference]]:
    file = book.file("classes.toml")
    rows, references = [], []
    for index, row in enumerate(file.table.get("row", ())):
        references.append(Reference("crosswalk", row["crosswalk"], file.place("row", index, "crosswalk")))
        references += [Reference("use", use, file.place("row", index, "pivot")) for use in row["pivot"]]
        rows.append((row["crosswalk"], ClassRow(row["code"], row["name"], tuple(row["pivot"]), row["source"])))
    return tuple(rows), references
