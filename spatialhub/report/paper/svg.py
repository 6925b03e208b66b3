"""Pieces of the map pictures as SVG, in tenths of a millimetre on the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.catalogue import Style
from spatialhub.report.patterns import TILES
from spatialhub.report.words import colour

Box = tuple[float, float, float, float]
_PER_M = 10_000  # tenths of a millimetre in a metre
SCALES = tuple(int(base * 10**power) for power in range(2, 7) for base in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8))


@dataclass(frozen=True, slots=True)
class Frame:
    """A map's window: `scale` is the denominator, `west` and `north` its corner in the plane (m), size on paper."""

    scale: int
    west: float
    north: float
    width: int
    height: int

    @classmethod
    def around(cls, bounds: Box, *, width: int, height: int, room: float = 1.6) -> Frame:
        """The largest round scale at which `room` times the extent fits, centred."""
        west, south, east, north = bounds
        needed = max((east - west) * room / width, (north - south) * room / height) * _PER_M
        scale = next((scale for scale in SCALES if scale >= max(needed, 500)), SCALES[-1])
        per_metre = _PER_M / scale
        return cls(
            scale,
            (west + east) / 2 - width / per_metre / 2,
            (south + north) / 2 + height / per_metre / 2,
            width,
            height,
        )

    @property
    def box(self) -> Box:
        """West, south, east, north in the plane."""
        metres = self.scale / _PER_M
        return self.west, self.north - self.height * metres, self.west + self.width * metres, self.north

    def points(self, coords: np.ndarray) -> np.ndarray:
        """Coordinates of the plane on the paper."""
        per_metre = _PER_M / self.scale
        return np.column_stack([(coords[:, 0] - self.west) * per_metre, (self.north - coords[:, 1]) * per_metre])

    def path(self, geometry: Geometry) -> str:
        """The `d` of a polygon's or line's path; empty for none."""
        clipped = shapely.clip_by_rect(geometry, *shapely.box(*self.box).buffer(self.scale / 100).bounds)
        parts = []
        for part in shapely.get_parts(clipped):
            rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            parts += [self._ring(ring) for ring in rings if ring.geom_type in ("LinearRing", "LineString")]
        return "".join(parts)

    def _ring(self, ring: Geometry) -> str:
        points = np.round(self.points(shapely.get_coordinates(ring)), 1)
        keep = np.concatenate([[True], (points[1:] != points[:-1]).any(axis=1)])
        return "M" + "L".join(f"{x:g},{y:g}" for x, y in points[keep].tolist())


def shape(path: str, style: Style) -> str:
    """A path in a layer's style; pixels of the screen are a quarter of a millimetre here."""
    fill = f'fill="{style.fill}" fill-opacity="{style.fill_opacity}"' if style.fill else 'fill="none"'
    dash = [float(part) for part in style.dash.replace(",", " ").split()] if style.dash else []
    dashes = f' stroke-dasharray="{" ".join(f"{part * 2.5:g}" for part in dash)}"' if dash else ""
    return (
        f'<path d="{path}" {fill} fill-rule="evenodd" stroke="{style.stroke}"'
        f' stroke-width="{style.width_px * 1.8:g}" stroke-linejoin="round"{dashes}/>'
    )


def filled(path: str, fill: str, *, opacity: float = 1.0, line: str = "#7a7f87", width: float = 1.0) -> str:
    """A path filled with one colour or pattern."""
    return (
        f'<path d="{path}" fill="{fill}" fill-opacity="{opacity:g}" fill-rule="evenodd" stroke="{line}"'
        f' stroke-width="{width:g}" stroke-linejoin="round"/>'
    )


def text(x: float, y: float, words: str, *, size: int = 30, anchor: str = "start", fill: str = "#1a2330",
         bold: bool = False, halo: bool = False) -> str:  # fmt: skip
    """A line of text; `halo` puts white behind it."""
    weight = ' font-weight="700"' if bold else ""
    common = f'x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}"{weight}'
    said = escape(words)
    behind = f'<text {common} stroke="#fff" stroke-width="8" stroke-linejoin="round" fill="#fff">{said}</text>'
    return f'{behind if halo else ""}<text {common} fill="{fill}">{said}</text>'


def patterns() -> str:
    """Definitions of the patterns that tell conformities apart without colour."""
    return (
        "<defs>"
        + "".join(
            f'<pattern id="p-{name}" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="scale(2.6)">'
            f'<rect width="8" height="8" fill="{colour(name)}" fill-opacity=".22"/>'
            f'<path d="{TILES[name]}" stroke="{colour(name)}" stroke-width="1.1" fill="none"/></pattern>'
            for name in TILES
        )
        + "</defs>"
    )


def north_arrow(x: float, y: float) -> str:
    """An arrow to grid north, its tip at (x, y)."""
    return (
        f'<g><path d="M{x},{y}L{x + 28},{y + 90}L{x},{y + 70}Z" fill="#1a2330"/>'
        f'<path d="M{x},{y}L{x - 28},{y + 90}L{x},{y + 70}Z" fill="#fff" stroke="#1a2330" stroke-width="3"/>'
        f"{text(x, y - 12, '北', size=34, anchor='middle', bold=True, halo=True)}</g>"
    )


def cross(x: float, y: float) -> str:
    """A mark around a place that may be too small to be seen."""
    arms = f"M{x - 60:g},{y:g}h42M{x + 18:g},{y:g}h42M{x:g},{y - 60:g}v42M{x:g},{y + 18:g}v42"
    return (
        f'<path d="{arms}" stroke="#d40000" stroke-width="7" fill="none"/>'
        f'<circle cx="{x:g}" cy="{y:g}" r="30" fill="none" stroke="#d40000" stroke-width="5"/>'
    )


def scale_bar(x: float, y: float, scale: int) -> str:
    """A bar of four equal parts, its left end at (x, y), labelled in metres or kilometres."""
    metres = next(step for step in _round_lengths() if step / scale * _PER_M >= 360)
    width = metres / scale * _PER_M
    quarter = width / 4
    parts = "".join(
        f'<rect x="{x + i * quarter:g}" y="{y:g}" width="{quarter:g}" height="14"'
        f' fill="{"#1a2330" if i % 2 == 0 else "#fff"}" stroke="#1a2330" stroke-width="2"/>'
        for i in range(4)
    )
    unit, shown = ("km", metres / 1_000) if metres >= 2_000 else ("m", metres)
    marks = "".join(
        text(x + share * width, y - 10, f"{shown * share:g}{said}", size=26, anchor="middle", halo=True)
        for share, said in ((0, ""), (0.5, ""), (1, f" {unit}"))
    )
    plate = f'<rect x="{x - 24:g}" y="{y - 40:g}" width="{width + 110:g}" height="62" fill="#fff" fill-opacity=".85"/>'
    return plate + parts + marks


def _round_lengths() -> Sequence[int]:
    return [base * 10**power for power in range(6) for base in (1, 2, 4, 8)]
