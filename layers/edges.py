"""Roads and rivers delivered as two edge lines become areas; what does not close is told, never guessed.

Lines of one name are joined end to end, then two of them that run side by side are closed by straight caps. A pair is
taken only where nothing else is possible: every edge has a partner and there is one way alone to pair them. A line that
finds none is named with its reason and leaves a hole in the coverage as wide as such a road or river may be: a check
there says so instead of finding nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry, LineString, Polygon, STRtree

from spatialhub.datafile import Key, Schema, read

FILE: Schema = {
    "edges": Key(
        list,
        required=True,
        each={
            "layer": Key(required=True, help="Layer whose files may hold edge lines."),
            "max_width_m": Key(float, required=True, help="Largest distance between two edges of one thing, metres."),
            "snap_m": Key(float, required=True, help="Ends nearer than this meet, metres."),
            "by": Key(list, required=True, items=str, help="Columns that tell which lines belong together."),
        },
        help="The layers.",
    )
}
_DATA = Path(__file__).with_name("edges.toml")
_WITHIN_M = 0.01  # so far inside an area another edge counts as lying in it
_CAP_SHARE = 3.0  # a cap is at most so many times the mean width: a longer one joins what does not belong together


@dataclass(frozen=True, slots=True)
class EdgeRules:
    """How edges of a layer are closed: `max_width_m` between the two, `snap_m` up to which ends meet, `by` the columns
    whose value tells which lines belong together, the first that the file has (none of them: by their shape alone)."""

    max_width_m: float
    snap_m: float
    by: tuple[str, ...]

    @classmethod
    def of(cls, plain: Mapping) -> EdgeRules:
        """Take what `plain` wrote."""
        return cls(float(plain["max_width_m"]), float(plain["snap_m"]), tuple(plain["by"]))

    def plain(self) -> dict[str, object]:
        """The same as plain JSON: kept with a version, so that it can be rebuilt as it was."""
        return {**asdict(self), "by": list(self.by)}

    def column(self, fields: Sequence[str]) -> str | None:
        """The source's column that tells which lines belong together."""
        known = {name.casefold(): name for name in fields}
        return next((known[name.casefold()] for name in self.by if name.casefold() in known), None)


@dataclass(frozen=True, slots=True)
class Area:
    """A closed area and the lines it came from (positions, ascending)."""

    geometry: Polygon
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A line that stays open: its positions, why (`single`, `crossing`, `ambiguous`), and how far the area of which it
    is an edge may reach."""

    geometry: LineString
    lines: tuple[int, ...]
    reason: str
    hole: Geometry


@dataclass(frozen=True, slots=True)
class _Chain:
    line: LineString
    lines: tuple[int, ...]

    @property
    def ends(self) -> np.ndarray:
        coords = shapely.get_coordinates(self.line)
        return coords[[0, -1]]


def edge_rules(layer: str) -> EdgeRules | None:
    """The rules of a layer (edges.toml); None where it has no edges to close."""
    return next((EdgeRules.of(row) for row in _rows() if row["layer"] == layer), None)


def edge_layers() -> list[str]:
    """Keys of the layers whose edges can be closed."""
    return [row["layer"] for row in _rows()]


@cache
def _rows() -> list[dict]:
    return list(read(_DATA, FILE)["edges"])


def close_edges(
    lines: Sequence[Geometry], keys: Sequence[str | None], rules: EdgeRules
) -> tuple[list[Area], list[Unclosed]]:
    """Close lines (n,) of the plane to areas; `keys` (n,) tell which belong together, None: by shape alone.

    Every line ends in an area or among the unclosed, never in both.
    """
    grouped: defaultdict[str | None, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        grouped[key].append(at)
    areas: list[Area] = []
    left: list[Unclosed] = []
    for key, members in sorted(grouped.items(), key=lambda item: item[1][0]):
        chains = list(_chains([lines[at] for at in members], members, rules.snap_m))
        rings = [chain for chain in chains if chain.line.is_closed]
        more, open_ = _paired([chain for chain in chains if not chain.line.is_closed], rules, named=key is not None)
        closed, crossing = _from_rings(rings, rules)
        areas += closed + more
        left += open_ + crossing
    return areas, left


# --- joining end to end ----------------------------------------------------------------------------------------------


def _chains(lines: Sequence[Geometry], positions: Sequence[int], snap_m: float) -> Iterator[_Chain]:
    """Lines joined where the ends of just two meet."""
    parts, owner = shapely.get_parts(np.array(lines, object), return_index=True)
    coords = _ends_met([shapely.get_coordinates(part) for part in parts], snap_m)
    at_point: defaultdict[tuple, list[int]] = defaultdict(list)
    for number, one in enumerate(coords):
        at_point[tuple(one[0])].append(number)
        at_point[tuple(one[-1])].append(number)
    used: set[int] = set()
    for number, one in enumerate(coords):
        if number in used:
            continue
        used.add(number)
        members = [number]
        joined = _extended(one, members, coords, at_point, used)
        joined = _extended(joined[::-1], members, coords, at_point, used)[::-1]
        yield _Chain(LineString(joined), tuple(sorted({positions[owner[member]] for member in members})))


def _extended(
    line: np.ndarray, members: list[int], coords: Sequence[np.ndarray], at_point: Mapping[tuple, list[int]],
    used: set[int],
) -> np.ndarray:  # fmt: skip
    """A line with those that continue it, as long as just one does."""
    pieces = [line]
    while True:
        end = tuple(pieces[-1][-1])
        meeting = at_point[end]
        following = [number for number in meeting if number not in used]
        if len(meeting) != 2 or len(following) != 1 or end == tuple(line[0]):
            return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
        found = following[0]
        used.add(found)
        members.append(found)
        piece = coords[found]
        pieces.append(piece if tuple(piece[0]) == end else piece[::-1])


def _ends_met(coords: Sequence[np.ndarray], snap_m: float) -> list[np.ndarray]:
    """Lines whose ends within `snap_m` of each other are the same point, that of the first; a line that would vanish
    stays as it is."""
    ends = np.array([point for one in coords for point in (one[0], one[-1])])
    points = shapely.points(ends)
    first, second = STRtree(points).query(points, predicate="dwithin", distance=snap_m)
    target = np.arange(len(ends))
    np.minimum.at(target, first, second)
    met = []
    for number, one in enumerate(coords):
        moved = one.copy()
        moved[0], moved[-1] = ends[target[2 * number]], ends[target[2 * number + 1]]
        met.append(moved if LineString(moved).length > 0 else one)
    return met


def _from_rings(rings: Sequence[_Chain], rules: EdgeRules) -> tuple[list[Area], list[Unclosed]]:
    """Areas of lines that close by themselves; a ring inside another is an island in it."""
    sound = [chain for chain in rings if shapely.is_valid(Polygon(chain.line))]
    crossing = [_unclosed(chain, "crossing", rules) for chain in rings if chain not in sound]
    filled = [Polygon(chain.line) for chain in sound]
    order = sorted(range(len(sound)), key=lambda at: -filled[at].area)
    areas: list[Area] = []
    for at in order:
        inside = next((n for n, area in enumerate(areas) if shapely.contains_properly(area.geometry, filled[at])), None)
        if inside is None:
            areas.append(Area(filled[at], sound[at].lines))
        else:
            outer = areas[inside]
            holed = shapely.difference(outer.geometry, filled[at])
            areas[inside] = Area(holed, tuple(sorted({*outer.lines, *sound[at].lines})))
    return areas, crossing


# --- pairing ---------------------------------------------------------------------------------------------------------


def _paired(chains: Sequence[_Chain], rules: EdgeRules, *, named: bool) -> tuple[list[Area], list[Unclosed]]:
    """Areas between two open chains, where there is one way alone to pair them."""
    possible = _possible(chains, rules)
    partners: defaultdict[int, set[int]] = defaultdict(set)
    for first, second in possible:
        partners[first].add(second)
        partners[second].add(first)
    areas: list[Area] = []
    left: list[Unclosed] = []
    for group in _connected(len(chains), partners):
        pairs = _only_pairing(group, partners)
        if not named and len(group) > 2:
            pairs = None  # without a name, which belong together is a guess
        if pairs is None:
            reason = "single" if len(group) == 1 else "ambiguous"
            left += [_unclosed(chains[at], reason, rules) for at in group]
            continue
        for first, second in pairs:
            lines = tuple(sorted({*chains[first].lines, *chains[second].lines}))
            areas.append(Area(possible[first, second], lines))
    return areas, left


def _possible(chains: Sequence[_Chain], rules: EdgeRules) -> dict[tuple[int, int], Polygon]:
    """Pairs of chains that can be the two edges of something, and the area between them."""
    if len(chains) < 2:
        return {}
    ends = np.array([chain.ends for chain in chains])
    points = shapely.points(ends.reshape(-1, 2))
    first, second = STRtree(points).query(points, predicate="dwithin", distance=rules.max_width_m)
    near = {(int(a), int(b)) for a, b in zip(first // 2, second // 2, strict=True) if a < b}
    found = {}
    tree = STRtree([chain.line for chain in chains])
    for a, b in sorted(near):
        area = _between(chains[a], chains[b], rules.max_width_m)
        if area is not None and not _holds_others(area, tree, (a, b)):
            found[a, b] = area
    return found


def _between(first: _Chain, second: _Chain, max_width_m: float) -> Polygon | None:
    """The area between two chains, closed by straight caps; None where it is none, or too wide."""
    one, other = shapely.get_coordinates(first.line), shapely.get_coordinates(second.line)
    straight = [np.linalg.norm(one[0] - other[0]), np.linalg.norm(one[-1] - other[-1])]
    turned = [np.linalg.norm(one[0] - other[-1]), np.linalg.norm(one[-1] - other[0])]
    caps = straight if sum(straight) <= sum(turned) else turned
    ring = np.concatenate([one, other[::-1] if caps is straight else other])
    area = Polygon(ring)
    if max(caps) > max_width_m or not area.is_valid or not area.area:
        return None
    width_m = area.area / ((first.line.length + second.line.length) / 2)
    return area if width_m <= max_width_m and max(caps) <= _CAP_SHARE * width_m + _WITHIN_M else None


def _holds_others(area: Polygon, tree: STRtree, own: tuple[int, int]) -> bool:
    """Whether another edge of the same name lies in an area: then it is not what those two are the edges of."""
    inner = shapely.buffer(area, -_WITHIN_M)
    return bool(set(tree.query(inner, predicate="intersects").tolist()) - set(own))


def _connected(count: int, partners: Mapping[int, set[int]]) -> Iterator[list[int]]:
    seen: set[int] = set()
    for start in range(count):
        if start in seen:
            continue
        group, waiting = [], [start]
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                group.append(at)
                waiting += partners.get(at, ())
        yield sorted(group)


def _only_pairing(group: Sequence[int], partners: Mapping[int, set[int]]) -> list[tuple[int, int]] | None:
    """The one way to pair all of a group; None where there is none or more than one.

    Who has one possible partner left must have that one: where this settles everybody, no other way exists.
    """
    left = {at: set(partners.get(at, ())) for at in group}
    pairs = []
    while left:
        forced = next((at for at in sorted(left) if len(left[at]) == 1), None)
        if forced is None:
            return None
        (other,) = left[forced]
        pairs.append((min(forced, other), max(forced, other)))
        for at in (forced, other):
            for neighbour in left.pop(at):
                left.get(neighbour, set()).discard(at)
    return pairs


def _unclosed(chain: _Chain, reason: str, rules: EdgeRules) -> Unclosed:
    hole = shapely.buffer(chain.line, rules.max_width_m, cap_style="flat", join_style="mitre")
    return Unclosed(chain.line, chain.lines, reason, hole)
