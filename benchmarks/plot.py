"""One small picture: how many times longer each peer needs, by size of site, on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.ours import NAME
from benchmarks.timing import Series, ratios

_COLOURS = ("#1b6ca8", "#e07b00", "#2e8540", "#8a3ffc", "#b3261e", "#666666")
_MARKS = ("o", "s", "^", "D", "v", "P")


def draw(series: Mapping[str, Series], path: Path, *, subtitle: str) -> str:
    """Write the picture; what is missing if it could not be drawn, else empty."""
    try:
        import matplotlib
    except ImportError:
        return "the picture was not drawn, matplotlib is not installed: pip install -e .[dev]"
    matplotlib.use("Agg")
    from matplotlib import pyplot

    sizes = list(series)
    names = [name for name in next(iter(series.values())).ms if name != NAME]
    figure, axes = pyplot.subplots(figsize=(7.2, 4.4), dpi=120)
    for name, colour, mark in zip(names, _COLOURS, _MARKS, strict=False):
        spreads = [ratios(series[size], name, NAME) for size in sizes]
        at = [number for number, spread in enumerate(spreads) if spread.count]
        middle = [spreads[number].median for number in at]
        low = [spreads[number].median - spreads[number].low for number in at]
        high = [spreads[number].high - spreads[number].median for number in at]
        axes.errorbar(at, middle, yerr=[low, high], color=colour, marker=mark, ms=5, lw=1.4, capsize=2, label=name)
    axes.axhline(1, color="black", lw=1)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}x")
    axes.set_xticks(range(len(sizes)), [size.replace(" km ", " km\n") for size in sizes], fontsize=9)
    axes.set_ylabel("time / ours (median, quartiles)")
    axes.set_title(f"Overlap step: above the line we are faster\n{subtitle}", fontsize=9)
    axes.grid(True, axis="y", which="major", alpha=0.3)
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
    return ""
