"""What may differ between two engines' answers to one case, and what may not (check.md §4, §8).

Nothing that words or decides: statuses, reasons, rulings with all their facts and clauses, conformity, verdict,
referrals, discrepancies, approvals, the order of lists, the site's hash are equal to the letter.

Areas agree within **grid_m x boundary length** of what is measured (`Bounds`): a site's or part's own outline; for a
layer that, its features' boundaries and its coverage's edge inside the site; for a feature its own boundary inside the
site and the site's inside it; for a fragment its outline; for sums over fragments all of these together. §4 allows
1e-6 of the site where that is more: no engine that snaps to the grid has a use for it, so it is not given. To this
come 1e-8 of the area (what the area formula is proven to) and rounding: each face is rounded once, so that a sum over n
faces strays by 0.4 x sqrt(n) units between two engines; four times that is allowed, fragments standing for faces.

Fragments are matched by covers, parts and what is unchecked there, then by area and place (centroid). One without a
match is a difference unless it is a **sliver**: no larger than the size under which faces join a neighbour (0.01 m²,
1e-7 of the site), give or take its own bound, since the grid decides on which side of that size it falls; twice that
size where slivers were merged, since one of them may have taken in another. Other fragments may then differ by the
area that merging moved, or by the slivers' size times their number, whichever is less. **Mismatch** fragments (thinner
than 2 cm, on dirty data) may differ in number: those of equal covers must agree in sum. A feature that only one engine
lists, with less than its bound, is none; its name may then be missing in referrals.

Not compared: the hash, versions of engine and rules, `merged_faces`, ids of fragments (they number the order, which is
checked by itself), geometry beyond perimeter and centroid.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

UNITS_PER_M2 = 10_000
ROUNDING_U, ROUNDING_BY_FACES = 2, 1.6
AREA_FORMULA = 1e-8
SLIVER_U, SLIVER_SHARE = 100, 1e-7
CHAINAGE_M = 0.2  # chainages are printed to 0.1 m
PLACE_M = 0.001
_AREAS = ("area_u", "area_plane_u")
_NUMBER = re.compile(r"\d[\d,]*\.?\d*")


def differences(old: Mapping, new: Mapping) -> list[str]:
    """Compare two records of a case (see `record.records`); one line for each difference, none where they agree."""
    if old["inputs"] != new["inputs"]:
        return [
            "the inputs are not those that were recorded (the corpus's generators or the demo city changed): "
            f"digest {old['inputs']} → {new['inputs']}; nothing was compared"
        ]
    first, second = old["result"], new["result"]
    if "error" in first or "error" in second:
        return [] if first == second else [f"error: {first.get('error')} → {second.get('error')}"]
    found = _Comparison(Bounds(old), first, second).run()
    if found and dict(old["rules"]) != dict(new["rules"]):
        found.insert(0, f"the rules are not those that were recorded: {old['rules']} → {new['rules']}")
    return found


@dataclass(frozen=True)
class Bounds:
    """How far areas of a record may be off, in units of 1e-4 m²."""

    record: Mapping

    @property
    def site_u(self) -> int:
        return self.record["result"]["site"]["area_u"]

    @property
    def limit_u(self) -> float:
        """Size under which faces join a neighbour."""
        return min(SLIVER_U, SLIVER_SHARE * self.site_u)

    @property
    def outline_m(self) -> float:
        return self.record["boundaries_m"][""]

    def along(self, length_m: float, area_u: float = 0, faces: int = 1) -> float:
        """Bound of an area with a boundary of this length, summed from so many faces."""
        grid_m = self.record["result"]["grid_m"]
        rounding = ROUNDING_U + ROUNDING_BY_FACES * math.sqrt(faces)
        return rounding + AREA_FORMULA * area_u + grid_m * length_m * UNITS_PER_M2

    def site(self) -> float:
        return self._sum(self.outline_m + self.record["boundaries_m"].get("jurisdiction", 0))

    def layer(self, key: str) -> float:
        return self._sum(self.outline_m + self._layers_m.get(key, 0))

    def feature(self, key: str, id: str) -> float:
        return self.along(self.record["boundaries_m"].get(f"{key}/{id}", 0), self.site_u, 1 + self._faces_of[key, id])

    def everything(self) -> float:
        """Bound of a sum over fragments."""
        return self._sum(sum(self.record["boundaries_m"].values()))

    def _sum(self, length_m: float) -> float:
        return self.along(length_m, self.site_u, len(self.record["result"]["fragments"]))

    @cached_property
    def _faces_of(self) -> Mapping[tuple[str, str], int]:
        return Counter(cover for row in self.record["result"]["fragments"] for cover in _covers(row))

    @cached_property
    def _layers_m(self) -> Mapping[str, float]:
        found: dict[str, float] = defaultdict(float)
        for name, length in self.record["boundaries_m"].items():
            found[name.partition("/")[0]] += length
        return found


class _Comparison:
    """One comparison; `found` collects lines."""

    def __init__(self, bounds: Bounds, old: Mapping, new: Mapping) -> None:
        self.bounds, self.old, self.new = bounds, old, new
        self.found: list[str] = []
        self.slack_u = max(
            min(row["merged_faces"] * bounds.limit_u, sum(row["moved_u"].values())) for row in (old, new)
        )
        self.merging = bool(old["merged_faces"] or new["merged_faces"])
        self.vanished: set[str] = set()

    def run(self) -> list[str]:
        self.equal("grid_m", self.old["grid_m"], self.new["grid_m"])
        self.site()
        self.layers()
        self.fragments()
        self.proposal()
        self.referrals()
        self.discrepancies()
        self.rows("approvals", "approvals", {"needed_u": self.bounds.everything()})
        self.area("mismatch_area", self.old["mismatch_area_u"], self.new["mismatch_area_u"], self.bounds.everything())
        self.moved()
        return self.found

    # --- the tools ---------------------------------------------------------------------------------------------------

    def equal(self, field: str, old: object, new: object) -> None:
        if old != new:
            self.found.append(f"{field}: {_short(old)} → {_short(new)}")

    def area(self, field: str, old_u: float, new_u: float, bound_u: float) -> None:
        if abs(new_u - old_u) > bound_u:
            text = f"{field}: {old_u / UNITS_PER_M2:.4f} → {new_u / UNITS_PER_M2:.4f} m²"
            self.found.append(f"{text}, off by {abs(new_u - old_u):g} units of 1e-4 m² where {bound_u:.1f} are allowed")

    def fields(
        self, field: str, old: Mapping, new: Mapping, areas: Mapping[str, float], skip: Iterable[str] = ()
    ) -> None:
        """Every field of two objects: `areas` within their bounds, those of `skip` not at all, the others equal."""
        for name in sorted(old.keys() | new.keys()):
            if name in areas and name in old and name in new:
                self.area(f"{field}.{name}", old[name], new[name], areas[name])
            elif name not in skip:
                self.equal(f"{field}.{name}", old.get(name), new.get(name))

    def rows(self, field: str, name: str, areas: Mapping[str, float]) -> None:
        """A list of objects that must stand in the same order."""
        old, new = self.old[name], self.new[name]
        self.equal(f"{field}: how many", len(old), len(new))
        for number, (first, second) in enumerate(zip(old, new, strict=False)):
            self.fields(f"{field}[{number}]", first, second, areas)

    # --- site and layers ---------------------------------------------------------------------------------------------

    def site(self) -> None:
        old, new, bound = self.old["site"], self.new["site"], self.bounds.site()
        areas = dict.fromkeys((*_AREAS, "outside_jurisdiction_u"), bound)
        self.fields("site", old, new, areas, skip=("parts", "bounds"))
        if not all(abs(a - b) <= 2e-4 for a, b in zip(old["bounds"], new["bounds"], strict=True)):
            self.equal("site.bounds", old["bounds"], new["bounds"])
        self.equal("site.parts: how many", len(old["parts"]), len(new["parts"]))
        for first, second in zip(old["parts"], new["parts"], strict=False):
            self.fields(f"site.parts[{first['number']}]", first, second, dict.fromkeys(_AREAS, bound))

    def layers(self) -> None:
        old, new = ({row["key"]: row for row in result["layers"]} for result in (self.old, self.new))
        self.equal("layers", list(old), list(new))
        for key in [key for key in old if key in new]:
            bound = self.bounds.layer(key)
            areas = dict.fromkeys((*_AREAS, "unchecked_area_u", "floor_area_u"), bound)
            self.fields(f"layers.{key}", old[key], new[key], areas, skip=("features", "share"))
            self.share(f"layers.{key}", new[key])
            self.features(key, old[key]["features"], new[key]["features"])

    def share(self, field: str, row: Mapping) -> None:
        expected = min(1.0, row["area_u"] / max(1, self.new["site"]["area_u"]))
        if abs(row["share"] - expected) > 1e-8:
            self.equal(f"{field}.share", expected, row["share"])

    def features(self, key: str, old: Sequence[Mapping], new: Sequence[Mapping]) -> None:
        first, second = ({row["id"]: row for row in rows} for rows in (old, new))
        for id in sorted(first.keys() | second.keys()):
            field, bound = f"layers.{key}.features.{id}", self.bounds.feature(key, id)
            if id in first and id in second:
                self.fields(field, first[id], second[id], dict.fromkeys(_AREAS, bound), skip=("share",))
                self.share(field, second[id])
                continue
            only = first.get(id) or second[id]
            self.area(field, first.get(id, {}).get("area_u", 0), second.get(id, {}).get("area_u", 0), bound)
            self.vanished |= {only["name"] or id, id}
        self.equal(f"layers.{key}.features: order", *_in_both(list(first), list(second)))

    def moved(self) -> None:
        for name in sorted(self.old["moved_u"].keys() | self.new["moved_u"].keys()):
            bound = self.bounds.feature(*name.split("/", 1)) + self.slack_u
            self.area(f"moved.{name}", self.old["moved_u"].get(name, 0), self.new["moved_u"].get(name, 0), bound)

    # --- fragments ---------------------------------------------------------------------------------------------------

    def fragments(self) -> None:
        old, new = _by_key(self.old["fragments"]), _by_key(self.new["fragments"])
        for key in sorted(old.keys() | new.keys(), key=repr):
            self.group(key, list(old.get(key, ())), list(new.get(key, ())))
        order = [(_covers(row), row["area_u"]) for row in self.new["fragments"]]
        self.equal("fragments: ordered by covers and area", True, order == sorted(order))
        total_u = sum(row["area_u"] for row in self.new["fragments"])
        self.equal("fragments: sum", self.new["site"]["area_u"], total_u)

    def group(self, key: tuple, old: list[Mapping], new: list[Mapping]) -> None:
        """Fragments of equal covers and parts: each finds its like, or is a sliver."""
        left = []
        for row in sorted(old, key=lambda row: -row["area_u"]):
            like = self.like(row, new)
            if like is None:
                left.append(row)
                continue
            new.remove(like)
            first, second = self.old["rulings"][row["ruling"]], self.new["rulings"][like["ruling"]]
            self.fields(f"{_name(row)}.ruling", first, second, {})
            self.equal(f"{_name(row)}.conformity", row["conformity"], like["conformity"])
        if key[-1] and left and new:  # thin gaps and double covers: their sum counts
            bound = sum(self.bounds.along(row["perimeter_m"]) for row in (*left, *new)) + self.slack_u
            self.area(f"{_name(left[0])} and its like, in sum", _sum_u(left), _sum_u(new), bound)
            return
        self.found += [f"{_name(row)}: in the stored result only, {_at(row)}" for row in left if not self.sliver(row)]
        self.found += [f"{_name(row)}: in the new result only, {_at(row)}" for row in new if not self.sliver(row)]

    def like(self, row: Mapping, others: Sequence[Mapping]) -> Mapping | None:
        near = [other for other in others if self.alike(row, other)]
        return min(near, key=lambda other: _distance_m(row, other), default=None)

    def alike(self, row: Mapping, other: Mapping) -> bool:
        bound = self.bounds.along(row["perimeter_m"], row["area_u"])
        if abs(row["area_u"] - other["area_u"]) > bound + self.slack_u:
            return False
        return _distance_m(row, other) <= self.reach_m(row, bound)

    def reach_m(self, row: Mapping, bound_u: float) -> float:
        """How far a centroid may lie off when the area that differs lies at the far end."""
        moment = bound_u * row["perimeter_m"] / 2 + self.slack_u * self.bounds.outline_m / 2
        return PLACE_M + moment / max(row["area_u"], 1)

    def sliver(self, row: Mapping) -> bool:
        times = 2 if self.merging else 1
        return row["area_u"] <= times * self.bounds.limit_u + self.bounds.along(row["perimeter_m"])

    # --- proposal, referrals, discrepancies --------------------------------------------------------------------------

    def proposal(self) -> None:
        old, new, bound = self.old["proposal"], self.new["proposal"], self.bounds.everything() + self.slack_u
        self.equal("proposal.verdict", old["verdict"], new["verdict"])
        self.equal("proposal.reasons", *([row["code"] for row in each["reasons"]] for each in (old, new)))
        for first, second in zip(old["reasons"], new["reasons"], strict=False):
            field = f"proposal.reasons.{first['code']}"
            self.fields(field, first, second, {"area_u": bound}, skip=("text",))
            self.text(f"{field}.text", first["text"], second["text"], bound)
        self.suggestion(old["suggestion"], new["suggestion"], bound)
        self.equal("proposal.unchecked", *([row["key"] for row in each["unchecked"]] for each in (old, new)))
        for first, second in zip(old["unchecked"], new["unchecked"], strict=False):
            areas = {"area_u": self.bounds.layer(first["key"])}
            self.fields(f"proposal.unchecked.{first['key']}", first, second, areas)
        self.crossings(old["crossings"], new["crossings"])

    def text(self, field: str, old: str, new: str, bound_u: float) -> None:
        """Words are equal, numbers in them within the bound of an area."""
        first, second = ([float(row.replace(",", "")) for row in _NUMBER.findall(text)] for text in (old, new))
        close = len(first) == len(second) and all(
            abs(a - b) <= bound_u / UNITS_PER_M2 + 0.01 for a, b in zip(first, second, strict=True)
        )
        if not close or _NUMBER.sub("#", old) != _NUMBER.sub("#", new):
            self.equal(field, old, new)

    def suggestion(self, old: Mapping | None, new: Mapping | None, bound_u: float) -> None:
        if old is None or new is None:
            self.equal("proposal.suggestion", old, new)
            return
        skip = ("perimeter_m", "centre_m")
        self.fields("proposal.suggestion", old, new, dict.fromkeys(("area_u", "lost_u"), bound_u), skip)
        if _distance_m(old, new) > self.reach_m(old, bound_u):
            self.equal("proposal.suggestion.centre_m", old["centre_m"], new["centre_m"])

    def crossings(self, old: Sequence[Mapping], new: Sequence[Mapping]) -> None:
        first, second = (self._by_crossing(rows) for rows in (old, new))
        self.equal("proposal.crossings", {k: len(v) for k, v in first.items()}, {k: len(v) for k, v in second.items()})
        for key in first.keys() & second.keys():
            bound = self.bounds.layer(key[1]) + self.slack_u
            for a, b in zip(first[key], second[key], strict=False):
                field = f"proposal.crossings.{'/'.join(map(str, key))}"
                self.area(field, a["area_u"], b["area_u"], bound)
                if max(abs(a[end] - b[end]) for end in ("from_m", "to_m")) > CHAINAGE_M:
                    self.equal(field, (a["from_m"], a["to_m"]), (b["from_m"], b["to_m"]))

    def _by_crossing(self, rows: Sequence[Mapping]) -> dict[tuple, list[Mapping]]:
        found: dict[tuple, list[Mapping]] = defaultdict(list)
        for row in rows:
            if row["area_u"] > self.bounds.limit_u:
                found[row["part"], row["layer"], row["feature"], row["conformity"]].append(row)
        return {key: sorted(each, key=lambda row: row["from_m"]) for key, each in sorted(found.items())}

    def referrals(self) -> None:
        old, new = (self._without_vanished(result["referrals"]) for result in (self.old, self.new))
        self.equal("referrals", [row["department"] for row in old], [row["department"] for row in new])
        for first, second in zip(old, new, strict=False):
            self.fields(f"referrals.{first['department']}", first, second, {})

    def _without_vanished(self, rows: Sequence[Mapping]) -> list[dict]:
        def left(features: Sequence[str]) -> list[str]:
            return [name for name in features if name not in self.vanished]

        return [row | {"reasons": [r | {"features": left(r["features"])} for r in row["reasons"]]} for row in rows]

    def discrepancies(self) -> None:
        old, new = self.old["discrepancies"], self.new["discrepancies"]
        self.equal(
            "discrepancies", *([(row["kind"], row["layers"], row["text"]) for row in each] for each in (old, new))
        )
        for number, (first, second) in enumerate(zip(old, new, strict=False)):
            field = f"discrepancies[{number}]"
            areas = {"area_u": self.bounds.everything() + self.slack_u}
            self.fields(field, first, second, areas, skip=("fragments",))
            before, after = self.listed(self.old, first), self.listed(self.new, second)
            lost = [key for key, counts in before.items() if counts and key not in after]
            come = [key for key, counts in after.items() if counts and key not in before]
            self.equal(f"{field}.fragments", lost, come)

    def listed(self, result: Mapping, row: Mapping) -> dict[tuple, bool]:
        """Fragments of a discrepancy by what they are, and whether one of them is neither sliver nor mismatch."""
        found: dict[tuple, bool] = {}
        for fragment in (each for each in result["fragments"] if each["id"] in set(row["fragments"])):
            counts = not (fragment["mismatch"] or self.sliver(fragment))
            found[_key(fragment)] = found.get(_key(fragment), False) or counts
        return found


def _covers(row: Mapping) -> tuple:
    return tuple((cover["key"], cover["feature"]) for cover in row["layers"])


def _key(row: Mapping) -> tuple:
    """What a fragment is: covers, parts, what is unchecked there, outside, mismatch."""
    parts = (row["part"], *row["parts"])
    return _covers(row), parts, tuple(row["unchecked"]), row["outside_jurisdiction"], row["mismatch"]


def _by_key(rows: Iterable[Mapping]) -> dict[tuple, list[Mapping]]:
    found: dict[tuple, list[Mapping]] = defaultdict(list)
    for row in rows:
        found[_key(row)].append(row)
    return found


def _in_both(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    both = set(old) & set(new)
    return [id for id in old if id in both], [id for id in new if id in both]


def _distance_m(row: Mapping, other: Mapping) -> float:
    return math.dist(row["centre_m"], other["centre_m"])


def _sum_u(rows: Iterable[Mapping]) -> int:
    return sum(row["area_u"] for row in rows)


def _name(row: Mapping) -> str:
    covers = ", ".join(f"{layer}/{feature}" for layer, feature in _covers(row)) or "nothing"
    return f"fragment of part {row['part']} under {covers}{' (mismatch)' if row['mismatch'] else ''}"


def _at(row: Mapping) -> str:
    return f"{row['area_u'] / UNITS_PER_M2:.4f} m², outline {row['perimeter_m']} m, at {row['centre_m']}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
