"""Refusals on the web: one table from class to HTTP status, problem details (RFC 9457) for the API, words for pages."""

from __future__ import annotations

import json

from flask import Response

from spatialhub import errors
from spatialhub.messages import explain

RETRY_S = 15
# The first class that an error is an instance of decides: the more special first.
STATUS: tuple[tuple[type[errors.SpatialHubError], int], ...] = (
    (errors.TooLarge, 413),
    (errors.UnknownFormat, 415),
    (errors.ContainmentMissing, 503),
    (errors.ProgramFault, 500),
    (errors.Busy, 503),
    (errors.UnknownLayer, 404),
    (errors.UnknownVersion, 404),
    (errors.UnknownResult, 404),
    (errors.OtherOrigin, 403),
    (errors.OtherHost, 421),
    (errors.OptionError, 400),
    (errors.NothingGiven, 400),
    (errors.IntakeError, 422),
    (errors.CrsError, 422),
    (errors.UnknownUse, 422),
    (errors.InvalidGeometry, 422),
    (errors.CheckError, 422),
    (errors.LayerError, 409),
    (errors.DataFileError, 500),
    (errors.SnapshotError, 500),
    (errors.FrontEndError, 500),
    (errors.FontMissing, 500),
    (errors.TemplateError, 500),
    (errors.UnknownCity, 500),
    (errors.SpatialHubError, 422),
)


def status_of(error: errors.SpatialHubError) -> int:
    """Return the HTTP status of a refusal."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def problem(error: errors.SpatialHubError) -> dict:
    """Return the problem details of a refusal."""
    words = explain(error)
    return {
        "type": f"urn:spatialhub:problem:{words['code']}",
        "title": words["what"],
        "status": status_of(error),
        "detail": words["remedy"],
        "code": words["code"],
        "place": words["place"],
    }


def retry_after(error: errors.SpatialHubError) -> dict[str, str]:
    """Headers of a refusal that another try may answer."""
    return {"Retry-After": str(RETRY_S)} if isinstance(error, errors.Busy) else {}


def problem_response(error: errors.SpatialHubError) -> Response:
    """Return a refusal as application/problem+json."""
    text = json.dumps(problem(error), ensure_ascii=False)
    return Response(text, status_of(error), retry_after(error), content_type="application/problem+json")
