"""Pages of the planning analyst: the workbench, the check, the table of layers. For everybody on this machine."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from shapely.geometry import mapping
from werkzeug.datastructures import FileStorage

from spatialhub.errors import SpatialHubError
from spatialhub.messages import explain
from spatialhub.spatial.crs import plane_zone
from webmap import asking, samples, services
from webmap.errors import status_of
from webmap.panels import Panels
from webmap.runner import Job, Runner
from webmap.services import Workspace
from webmap.store import ResultStore

pages = Blueprint("analyst", __name__)


def space() -> Workspace:
    """The workspace this server answers from."""
    return current_app.extensions["space"]


def runner() -> Runner:
    """The pool of checks."""
    return current_app.extensions["runner"]


def kept() -> ResultStore:
    """Results on disk."""
    return current_app.extensions["results"]


def panels() -> Panels:
    """Results as they stand beside the map."""
    return current_app.extensions["panels"]


@pages.get("/map")
def workbench() -> str:
    """The workbench, empty."""
    return render_workbench(None)


def render_workbench(key: str | None) -> str:
    """The workbench, with a stored result where a key is given."""
    here = space()
    return render_template(
        "analyst/map.html",
        city=here.city,
        frame=frame(here),
        rows=services.layer_rows(here),
        uses=here.catalogue.uses.values(),
        samples=samples.offered(here.home),
        systems=systems(here.city.epsg),
        key=key,
        panel=panels().of(key) if key else None,
    )


@pages.post("/check")
def start_check() -> str:
    """Take a question, answer with its progress."""
    upload = request.files.get("file")
    asked = asking.from_form(request.form, bytes_of(upload))
    job = runner().start(services.question(asked, space()), page=request.form.get("page", "")[:64])
    return _progress(job)


@pages.get("/check/<job_id>")
def follow_check(job_id: str) -> str | tuple[str, int] | Response:
    """How a check stands: under way, refused, or its result."""
    job = runner().find(job_id)
    if not job.finished.is_set():
        return _progress(job)
    if job.error is not None:
        return refusal(job.error), status_of(job.error)
    response = make_response(str(panels().of(job.key).html))
    response.headers["HX-Push-Url"] = url_for("results.show", key=job.key)
    return response


@pages.get("/layers")
def layers() -> str:
    """Every layer of the catalogue with what is loaded for it."""
    return render_template("analyst/layers.html", city=space().city, rows=services.layer_rows(space()))


def refusal(error: SpatialHubError) -> str:
    """A refusal beside the form: what is the matter, and the question that the form then asks."""
    option = str(error.params.get("option", "")).removeprefix("--")
    choices = error.params.get("choices") if option in ("axes", "sublayer", "encoding") else None
    listed = [str(choice) for choice in choices] if isinstance(choices, (list, tuple)) else []
    return render_template(
        "analyst/_refusal.html", words=explain(error), asks=error.code, option=option, choices=listed
    )


def frame(here: Workspace) -> dict:
    """What the map needs to know about the city's plane."""
    zone = plane_zone(here.city.epsg)
    return {
        "epsg": here.city.epsg,
        "meridian_deg": zone.central_meridian_deg,
        "false_easting_m": zone.false_easting_m,
        "outline": mapping(services.outline(here)),
        "extent": [round(value, 1) for value in services.opening_extent(here)],
    }


def systems(epsg: int) -> list[tuple[int, str]]:
    """Coordinate systems offered by name; the form takes any accepted code."""
    zone = plane_zone(epsg)
    prefixed = epsg - 21 if 4534 <= epsg <= 4554 else epsg
    meridian = zone.central_meridian_deg
    return [
        (epsg, f"CGCS2000 3° 分带，中央经线 {meridian}°，坐标不带带号（EPSG:{epsg}）"),
        (prefixed, f"CGCS2000 3° 分带，带号 {plane_zone(prefixed).number}，坐标带带号（EPSG:{prefixed}）"),
        (4490, "CGCS2000 经纬度，度（EPSG:4490）"),
        (4326, "WGS 84 经纬度，度（EPSG:4326；仅作示意，界址点须复核）"),
    ]


def _progress(job: Job) -> str:
    return render_template("analyst/_progress.html", job=job, deadline_s=runner().deadline_s)


def bytes_of(upload: FileStorage | None) -> tuple[str, bytes] | None:
    """Name and content of an upload; None where there is none."""
    return (upload.filename or "site", upload.read()) if upload and upload.filename else None
