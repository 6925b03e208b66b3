"""Arcs → chords within a stated distance of the arc."""

from __future__ import annotations

import math

import numpy as np

TOLERANCE_M = 0.001  # a boundary point is given to the millimetre
_MOST_CHORDS = 4096
_LEAST_STEP = math.radians(1)
_STRAIGHT_M = TOLERANCE_M / 10  # an arc no further from its chord is the chord


def chords(bulge: float, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Points (float64, (k, 2)) strictly between `start` and `end` on the arc that a DXF bulge describes.

    `bulge` is the tangent of a quarter of the included angle, positive where the arc runs counter-clockwise.
    """
    chord = float(np.hypot(*(end - start)))
    if not bulge or not chord:
        return np.zeros((0, 2))
    angle = 4 * math.atan(bulge)
    if abs(angle) < _LEAST_STEP and abs(bulge) * chord / 2 < _STRAIGHT_M:
        return np.zeros((0, 2))  # its centre lies so far off that points reckoned from there would be metres wrong
    radius = chord * (1 + bulge * bulge) / (4 * abs(bulge))
    count = _count(abs(angle), radius)
    middle = (start + end) / 2
    # From the chord's middle to the centre, to the left of the direction of travel.
    away = chord * (1 - bulge * bulge) / (4 * bulge)
    normal = np.array([start[1] - end[1], end[0] - start[0]]) / chord
    centre = middle + normal * away
    first = math.atan2(*(start - centre)[::-1])
    at = first + angle * np.arange(1, count) / count
    return centre + radius * np.stack([np.cos(at), np.sin(at)], axis=1)


def circle(centre: np.ndarray, radius: float) -> np.ndarray:
    """A closed ring (float64, (k, 2)) of chords of a circle, counter-clockwise."""
    count = _count(2 * math.pi, radius)
    at = 2 * math.pi * np.arange(count) / count
    points = centre + radius * np.stack([np.cos(at), np.sin(at)], axis=1)
    return np.concatenate([points, points[:1]])


def ellipse(centre: np.ndarray, major: np.ndarray, ratio: float) -> np.ndarray:
    """A closed ring of chords of an ellipse: `major` leads from the centre to an end of the longer axis."""
    count = _count(2 * math.pi, float(np.hypot(*major)))
    at = 2 * math.pi * np.arange(count) / count
    minor = np.array([-major[1], major[0]]) * ratio
    points = centre + np.outer(np.cos(at), major) + np.outer(np.sin(at), minor)
    return np.concatenate([points, points[:1]])


def _count(angle: float, radius: float) -> int:
    """Chords whose height stays below the tolerance, none over a degree."""
    step = 2 * math.acos(max(-1.0, 1 - TOLERANCE_M / radius)) if radius > TOLERANCE_M else math.pi / 2
    step = min(step, _LEAST_STEP)
    return max(2, math.ceil(angle / step)) if angle < step * _MOST_CHORDS else _MOST_CHORDS
