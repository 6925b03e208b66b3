"""The long lists of a result as canonical JSON (RFC 8785), written straight from what they hold.

`result.hashed_value` says what is hashed; these texts are what `canonical.dumps` makes of its lists, and the tests hold
both together. What says the same on every site (a layer's title, a ruling but for its features) is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import TypeAlias

from spatialhub.canonical import number, string, text, text_of_texts, whole
from spatialhub.findings import FeatureHit, Fragment, LayerResult, Proposal, Unchecked
from spatialhub.listed import Records
from spatialhub.precedence.model import Constraint, Referral, Ruling
from spatialhub.precedence.rulebook import Filled
from spatialhub.resultrows import constraint_json, deciding_json, ruling_json, share

_TRUTH = {True: "true", False: "false"}
_Written: TypeAlias = dict[int, tuple[Sequence[str], str]]
_MOST_SAID = 4096


class WrittenHits(Records[FeatureHit]):
    """Records with a shorter way to their JSON: `write(site_u)` gives what `_feature` writes of their values, with
    commas in between, or None where it cannot."""

    __slots__ = ("write",)

    def __init__(
        self,
        read: Callable[[], Iterable[tuple]],
        make: Callable[[tuple], FeatureHit],
        write: Callable[[int], bytes | None],
    ) -> None:
        super().__init__(read, make)
        self.write = write


def layers_bytes(rows: Iterable[LayerResult], site_u: int) -> list[bytes]:
    """Layers of a site of `site_u`, without what names their versions, in pieces.

    Raises
    ------
    NotPlain
        A value that `canonical.dumps` leaves to the full algorithm, here and in all that follows.
    UnicodeEncodeError
        Half a surrogate pair, here and in all that follows.
    """
    return _listed(_layer(row, site_u) for row in rows)


def fragments_bytes(rows: Sequence[Fragment]) -> list[bytes]:
    """Fragments with their rulings, in pieces."""
    values = rows.values if isinstance(rows, Records) else map(_as_values, rows)
    covers = _Covers()
    return _listed(_fragment(row, covers) for row in values)


def _listed(rows: Iterable[Sequence[bytes]]) -> list[bytes]:
    """A list, its rows in pieces."""
    pieces = [b"["]
    for row in rows:
        pieces += row
        pieces.append(b",")
    pieces[-1:] = [b"]"] if len(pieces) > 1 else [b"[]"]
    return pieces


def referrals_text(rows: Iterable[Referral]) -> str:
    """Departments to ask; a layer's features, which several are asked about, are written once."""
    written: _Written = {}
    return "[" + ",".join([_referral(row, written) for row in rows]) + "]"


def proposal_text(value: Proposal) -> str:
    """The proposal without the outline suggested; of the many layers that were not checked each says one thing."""
    rows = ",".join([_unchecked(row) for row in value.unchecked])
    members = {name: text(said) for name, said in deciding_json(value, int, geometry=False).items()}
    members["unchecked"] = f"[{rows}]"
    return "{" + ",".join([f'"{name}":{members[name]}' for name in sorted(members)]) + "}"


def _unchecked(row: Unchecked) -> str:
    said = _said_of_unchecked(row.clause, row.key, row.reason, row.required, row.title)
    return f'{{"area_m2":{whole(row.area_u)},{said}'


@lru_cache(_MOST_SAID)
def _said_of_unchecked(clause: str, key: str, reason: str, required: bool, title: str) -> str:
    """What stands after an area that was not checked."""
    said = {"clause": clause, "key": key, "reason": reason, "required": required, "title": title}
    return text(said)[1:]


def _layer(row: LayerResult, site_u: int) -> Sequence[bytes]:
    bare = type(row.features) is tuple and not row.features
    if bare and not (row.area_u or row.area_plane_u or row.floor_u or row.suspected_digitising_error):
        return (f"{_said_of_none(*_SAID(row))}{whole(row.unchecked_u)}}}".encode(),)
    return _layer_with(row, (_features(row.features, site_u),), site_u)


# In the order of `_said_of_layer`.
_SAID = attrgetter(
    "clause", "departments", "family", "key", "kind", "reason", "required", "status.value", "steward", "title"
)


@lru_cache(_MOST_SAID)
def _said_of_none(*said) -> str:
    """A layer that has nothing on a site, as most have, up to the area where it was not checked."""
    described, named, titled, ended = _said_of_layer(*said)
    begin = f'{{"area_m2":0,"area_plane_m2":0{described}],"floor_area_m2":0'
    return f"{begin}{named}0{titled}{_TRUTH[False]}{ended}"


def _layer_with(row: LayerResult, features: Sequence[bytes], site_u: int) -> Sequence[bytes]:
    described, named, titled, ended = _said_of_layer(*_SAID(row))
    begin = f'{{"area_m2":{whole(row.area_u)},"area_plane_m2":{whole(row.area_plane_u)}{described}'
    end = (
        f'],"floor_area_m2":{whole(row.floor_u)}{named}{number(share(row.area_u, site_u))}{titled}'
        f"{_TRUTH[row.suspected_digitising_error]}{ended}{whole(row.unchecked_u)}}}"
    )
    return begin.encode(), *features, end.encode()


@lru_cache(_MOST_SAID)
def _said_of_layer(
    clause: str,
    departments: tuple[str, ...],
    family: str,
    key: str,
    kind: str,
    reason: str,
    required: bool,
    status: str,
    steward: str,
    title: str,
) -> tuple[str, str, str, str]:
    """What stands between a layer's areas."""
    return (
        f',"clause":{text(clause)},"departments":{text(departments)},"family":{text(family)},"features":[',
        f',"key":{text(key)},"kind":{text(kind)},"reason":{text(reason or None)},"required":{text(required)},"share":',
        f',"status":{text(status)},"steward":{text(steward)},"suspected_digitising_error":',
        f',"title":{text(title)},"unchecked_area_m2":',
    )


def _features(hits: Sequence[FeatureHit], site_u: int) -> bytes:
    written = hits.write(site_u) if isinstance(hits, WrittenHits) else None
    if written is not None:
        return written
    rows = hits.values if isinstance(hits, Records) else map(_HIT, hits)
    return ",".join([_feature(row, site_u) for row in rows]).encode()


# What `layeranswers` and `judging` keep for rows, from rows made by hand; the last stands for a number not needed here.
_HIT = attrgetter("id", "name", "attributes", "area_u", "area_plane_u", "class_code", "class_name", "area_u")


def _as_values(row: Fragment) -> tuple:
    place = (row.part, row.parts, row.unchecked, row.outside_jurisdiction)
    return (row.id, row.area_u, row.area_plane_u, *place, row.covers, row.mismatch, row.given_ruling, 0)


def _feature(values: tuple, site_u: int) -> str:
    id, name, said, area_u, area_plane_u, class_code, class_name, _ = values
    return (
        f'{{"area_m2":{whole(area_u)},"area_plane_m2":{whole(area_plane_u)},"attributes":{text_of_texts(said)}'
        f',"class":{string(class_code)},"class_name":{string(class_name)},"id":{string(id)},"name":{string(name)}'
        f',"share":{number(share(area_u, site_u))}}}'
    )


def _fragment(values: tuple, covers: _Covers) -> Sequence[bytes]:
    id, area_u, _, part, parts, unchecked, outside, on_it, mismatch, given, _ = values
    conformity, ruling = _ruling(given)
    begin, end = _placed(mismatch, outside, part, parts, unchecked)
    head = (
        f'{{"area_m2":{whole(area_u)},"conformity":{conformity},"id":{string(id)},"layers":['
        f"{','.join(map(covers.__getitem__, on_it))}{begin}"
    )
    return head.encode(), *ruling, end


@lru_cache(_MOST_SAID)
def _placed(
    mismatch: bool, outside: bool, part: int, parts: tuple[int, ...], unchecked: tuple[str, ...]
) -> tuple[str, bytes]:
    """What stands before and after a fragment's ruling."""
    begin = (
        f'],"mismatch":{text(mismatch)},"outside_jurisdiction":{text(outside)},"part":{text(part)}'
        f',"parts":{text(parts)},"ruling":'
    )
    return begin, f',"unchecked":{text(unchecked)}}}'.encode()


class _Covers(dict):
    """(layer, feature id) as text: a site's fragments share them."""

    def __missing__(self, cover: tuple[str, str]) -> str:
        layer, feature = cover
        written = self[cover] = f'{{"feature":{string(feature)},"key":{string(layer)}}}'
        return written


def _ruling(given: Ruling | Filled) -> tuple[str, Sequence[bytes]]:
    """Conformity, and the ruling in pieces."""
    if isinstance(given, Ruling):
        return string(given.conformity.value), (text(ruling_json(given)).encode(),)
    kept = given.template.kept
    form = kept.get(__name__)
    if form is None:
        form = kept[__name__] = _Form.of(given.template.ruling)
    return form.conformity, form.filled(given.ids)


@dataclass(frozen=True, slots=True)
class _Effects:
    """Constraints before their features are known: layer, slot, and what stands before and after the feature's id."""

    rows: tuple[tuple[str, int, str, str], ...]

    @classmethod
    def of(cls, rows: Sequence[Constraint]) -> _Effects:
        found = []
        for row in rows:
            begin, end = text(constraint_json(row)).split(f'"feature":{string(row.feature)}', 1)
            found.append((row.layer, int(row.feature), begin + '"feature":', end))
        return cls(tuple(found))

    def filled(self, ids: Sequence[str]) -> bytes:
        if not self.rows:
            return b""
        if len(self.rows) == 1:
            ((_, slot, begin, end),) = self.rows
            return f"{begin}{string(ids[slot])}{end}".encode()
        # Sorted as `Template.filled` sorts them.
        rows = [(layer, ids[slot], begin, end) for layer, slot, begin, end in self.rows]
        rows.sort(key=_LAYER_AND_FEATURE)
        return ",".join([f"{begin}{string(feature)}{end}" for _, feature, begin, end in rows]).encode()


_LAYER_AND_FEATURE = itemgetter(0, 1)


@dataclass(frozen=True, slots=True)
class _Form:
    """A ruling but for the features of its constraints and floors."""

    conformity: str
    whole: bytes
    begin: bytes
    constraints: _Effects
    middle: bytes
    floors: _Effects
    end: bytes

    @classmethod
    def of(cls, ruling: Ruling) -> _Form:
        said = ruling_json(ruling)
        begin = _members(said, "basis", "candidates", "clauses")
        middle, end = _members(said, "consult", "facts"), _members(said, "outcome", "plan", "rules_met")
        return cls(
            conformity=string(ruling.conformity.value),
            whole=text(said).encode(),
            begin=f'{{{begin},"constraints":['.encode(),
            constraints=_Effects.of(ruling.constraints),
            middle=f'],{middle},"floors":['.encode(),
            floors=_Effects.of(ruling.floors),
            end=f"],{end}}}".encode(),
        )

    def filled(self, ids: Sequence[str]) -> Sequence[bytes]:
        if not ids:
            return (self.whole,)
        return self.begin, self.constraints.filled(ids), self.middle, self.floors.filled(ids), self.end


def _members(value: dict, *keys: str) -> str:
    return ",".join([f'"{key}":{text(value[key])}' for key in keys])


def _referral(row: Referral, written: _Written) -> str:
    reasons = ",".join([_reason(one.about, one.clause, one.text, one.features, written) for one in row.reasons])
    head = _said_of_department(row.by.value, row.department, row.name)
    return f"{head}{reasons}]}}"


@lru_cache(_MOST_SAID)
def _said_of_department(by: str, department: str, name: str) -> str:
    return f'{{"by":{text(by)},"department":{text(department)},"name":{text(name)},"reasons":['


def _reason(about: str, clause: str, why: str, features: Sequence[str], written: _Written) -> str:
    known = written.get(id(features))
    if known is None:  # kept beside its text, so that no other list takes its identity
        known = written[id(features)] = features, ",".join(map(string, features))
    begin, end = _said_of_reason(about, clause, why)
    return f"{begin}{known[1]}{end}"


@lru_cache(_MOST_SAID)
def _said_of_reason(about: str, clause: str, why: str) -> tuple[str, str]:
    return f'{{"about":{text(about)},"clause":{text(clause)},"features":[', f'],"text":{text(why)}}}'
