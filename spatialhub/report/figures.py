"""Numbers as people read them: square metres, 公顷 and 亩, shares, sums that add up."""

from __future__ import annotations

from collections.abc import Sequence

M2_PER_HECTARE = 10_000
MU_PER_HECTARE = 15


def square_figure(area_m2: float) -> str:
    """Return an area in m² with two decimals, for a column that names the unit; never 0.00 for something."""
    return "<0.01" if 0 < area_m2 < 0.005 else f"{area_m2:,.2f}"


def hectares_figure(area_m2: float) -> str:
    """Return an area in 公顷 with four decimals, for a column that names the unit; never 0.0000 for something."""
    return "<0.0001" if 0 < area_m2 < 0.5 else f"{area_m2 / M2_PER_HECTARE:,.4f}"


def square_metres(area_m2: float) -> str:
    """Return an area with two decimals and its unit."""
    return f"{square_figure(area_m2)} m²"


def hectares(area_m2: float) -> str:
    """Return an area in 公顷, four decimals."""
    return f"{hectares_figure(area_m2)} 公顷"


def mu(area_m2: float) -> str:
    """Return an area in 亩 (15 to the 公顷), two decimals."""
    return f"{area_m2 / M2_PER_HECTARE * MU_PER_HECTARE:,.2f} 亩"


def area_words(area_m2: float) -> str:
    """Return an area in all three units."""
    return f"{square_metres(area_m2)}（{hectares(area_m2)}，{mu(area_m2)}）"


def percent(share: float) -> str:
    """Return a share as a percentage that never hides something behind 0.00 % nor a rest behind 100 %."""
    if 0 < share < 0.00005:
        return "<0.01 %"
    if 0.99995 <= share < 1:
        return ">99.99 %"
    return f"{share * 100:.2f} %"


def balanced(areas_m2: Sequence[float], total_m2: float) -> list[float]:
    """Round areas to 0.01 m² so that they sum to the rounded total: largest remainder, earlier rows first in ties."""
    exact = [area * 100 for area in areas_m2]
    floors = [int(value + 1e-6) for value in exact]
    missing = round(total_m2 * 100) - sum(floors)
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[: max(0, min(missing, len(order)))]:
        floors[i] += 1
    return [value / 100 for value in floors]
