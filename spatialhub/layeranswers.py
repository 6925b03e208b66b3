"""What each layer answers, as rows of a result: what decides is in arrays, rows and features are listed when read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from spatialhub.catalogue import Classes, LayerEntry
from spatialhub.evidence import Feature
from spatialhub.findings import FeatureHit, LayerResult, Status
from spatialhub.listed import Outlines, Rows
from spatialhub.looking import Looked, Question
from spatialhub.precedence.engine import clause_of
from spatialhub.precedence.model import CheckPolicy
from spatialhub.precedence.referrals import Found
from spatialhub.remembered import ByIdentity
from spatialhub.spatial.statuses import ADJACENT, FOUND, HIT, NOTHING


class LayerAnswers:
    """Answers of all layers for one site."""

    def __init__(self, looked: Looked, question: Question) -> None:
        self._looked, self._question = looked, question
        self.rows: Rows[LayerResult] = Rows(self._list)
        sums = looked.overlay.layers
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
        return [hit.name or hit.id for hit in self.rows[layer].features]

    def _list(self) -> Iterator[LayerResult]:
        sums, policy = self._looked.overlay.layers, self._question.policy
        for layer, pinned in enumerate(self._question.standing.layers):
            unchecked_u = self._unchecked_u[layer]
            yield LayerResult(
                **_said_of(pinned.entry, policy),
                status=self._status(layer),
                version=pinned.version,
                version_sha256=pinned.sha256,
                in_force_from=pinned.in_force_from,
                reason=pinned.reason or ("outside_coverage" if unchecked_u else ""),
                area_u=int(sums.area_u[layer]),
                area_plane_u=int(sums.area_plane_u[layer]),
                unchecked_u=unchecked_u,
                floor_u=int(sums.floor_u[layer]),
                suspected_digitising_error=bool(sums.suspected[layer]),
                features=Rows(partial(self._features, layer)),
            )

    def _status(self, layer: int) -> Status:
        code = self._code[layer]
        if code in (NOTHING, ADJACENT) and self._unchecked_u[layer]:
            return Status.UNCHECKED
        return Status.CLEAR if code == NOTHING else Status(FOUND[code])

    def _features(self, layer: int) -> list[FeatureHit]:
        found, evidence = self._looked.overlay, self._looked.evidence
        labels = np.flatnonzero(found.touched & (found.labels.candidates.layer == layer))
        outlines = self._outlines(labels)
        entry = evidence.standing.layers[layer].entry
        classes = self._question.catalogue.classes.get(entry.classes)
        area_u, plane_u = found.feature_u[labels].tolist(), found.feature_plane_u[labels].tolist()
        hits = [
            _hit(feature, area_u[i], plane_u[i], classes, partial(outlines.__getitem__, i))
            for i, feature in enumerate(evidence.features(labels))
        ]
        return sorted(hits, key=lambda hit: hit.id)

    def _outlines(self, labels: np.ndarray) -> Outlines:
        """Overlaps of features, drawn when asked."""
        found = self._looked.overlay
        place = np.full(len(found.labels), -1, np.int64)
        place[labels + found.labels.first] = np.arange(len(labels))
        group = place[found.arrangement.cover_label]
        return Outlines(found.arrangement, found.arrangement.cover_face[group >= 0], group[group >= 0], len(labels))


def _hit(feature: Feature, area_u: int, area_plane_u: int, classes: Classes | None, draw) -> FeatureHit:
    known = classes.find(feature.class_code) if classes else None
    return FeatureHit(
        id=feature.id,
        name=feature.name,
        attributes=feature.shown,
        area_u=area_u,
        area_plane_u=area_plane_u,
        class_code=feature.class_code,
        class_name=known.name if known else "",
        geometry=draw,
    )


_said: ByIdentity[dict] = ByIdentity(most=256)


def _said_of(entry: LayerEntry, policy: CheckPolicy) -> dict:
    """What a result says of a layer whatever the site."""

    def made() -> dict:
        return {
            "key": entry.key,
            "title": entry.title_zh,
            "family": entry.family.value,
            "kind": entry.kind.value,
            "clause": clause_of(entry, policy),
            "steward": policy.department(entry.steward),
            "departments": tuple(policy.department(row.department) for row in entry.consulted),
            "required": entry.required,
        }

    return _said.of((entry, policy), made)
