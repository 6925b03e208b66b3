"""Filters and functions that templates use: labels, figures, pictures of the legend."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from markupsafe import Markup

from spatialhub.report import figures, words
from spatialhub.report.patterns import definitions, layer_swatch, swatch

MOST_FRAGMENTS, MOST_FEATURES = 200, 20  # rows of a table that a page shows; the downloads have them all


def install(app: Flask) -> None:
    """Make words and figures available to every template."""
    app.jinja_env.filters.update(
        m2=_together(figures.square_metres),
        hectares=_together(figures.hectares),
        mu=_together(figures.mu),
        area_words=_together(figures.area_words),
        percent=figures.percent,
        words=lambda value, group: words.label(group, value),
        reason=words.reason_words,
    )
    app.jinja_env.globals.update(
        swatch=lambda name: Markup(swatch(name)),
        layer_swatch=lambda style: Markup(layer_swatch(style)),
        pattern_definitions=lambda: Markup(definitions()),
        labels=words.LABELS,
        families=words.FAMILIES,
        most_fragments=MOST_FRAGMENTS,
        most_features=MOST_FEATURES,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _together(written: Callable[[float], str]) -> Callable[[float], str]:
    """Keep a number and its unit on one line."""
    return lambda area_m2: written(area_m2).replace(" ", "\N{NO-BREAK SPACE}")
