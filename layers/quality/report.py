"""The report of a pass as plain values: what is shown, written and recorded. Words come in when it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import rfc8785
import shapely
from shapely import Geometry

from layers.model import LayerVersion
from layers.quality.model import LEAST_IS_WORST, SEVERITIES, UNITS, Examined, Finding, Rule
from layers.quality.rules import version_of
from spatialhub.messages import remedy, say
from spatialhub.spatial.crs import GEOGRAPHIC, to_plane
from spatialhub.spatial.snapshot import Snapshot

_AT_ONCE = 2_000
MOST_FEATURES_TOLD = 12
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A finding as it is listed: its number, its id (the same for the same fault of the same features), where it is in
    the plane (metres) and in degrees, ids and names of its features, the first dozen of them."""

    number: int
    id: str
    finding: Finding
    rule: Rule
    easting_m: float
    northing_m: float
    longitude: float
    latitude: float
    features: tuple[str, ...]
    names: tuple[str, ...]
    more: int

    @property
    def unit(self) -> str:
        """Unit of the measure."""
        return UNITS[self.rule.check]

    def told(self, language: str) -> str:
        """The finding as a sentence."""
        features = "、".join(self.features) if language == "zh" else ", ".join(self.features)
        features += f" … +{self.more}" if self.more else ""
        params = {"features": features or "—", "measure": measured(self.finding.measure, self.unit, language)}
        return say(f"quality_told_{self.rule.check}", language, **params, **dict(self.finding.said))


@dataclass(frozen=True, slots=True)
class Report:
    """What a pass over a version found: `listed` by severity, then rule by rule, the worst first."""

    version: LayerVersion
    snapshot_sha256: str
    epsg: int
    steward: str
    city: str
    examined: Examined
    listed: tuple[Listed, ...]
    rules_version: str
    digest: str
    at: datetime
    who: str


def measured(value: float, unit: str, language: str = "zh") -> str:
    """A measure with its unit, in words."""
    if unit == "m2":
        text = f"{value:,.4f}" if value < 1 else f"{value:,.2f}"
        return f"{text} 平方米" if language == "zh" else f"{text} m²"
    if unit == "m":
        return f"{value:,.2f} 米" if language == "zh" else f"{value:,.2f} m"
    return f"{value:.2f}°"


def title_of(rule: Rule, language: str) -> str:
    """A rule in words."""
    return rule.title.get(language) or say(f"quality_{rule.check}", language)


def remedy_of(rule: Rule, language: str) -> str:
    """What to do about its findings."""
    return rule.remedy.get(language) or remedy(f"quality_{rule.check}", language)


def build_report(
    version: LayerVersion, snapshot: Snapshot, examined: Examined, *, steward: str, city: str, who: str, at: datetime
) -> Report:
    """Number the findings, name their features and say where they are."""
    ordered = in_order(examined)
    listed = tuple(_listed(snapshot, examined.rules, ordered, _source_id(version)))
    rules_version = version_of(examined.rules)
    return Report(
        version=version,
        snapshot_sha256=snapshot.sha256,
        epsg=snapshot.meta.epsg,
        steward=steward,
        city=city,
        examined=examined,
        listed=listed,
        rules_version=rules_version,
        digest=_digest(snapshot, examined, listed, rules_version),
        at=at,
        who=who,
    )


def in_order(examined: Examined) -> list[Finding]:
    """Findings by severity, then by rule as the rules stand, then the worst first."""
    place = {rule.key: (SEVERITIES.index(rule.severity), number) for number, rule in enumerate(examined.rules)}
    return sorted(examined.findings, key=lambda finding: place[finding.rule])


def shapes_of(snapshot: Snapshot, findings: Sequence[Finding]) -> np.ndarray:
    """The geometry of each finding in the plane (k,): its own, else that of its first feature."""
    found = np.empty(len(findings), object)
    found[:] = [finding.geometry for finding in findings]
    own = [at for at, finding in enumerate(findings) if finding.geometry is None]
    rows = np.array([findings[at].rows[0] for at in own], np.int64)
    found[own] = snapshot.features(rows)
    return found


def as_json(report: Report, language: str = "zh") -> dict[str, Any]:
    """The report as plain JSON."""
    examined, version = report.examined, report.version
    return {
        "schema_version": SCHEMA_VERSION,
        "version": version.name,
        "title": version.title,
        "city": report.city,
        "steward": report.steward,
        "source": {"name": version.source_name, "sha256": version.source_sha256},
        "snapshot": report.snapshot_sha256,
        "epsg": report.epsg,
        "rules_version": report.rules_version,
        "digest": report.digest,
        "examined_at": report.at.isoformat(timespec="seconds"),
        "who": report.who,
        "engines": list(examined.engines),
        "features": examined.features,
        "tiles": examined.tiles,
        "double_m2": examined.double_m2,
        "uncovered_m2": examined.uncovered_m2,
        "rounding": {"count": examined.rounding_count, "area_m2": examined.rounding_m2},
        "rules": [_rule_json(rule, report, language) for rule in examined.rules],
        "findings": [finding_json(one, language) for one in report.listed],
    }


def finding_json(one: Listed, language: str = "zh") -> dict[str, Any]:
    """A listed finding as plain JSON."""
    return {
        "number": one.number,
        "id": one.id,
        "rule": one.rule.key,
        "severity": one.rule.severity.value,
        "what": one.told(language),
        "measure": round(one.finding.measure, 4),
        "unit": one.unit,
        "easting_m": round(one.easting_m, 3),
        "northing_m": round(one.northing_m, 3),
        "longitude": round(one.longitude, 8),
        "latitude": round(one.latitude, 8),
        "rows": list(one.finding.rows[:MOST_FEATURES_TOLD]),
        "features": list(one.features),
        "names": list(one.names),
        "more_features": one.more,
        **dict(one.finding.said),
    }


def _rule_json(rule: Rule, report: Report, language: str) -> dict[str, Any]:
    count = report.examined.counts[rule.key]
    return {
        "key": rule.key,
        "check": rule.check,
        "title": title_of(rule, language),
        "severity": rule.severity.value,
        "blocks": rule.blocks,
        "source": rule.source,
        "remedy": remedy_of(rule, language),
        "values": dict(rule.values),
        "count": count.count,
        "listed": count.listed,
        "total": round(count.total, 4),
        "unit": UNITS[rule.check],
        "worst": "least" if rule.check in LEAST_IS_WORST else "most",
        "skipped": report.examined.skipped.get(rule.key),
    }


def _source_id(version: LayerVersion) -> str | None:
    """The column of the source's own ids where those do not name every feature differently (the ids are hashes then,
    which no one could find in the source), "" where it has none; None where they do."""
    if version.report.get("id_basis") != "hash":
        return None
    source = dict(version.report["roles"]).get("id") or ""  # type: ignore[call-overload]
    return dict(version.report["renamed"]).get(source, source)  # type: ignore[call-overload]


def _listed(
    snapshot: Snapshot, rules: Sequence[Rule], findings: Sequence[Finding], source_id: str | None
) -> Iterator[Listed]:
    by_key = {rule.key: rule for rule in rules}
    seen: dict[str, int] = {}
    for start in range(0, len(findings), _AT_ONCE):
        some = findings[start : start + _AT_ONCE]
        shapes = shapes_of(snapshot, some)
        points = shapely.point_on_surface(shapes)
        degrees = shapely.get_coordinates(to_plane(points, snapshot.meta.epsg, GEOGRAPHIC))
        named = _names(snapshot, some, source_id)
        for at, (finding, shape, (x, y), (lon, lat)) in enumerate(
            zip(some, shapes, shapely.get_coordinates(points).tolist(), degrees.tolist(), strict=True)
        ):
            told = finding.rows[:MOST_FEATURES_TOLD]
            name = _once(_id(finding, tuple(named[row][0] for row in told), shape), seen)
            names, ids = (tuple(named[row][at] for row in told) for at in (1, 2))
            more = len(finding.rows) - len(told)
            yield Listed(start + at + 1, name, finding, by_key[finding.rule], x, y, lon, lat, ids, names, more)


def _names(snapshot: Snapshot, findings: Sequence[Finding], source_id: str | None) -> dict[int, tuple[str, str, str]]:
    """Id, name and what people know it by, of every feature that findings name: the id, else that of the source and the
    feature's place in the file."""
    rows = np.unique([row for finding in findings for row in finding.rows[:MOST_FEATURES_TOLD]]).astype(np.int64)
    columns = snapshot.columns(["id", "name", source_id or "id"], rows)
    known = columns[source_id or "id"]
    if source_id is not None:
        known = [
            f"{value or '—'} #{row + 1}" if source_id else f"#{row + 1}"
            for value, row in zip(known, rows.tolist(), strict=True)
        ]
    values = zip(rows.tolist(), columns["id"], columns["name"], known, strict=True)
    return {row: (id_ or "—", name or "", label or "—") for row, id_, name, label in values}


def _id(finding: Finding, ids: tuple[str, ...], shape: Geometry) -> str:
    """The same for the same fault: rule, features, field, and where a finding has a geometry of its own, that."""
    digest = hashlib.sha256("\0".join([finding.rule, *ids, dict(finding.said).get("field", "")]).encode())
    if finding.geometry is not None:
        rounded = np.rint(shapely.get_coordinates(shapely.envelope(shape)) * 100).astype(np.int64)
        digest.update(np.sort(rounded, axis=0).tobytes())
    return digest.hexdigest()[:12]


def _once(name: str, seen: dict[str, int]) -> str:
    """The id with -2, -3 … where it came before."""
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name}-{seen[name]}"


def _digest(snapshot: Snapshot, examined: Examined, listed: Sequence[Listed], rules_version: str) -> str:
    counts = {key: (count.count, count.total, count.listed) for key, count in examined.counts.items()}
    return digest_of(snapshot.sha256, rules_version, counts, [(one.id, one.finding.measure) for one in listed])


def digest_of(
    snapshot_sha256: str,
    rules_version: str,
    counts: Mapping[str, tuple[int, float, int]],
    findings: Sequence[tuple[str, float]],
) -> str:
    """SHA-256 of what was found, without when and by whom: a second pass over the same has the same. `counts`: rule →
    (count, total, listed); `findings`: id and measure of each that is listed."""
    told = {key: [count, f"{total:.4f}", listed] for key, (count, total, listed) in counts.items()}
    found = [[id_, f"{measure:.4f}"] for id_, measure in findings]
    plain = {"snapshot": snapshot_sha256, "rules": rules_version, "counts": told, "findings": found}
    return hashlib.sha256(rfc8785.dumps(plain)).hexdigest()  # type: ignore[arg-type]
