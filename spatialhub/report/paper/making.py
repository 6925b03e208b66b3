"""A result's papers: what each form is made of, made when it is asked for."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from shapely import Point
from shapely.geometry import shape

from layers.workspace import Workspace
from spatialhub.geopackage import GeoTable, geopackage
from spatialhub.report.paper.context import paper_context
from spatialhub.report.paper.fonts import find_fonts
from spatialhub.report.paper.fragment_tables import fragment_rows
from spatialhub.report.paper.gather import map_data, marked
from spatialhub.report.paper.maps import draw_maps
from spatialhub.report.paper.pdf import render_pdf
from spatialhub.report.paper.points import point_rows
from spatialhub.report.paper.seal import RESULT_TABLE, seal
from spatialhub.report.paper.sheets import sheets
from spatialhub.report.paper.word import render_docx
from spatialhub.report.paper.workbook import render_xlsx
from spatialhub.report.view import View
from spatialhub.report.words import label

FORMS = ("docx", "pdf", "xlsx", "gpkg")
TEMPLATES = {"docx": "check_report.docx", "pdf": "check_report.typ"}


def template(form: str, home: Path | None = None) -> bytes:
    """Return the template of a form: the bureau's own in `home`/templates, else the built-in one."""
    name = TEMPLATES[form]
    own = home / "templates" / name if home else None
    return (
        own.read_bytes() if own and own.is_file() else files("spatialhub.report.templates").joinpath(name).read_bytes()
    )


@dataclass(frozen=True)
class Papers:
    """The papers of one result. `result` is its full JSON; maps draw what `workspace` still keeps."""

    result: Mapping
    workspace: Workspace

    def make(self, form: str) -> bytes:
        """Return the paper of a form (`FORMS`).

        Raises
        ------
        FontMissing, TemplateError
            PDF and the maps need a Chinese font; the template must know its placeholders.
        """
        return {"docx": self._docx, "pdf": self._pdf, "xlsx": self._xlsx, "gpkg": self._gpkg}[form]()

    @cached_property
    def document(self) -> Mapping:
        """The result, with the notice of synthetic data where any was."""
        return marked(self.workspace, self.result)

    @cached_property
    def _uses(self) -> dict[str, str]:
        return {code: use.name_zh for code, use in self.workspace.catalogue.uses.items()}

    @cached_property
    def _context(self) -> dict:
        return paper_context(self.document, uses=self._uses)

    @cached_property
    def _pictures(self) -> dict[str, bytes]:
        return draw_maps(self.document, map_data(self.workspace, self.document), find_fonts())

    def _docx(self) -> bytes:
        form = template("docx", self.workspace.home)
        carried = seal(self.document, uses=self._uses, template=form)
        return render_docx(self._context, self._pictures, template=form, carried=carried)

    def _pdf(self) -> bytes:
        form = template("pdf", self.workspace.home)
        carried = seal(self.document, uses=self._uses, template=form)
        return render_pdf(self._context, self._pictures, find_fonts(), template=form.decode(), carried=carried)

    def _xlsx(self) -> bytes:
        carried = base64.b64encode(seal(self.document, uses=self._uses)).decode("ascii")
        tables = sheets(self.document, uses=self._uses)
        return render_xlsx(tables, header=self._context["header"], mark=self._context["mark"], carried=carried)

    def _gpkg(self) -> bytes:
        return geopackage(geo_tables(self.document, seal(self.document, uses=self._uses)))


def geo_tables(document: Mapping, carried: bytes) -> list[GeoTable]:
    """Return the tables of the GeoPackage: site, fragments, suggestion, boundary points, and the result itself."""
    epsg = int(document["site"]["crs"].removeprefix("EPSG:"))
    found = [_site(document, epsg), _fragments(document, epsg), _points("boundary_points", document["site"], epsg)]
    if suggestion := document["proposal"]["suggestion"]:
        columns = {
            "area_m2": [suggestion["area_m2"]],
            "lost_m2": [suggestion["lost_m2"]],
            "recheck": [suggestion["recheck"]],
        }
        found.append(GeoTable("suggestion", columns, [shape(suggestion["geometry"])], epsg))
        found.append(_points("suggestion_points", suggestion, epsg))
    said = {
        "result_hash": document["provenance"]["result_hash"],
        "notices": "\n".join(document["notices"]),
        "provenance": json.dumps(document["provenance"], ensure_ascii=False),
        "carried": base64.b64encode(carried).decode("ascii"),
    }
    return [*found, GeoTable(RESULT_TABLE, {"name": list(said), "value": list(said.values())})]


def _site(document: Mapping, epsg: int) -> GeoTable:
    site = document["site"]
    columns = {
        "name": [site["name"]],
        "area_m2": [site["area_m2"]],
        "area_plane_m2": [site["area_plane_m2"]],
        "verdict": [document["proposal"]["verdict"]],
        "verdict_zh": [label("verdict", document["proposal"]["verdict"])],
        "notices": [" ".join(document["notices"])],
        "result_hash": [document["provenance"]["result_hash"]],
    }
    return GeoTable("site", columns, [shape(site["geometry"])], epsg)


def _fragments(document: Mapping, epsg: int) -> GeoTable:
    listed = {row["id"]: row for row in fragment_rows(View(document))}
    rows = document["fragments"]
    columns = {
        "id": [row["id"] for row in rows],
        "number": [listed[row["id"]]["number"] if row["id"] in listed else None for row in rows],
        "part": [row["part"] for row in rows],
        "area_m2": [row["area_m2"] for row in rows],
        "conformity": [row["conformity"] for row in rows],
        "conformity_zh": [label("conformity", row["conformity"]) for row in rows],
        "outcome": [row["ruling"]["outcome"] for row in rows],
        "why": [listed[row["id"]]["why"] if row["id"] in listed else "" for row in rows],
        "clauses": ["；".join(row["ruling"]["clauses"]) for row in rows],
        "unchecked": ["、".join(row["unchecked"]) for row in rows],
        "mismatch": [int(row["mismatch"]) for row in rows],
    }
    return GeoTable("fragments", columns, [shape(row["geometry"]) for row in rows], epsg)


def _points(name: str, owner: Mapping, epsg: int) -> GeoTable:
    rows = point_rows(owner["geometry"])
    columns = {key: [row[key] for row in rows] for key in ("number", "ring", "x", "y", "side")}
    return GeoTable(name, columns, [Point(float(str(row["y"])), float(str(row["x"]))) for row in rows], epsg)
