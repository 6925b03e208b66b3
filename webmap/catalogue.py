"""The page of the catalogue: what every layer does to which use, who keeps it, whom it asks, and by which clause."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from layers.catalogue_page import rows, units
from spatialhub.catalogue import Family

pages = Blueprint("catalogue", __name__)


@pages.get("/catalogue")
def show() -> str:
    """Every layer and every unit, as docs/catalogue.md has them."""
    space = current_app.extensions["space"]
    found = rows(space.catalogue, space.city)
    return render_template(
        "analyst/catalogue.html",
        city=space.city,
        families=[(family, [row for row in found if row.entry.family is family]) for family in Family],
        count=len(found),
        units=units(space.catalogue, space.city),
    )
