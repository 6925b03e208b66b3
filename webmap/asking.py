"""What somebody asks the check, parsed strictly from a form or from JSON. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from spatialhub.errors import BrokenFile, NothingGiven, OptionError
from spatialhub.intake.json_text import parse_json
from spatialhub.messages import Words
from spatialhub.spatial.model import Form, Level, Manner

_POINT = re.compile(r"^\s*(?:[JjＪ]?\d{1,4}\s*[,，;；\t ]\s*)?(-?\d+(?:\.\d+)?)\s*[,，;；\t ]\s*(-?\d+(?:\.\d+)?)\s*$")
_CRS = re.compile(r"^(?:EPSG:)?(\d{4,5})$", re.IGNORECASE)
MAX_TYPED = 2_000_000
MAX_NAME = 200


class Way(StrEnum):
    """How the site was handed in."""

    FILE = "file"
    TYPED = "typed"
    DRAWN = "drawn"
    SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Asking:
    """A site as handed in, with what is to be built. `crs` is an EPSG code or None where nobody said."""

    way: Way
    name: str = ""
    data: bytes = b""
    typed: str = ""
    drawn: Mapping | None = None
    crs: int | None = None
    use: str | None = None
    level: Level | None = None
    form: Form | None = None
    manner: Manner | None = None
    facility: str | None = None
    min_area_m2: float | None = None
    axes: Literal["north_first", "east_first"] | None = None
    sublayer: str | None = None
    encoding: str | None = None
    degrees: Literal["decimal"] | None = None
    accept: tuple[str, ...] = ()


def from_form(form: Mapping[str, str], upload: tuple[str, bytes] | None) -> Asking:
    """Read the page's form.

    Raises
    ------
    NothingGiven
        The way chosen has nothing in it.
    OptionError
        A field has a value that cannot be used.
    """
    way = _choice(Way, form.get("way"), "way") or Way.FILE
    name, data = upload or ("", b"")
    if way is Way.FILE and not data:
        raise NothingGiven("file")
    if way is Way.TYPED and not form.get("typed", "").strip():
        raise NothingGiven("typed")
    if way is Way.DRAWN and not form.get("drawn", "").strip():
        raise NothingGiven("drawn")
    if way is Way.SAMPLE and not form.get("sample"):
        raise NothingGiven("sample")
    return Asking(
        way=way,
        name=form["sample"] if way is Way.SAMPLE else form.get("name", "").strip() or name,
        data=data if way is Way.FILE else b"",
        typed=typed_wkt(form["typed"]) if way is Way.TYPED else "",
        drawn=_drawn(form["drawn"]) if way is Way.DRAWN else None,
        **_options(form),
    )


def json_body(data: bytes) -> Mapping[str, object]:
    """Read the API's body strictly: finite numbers, no depth, text that can be written again.

    Raises
    ------
    BrokenFile, UnsafeFile, OptionError
    """
    try:
        value = parse_json(data.decode("utf-8"), "body")
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError as error:  # half a surrogate pair, written as an escape
        raise BrokenFile("body", reason=Words.of("broken_json", detail=str(error)[:80])) from None
    if not isinstance(value, dict):
        raise OptionError("body", found=type(value).__name__, allowed="application/json, multipart/form-data")
    return value


def from_json(body: Mapping[str, object]) -> Asking:
    """Read the API's JSON: {name?, wkt | geojson, crs?, use?, level?, form?, manner?, facility?, min_area_m2?}.

    Raises
    ------
    NothingGiven, OptionError
    """
    unknown = sorted(set(body) - _JSON_KEYS)
    if unknown:
        raise OptionError(unknown[0], found=str(body[unknown[0]])[:80], allowed=sorted(_JSON_KEYS))
    options = _options({key: str(value) for key, value in body.items() if value is not None and key in _OPTIONS})
    name = _short(str(body.get("name") or ""), "name")
    if isinstance(body.get("wkt"), str):
        return Asking(way=Way.TYPED, name=name, typed=typed_wkt(str(body["wkt"])), **options)
    geojson = body.get("geojson")
    if isinstance(geojson, Mapping):
        data = json.dumps(geojson, ensure_ascii=False, allow_nan=False).encode()
        return Asking(way=Way.FILE, name=name or "site.geojson", data=data, **options)
    raise NothingGiven("wkt")


_AXES = ("north_first", "east_first")
_OPTIONS = (
    "crs", "use", "level", "form", "manner", "facility", "min_area_m2", "axes", "sublayer", "encoding", "degrees",
    "accept",
)  # fmt: skip
_JSON_KEYS = frozenset({"name", "wkt", "geojson", *_OPTIONS})


def _options(form: Mapping[str, str]) -> dict:
    return {
        "crs": parse_crs(form.get("crs", "")),
        "use": use_code(form.get("use", "")),
        "level": _choice(Level, form.get("level"), "level"),
        "form": _choice(Form, form.get("form"), "form"),
        "manner": _choice(Manner, form.get("manner"), "manner"),
        "facility": _short(form.get("facility", "").strip(), "facility") or None,
        "min_area_m2": positive(form.get("min_area_m2", ""), "min_area_m2"),
        "axes": _one_of(_AXES, form.get("axes"), "axes"),
        "sublayer": form.get("sublayer", "")[:200] or None,
        "encoding": form.get("encoding", "")[:40] or None,
        "degrees": _one_of(("decimal",), form.get("degrees"), "degrees"),
        "accept": tuple(one.strip() for one in form.get("accept", "")[:400].split(";") if one.strip()),
    }


def typed_wkt(text: str) -> str:
    """Return WKT: as typed, or a polygon from one boundary point a line, easting (or longitude) first.

    A leading point number (J1, 1) is skipped; an empty line begins another ring.
    """
    if len(text) > MAX_TYPED:
        raise OptionError("typed", found=Words.of("found_too_long", count=len(text)), allowed=f"<= {MAX_TYPED}")
    lines = text.strip().splitlines()
    if not lines or not _POINT.match(lines[0]):
        return text.strip()
    rings: list[list[str]] = [[]]
    for number, line in enumerate(lines, 1):
        if not line.strip():
            rings.append([])
            continue
        point = _POINT.match(line)
        if point is None:
            reason = Words.of("broken_typed_line", line=number, text=line[:60])
            raise BrokenFile("录入的坐标", reason=reason)
        rings[-1].append(f"{point[1]} {point[2]}")
    return f"MULTIPOLYGON({','.join(_ring(ring) for ring in rings if ring)})"


def _ring(points: list[str]) -> str:
    closed = points if points[0] == points[-1] and len(points) > 1 else [*points, points[0]]
    return f"(({','.join(closed)}))"


def parse_crs(text: str) -> int | None:
    """Return the EPSG code of `4547` or `EPSG:4547`; None for nothing."""
    if not text.strip():
        return None
    found = _CRS.match(text.strip())
    if not found:
        raise OptionError("crs", found=text[:60], allowed="EPSG:4490, EPSG:4491-4554, EPSG:4326")
    return int(found[1])


def use_code(text: str) -> str | None:
    """Return the code of what the list of uses wrote ("0701 城镇住宅用地"), or of a bare code."""
    return text.split()[0] if text.strip() else None


def positive(text: str, name: str) -> float | None:
    """Return a positive finite number; None for nothing."""
    if not str(text).strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise OptionError(name, found=str(text)[:60], allowed="> 0")
    return value


def _short(text: str, name: str) -> str:
    if len(text) > MAX_NAME:
        raise OptionError(name, found=Words.of("found_too_long", count=len(text)), allowed=f"<= {MAX_NAME}")
    return text


def _choice(kind, text: str | None, name: str):
    found = _one_of(tuple(kind), text, name)
    return kind(found) if found else None


def _one_of(allowed: tuple, text: str | None, name: str):
    if not text:
        return None
    if text not in allowed:
        raise OptionError(name, found=str(text)[:60], allowed=allowed)
    return text


def _drawn(text: str) -> Mapping:
    if len(text) > MAX_TYPED:
        raise OptionError("drawn", found=Words.of("found_too_long", count=len(text)), allowed=f"<= {MAX_TYPED}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, Mapping):
        raise OptionError("drawn", found=text[:60], allowed="GeoJSON")
    return value
