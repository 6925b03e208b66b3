"""Whether an area is so thin that it disappears when its boundary moves inward.

The largest circle inscribed in an area has at least the radius area / perimeter: one fat face decides for all it
belongs to. Only what no face decides is drawn and moved inward.
"""

from __future__ import annotations

import numpy as np
import shapely

from spatialhub.spatial.planar import Arrangement


def vanishing(arrangement: Arrangement, face: np.ndarray, group: np.ndarray, half_m: np.ndarray) -> np.ndarray:
    """Which groups of faces disappear when their boundary moves inward by `half_m` float64 (groups,); bool (groups,).

    `face`, `group` int64 (k,) say which faces each group unites. An empty group is gone.
    """
    gone = np.ones(len(half_m), bool)
    gone[group[arrangement.table.radius_m[face] > half_m[group]]] = False
    left = gone[group]
    face, group = face[left], group[left]
    if len(face):
        open_groups, place = np.unique(group, return_inverse=True)
        gone[open_groups] = narrow_groups(arrangement, face, place, half_m[open_groups])
    return gone


def narrow_groups(arrangement: Arrangement, face: np.ndarray, group: np.ndarray, half_m: np.ndarray) -> np.ndarray:
    """What `vanishing` answers where no face decides: groups drawn and moved inward, none of them empty."""
    return _gone(outlines_of(arrangement, face, group, len(half_m)), half_m)


def outlines_of(arrangement: Arrangement, face: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """Geometry of groups (count,), each the union of its faces; a face may belong to several groups.

    `face`, `group` int64 (k,) are pairs. Groups that share no face are drawn in one go: of those that share one the
    least number comes first, so that with features numbered layer by layer a go draws about a layer.
    """
    found = np.full(count, shapely.Polygon(), dtype=object)
    order = np.argsort(-group, kind="stable")
    face, group = face[order], group[order]
    while len(face):
        of_face = np.full(len(arrangement), -1, np.int64)
        of_face[face] = group  # the last of a face counts: its least group
        waiting = np.zeros(count, bool)
        waiting[group[of_face[face] != group]] = True
        drawn = np.unique(group[~waiting[group]])
        of_face[waiting[of_face] & (of_face >= 0)] = -1
        found[drawn] = arrangement.outlines(of_face, count)[drawn]
        left = waiting[group]
        face, group = face[left], group[left]
    return found


def _gone(areas: np.ndarray, half_m: np.ndarray) -> np.ndarray:
    coords, owner = shapely.get_coordinates(areas, return_index=True)
    local = shapely.set_coordinates(areas.copy(), coords - shapely.bounds(areas)[owner, :2])
    return shapely.is_empty(shapely.buffer(local, -half_m, quad_segs=2))
