"""What each layer answers, as rows of a result: what decides is in arrays, rows and features are listed when read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from operator import itemgetter

import numpy as np

from spatialhub.catalogue import Catalogue, Classes
from spatialhub.evidence import PinnedLayer, Standing, shown_of
from spatialhub.findings import FeatureHit, LayerResult, Status
from spatialhub.hashed import WrittenHits
from spatialhub.listed import Outlines, Rows
from spatialhub.looking import Looked, Question
from spatialhub.precedence.engine import clause_of
from spatialhub.precedence.model import CheckPolicy
from spatialhub.precedence.referrals import Found
from spatialhub.remembered import ByIdentity
from spatialhub.spatial._kernels import FeatureTexts
from spatialhub.spatial.feature_texts import feature_texts
from spatialhub.spatial.statuses import ADJACENT, FOUND, HIT, NOTHING


class LayerAnswers:
    """Answers of all layers for one site."""

    def __init__(self, looked: Looked, question: Question) -> None:
        self._looked, self._question = looked, question
        self.rows: Rows[LayerResult] = Rows(self._list)
        sums = looked.overlay.layers
        self._read: dict[int, list[tuple]] = {}
        self._overlaps: dict[int, Outlines] = {}
        self._code, self._unchecked_u = sums.code.tolist(), sums.unchecked_u.tolist()

    def found(self) -> Found:
        """What departments are asked about, names of features listed when read."""
        keys = self._question.standing.keys
        return Found(
            hit={key: Rows(partial(self._names, layer)) for layer, key in enumerate(keys) if self._code[layer] == HIT},
            unchecked=frozenset(key for layer, key in enumerate(keys) if self._unchecked_u[layer]),
            layers=keys,
        )

    def _names(self, layer: int) -> list[str]:
        texts = self._texts[layer]
        if texts is not None:
            return texts.names(self._row[self._own(layer)])
        return [name or id for id, name, *_ in self._features(layer)]

    def _list(self) -> Iterator[LayerResult]:
        standing, policy, sums = self._question.standing, self._question.policy, self._looked.overlay.layers
        clear = _clear.of((standing, policy), lambda: [_clear_row(row, policy) for row in standing.layers])
        areas = zip(*(column.tolist() for column in (sums.area_u, sums.area_plane_u, sums.floor_u)), strict=True)
        suspected, starts = sums.suspected.tolist(), self._starts
        for layer, (area_u, area_plane_u, floor_u) in enumerate(areas):
            unchecked_u, row = self._unchecked_u[layer], clear[layer]
            if self._code[layer] == NOTHING and not unchecked_u:
                yield row
                continue
            hits: Sequence[FeatureHit] = ()
            if starts[layer] < starts[layer + 1]:
                hits = WrittenHits(
                    partial(self._features, layer), partial(self._hit, layer), partial(self._written, layer)
                )
            yield LayerResult(
                row.key,
                row.title,
                row.family,
                row.kind,
                self._status(layer),
                row.clause,
                row.steward,
                row.departments,
                row.required,
                row.version,
                row.version_sha256,
                row.in_force_from,
                row.reason or ("outside_coverage" if unchecked_u else ""),
                area_u,
                area_plane_u,
                unchecked_u,
                floor_u,
                suspected[layer],
                hits,
            )

    def _status(self, layer: int) -> Status:
        code = self._code[layer]
        if code in (NOTHING, ADJACENT) and self._unchecked_u[layer]:
            return Status.UNCHECKED
        return Status.CLEAR if code == NOTHING else Status(FOUND[code])

    def _features(self, layer: int) -> list[tuple]:
        """What stands for the layer's hits, by id: fields of `FeatureHit` but for the geometry, and its number."""
        found = self._read.get(layer)
        if found is None:
            found = self._read[layer] = self._values(layer)
        return found

    def _written(self, layer: int, site_u: int) -> bytes | None:
        """The hits as JSON; None where only Python writes it."""
        own, texts = self._own(layer), self._texts[layer]
        if texts is None:
            return None
        area_u, plane_u = self._areas
        return texts.json(self._row[own], area_u[own], plane_u[own], site_u)

    def _values(self, layer: int) -> list[tuple]:
        own = self._own(layer)
        if own.start == own.stop:
            return []
        said = self._looked.evidence.attributes(layer, self._touched[own].tolist())
        classes = self._question.catalogue.classes.get(self._question.standing.layers[layer].entry.classes)
        titles = {code: _class_name(classes, code) for code in set(said.classes)}
        area_u, plane_u = self._areas
        rows = zip(
            said.ids,
            said.names,
            said.shown,
            area_u[own].tolist(),
            plane_u[own].tolist(),
            said.classes,
            map(titles.__getitem__, said.classes),
            range(len(said.ids)),
            strict=True,
        )
        return sorted(rows, key=_id)

    def _hit(self, layer: int, values: tuple) -> FeatureHit:
        id, name, said, area_u, area_plane_u, class_code, class_name, number = values
        if layer not in self._overlaps:
            self._overlaps[layer] = self._outlines(self._touched[self._own(layer)])
        draw = partial(self._overlaps[layer].__getitem__, number)
        return FeatureHit(id, name, said, area_u, area_plane_u, class_code, class_name, draw)

    def _outlines(self, labels: np.ndarray) -> Outlines:
        """Overlaps of features, drawn when the first is asked."""
        found = self._looked.overlay
        place = np.full(len(found.labels), -1, np.int64)
        place[labels + found.labels.first] = np.arange(len(labels))
        group = place[found.arrangement.cover_label]
        return Outlines(found.arrangement, found.arrangement.cover_face[group >= 0], group[group >= 0], len(labels))

    @cached_property
    def _touched(self) -> np.ndarray:
        """Candidates that cover a face, ascending, which is by layer."""
        return np.flatnonzero(self._looked.overlay.touched)

    @cached_property
    def _row(self) -> np.ndarray:
        """The row of each of them in its snapshot."""
        return self._looked.overlay.labels.candidates.row[self._touched]

    @cached_property
    def _areas(self) -> tuple[np.ndarray, np.ndarray]:
        """Area and plane area of each of them."""
        found = self._looked.overlay
        return found.feature_u[self._touched], found.feature_plane_u[self._touched]

    def _own(self, layer: int) -> slice:
        """Where those of one layer stand among them."""
        return slice(*self._starts[layer : layer + 2])

    @cached_property
    def _starts(self) -> list[int]:
        """Where each layer begins among them, and where the last ends."""
        layers = self._looked.overlay.labels.candidates.layer[self._touched]
        return np.searchsorted(layers, np.arange(len(self._code) + 1)).tolist()

    @cached_property
    def _texts(self) -> list[FeatureTexts | None]:
        standing, catalogue = self._question.standing, self._question.catalogue
        return _writers.of((standing, catalogue), lambda: _writers_of(standing, catalogue))


_id = itemgetter(0)


def _class_name(classes: Classes | None, code: str) -> str:
    known = classes.find(code) if classes else None
    return known.name if known else ""


# What writes the features of each layer; None where only Python does.
_writers: ByIdentity[list[FeatureTexts | None]] = ByIdentity(most=8)


def _writers_of(standing: Standing, catalogue: Catalogue) -> list[FeatureTexts | None]:
    found: list[FeatureTexts | None] = []
    for pinned, store in zip(standing.layers, standing.stores, strict=True):
        classes = catalogue.classes.get(pinned.entry.classes)
        name = partial(_class_name, classes) if classes is not None else None
        found.append(feature_texts(store, shown_of(pinned, store), name) if store is not None else None)
    return found


# What each layer says of a site where it has nothing.
_clear: ByIdentity[list[LayerResult]] = ByIdentity(most=8)


def _clear_row(pinned: PinnedLayer, policy: CheckPolicy) -> LayerResult:
    entry = pinned.entry
    return LayerResult(
        key=entry.key,
        title=entry.title_zh,
        family=entry.family.value,
        kind=entry.kind.value,
        status=Status.CLEAR,
        clause=clause_of(entry, policy),
        steward=policy.department(entry.steward),
        departments=tuple(policy.department(row.department) for row in entry.consulted),
        required=entry.required,
        version=pinned.version,
        version_sha256=pinned.sha256,
        in_force_from=pinned.in_force_from,
        reason=pinned.reason,
    )
