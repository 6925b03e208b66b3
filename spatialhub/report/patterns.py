"""Patterns that tell conformities apart without colour, as SVG that needs no script."""

from __future__ import annotations

from html import escape

from spatialhub.catalogue import Style
from spatialhub.report.words import CONFORMITIES, colour

SITE = Style(stroke="#d40000", width_px=3.5)
SUGGESTION = Style(stroke="#0b3d91", width_px=3.0, dash="6 3")

# Lines of an 8 x 8 tile: what is worse is denser.
TILES = {
    "barred": "M0,0L8,8M8,0L0,8",
    "refused": "M-2,2L2,-2M0,8L8,0M6,10L10,6",
    "needs_decision": "M4,3.2a.8,.8 0 1 0 .01 0M0,7.2a.8,.8 0 1 0 .01 0",
    "conditional": "M0,4L8,4",
    "not_asked": "M4,0L4,8",
    "conforms": "",
}


def definitions() -> str:
    """Return the hidden SVG that defines a pattern for every conformity."""
    return f'<svg width="0" height="0" class="defs" aria-hidden="true"><defs>{_patterns()}</defs></svg>'


def _patterns() -> str:
    return "".join(
        f'<pattern id="p-{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{colour(name)}" fill-opacity=".22"/>'
        f'<path d="{TILES[name]}" stroke="{colour(name)}" stroke-width="1.4" fill="none"/></pattern>'
        for name in CONFORMITIES
    )


def css() -> str:
    """Return rules that fill paths of class `c-<conformity>` with its pattern."""
    return "".join(f"path.c-{name}{{fill:url(#p-{name})}}" for name in CONFORMITIES)


def swatch(name: str) -> str:
    """Return the legend's picture of a conformity, of `site` or of `suggestion`."""
    if name in TILES:
        return _picture(f'fill="url(#p-{name})" stroke="{colour(name)}" stroke-width="1.5"')
    return layer_swatch(SITE if name == "site" else SUGGESTION)


def layer_swatch(style: Style) -> str:
    """Return the legend's picture of a layer."""
    fill = f'fill="{escape(style.fill)}" fill-opacity="{style.fill_opacity}"' if style.fill else 'fill="none"'
    dash = f' stroke-dasharray="{escape(style.dash)}"' if style.dash else ""
    return _picture(f'{fill} stroke="{escape(style.stroke)}" stroke-width="{min(style.width_px, 3.0)}"{dash}')


def _picture(attributes: str) -> str:
    shape = f'<rect x="1.5" y="1.5" width="19" height="11" {attributes}/>'
    return f'<span class="swatch"><svg width="22" height="14" aria-hidden="true">{shape}</svg></span>'
