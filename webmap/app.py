"""The web application: read this to see what there is."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable

from flask import Flask, Response, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from spatialhub import settings
from spatialhub.errors import ProgramFault, SpatialHubError, TooLarge
from spatialhub.intake import limits
from spatialhub.messages import Words, explain
from webmap import analyst, api, catalogue, guard, inspecting, results, samples, services, status_colours, words
from webmap.errors import problem_response, retry_after, status_of
from webmap.panels import Panels
from webmap.runner import Runner
from webmap.services import Workspace
from webmap.store import ResultStore

_log = logging.getLogger(__name__)
EXTRA_MIB = 4  # of a form around its file
_HTTP_WORDS = {404: "没有这个页面。", 405: "这个地址不接受这样的请求。", 400: "请求的格式不对。"}


def create_app(space: Workspace | None = None, *, work: Callable[[services.Question], str] | None = None) -> Flask:
    """Build the application over a workspace.

    `work` answers one question in a worker process; tests may give another than `services.answer`.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = (settings.number("SPATIALHUB_SITE_MAX_MIB") + EXTRA_MIB) * 2**20
    app.config["MAX_FORM_MEMORY_SIZE"] = EXTRA_MIB * 2**20
    space = space or services.open_space()
    deadline_s = settings.number("SPATIALHUB_CHECK_DEADLINE_S")
    app.extensions["space"] = space
    app.extensions["results"] = ResultStore(space.home / "results")
    app.extensions["runner"] = Runner(work or services.answer, deadline_s=deadline_s, preload="webmap.services")
    app.extensions["inspections"] = Runner(services.look, deadline_s=deadline_s)
    app.extensions["papers"] = papers = Runner(services.make_paper, deadline_s=deadline_s)
    app.extensions["panels"] = Panels(
        app.extensions["results"], lambda key: papers.ask(services.paper_question(key, services.PANEL, space))
    )

    guard.install(app)
    app.context_processor(lambda: {"synthetic": samples.notice(space.home)})
    words.install(app)
    app.add_url_rule("/", "home", lambda: redirect(url_for("analyst.workbench")))
    app.register_blueprint(status_colours.pages)  # colours and patterns, from the table that the reports use
    app.register_blueprint(analyst.pages)  # /map, /check, /layers
    app.register_blueprint(catalogue.pages)  # /catalogue
    app.register_blueprint(inspecting.pages)  # /inspect, /api/v1/inspect
    app.register_blueprint(results.pages)  # /results/<key> and downloads
    app.register_blueprint(api.pages, url_prefix="/api/v1")
    app.register_error_handler(SpatialHubError, _refused)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)
    return app


def _refused(error: SpatialHubError) -> Response | tuple[str, int, dict[str, str]]:
    if request.path.startswith("/api/"):
        return problem_response(error)
    words = explain(error)
    if request.headers.get("HX-Request"):
        return analyst.refusal(error), status_of(error), retry_after(error)
    return render_template("refusal.html", words=words), status_of(error), retry_after(error)


def _too_large(_: RequestEntityTooLarge) -> Response | tuple[str, int, dict[str, str]]:
    size = request.content_length or 0
    # A form whose file would have had room: then a field of it was too long.
    most = EXTRA_MIB if size <= current_app.config["MAX_CONTENT_LENGTH"] else settings.number("SPATIALHUB_SITE_MAX_MIB")
    limit = limits.size(most) if size > current_app.config["MAX_CONTENT_LENGTH"] else Words.of("limit_form", mib=most)
    return _refused(TooLarge("所提交的内容", limit=limit, found=f"{size / 2**20:.1f} MiB"))


def _http(error: HTTPException) -> Response | tuple[str, int] | HTTPException:
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": error.name, "status": error.code, "detail": error.description}
        text = json.dumps(body, ensure_ascii=False)
        return Response(text, content_type="application/problem+json", status=error.code or 500)
    page = {
        "what": _HTTP_WORDS.get(error.code or 500, f"{error.code} {error.name}"),
        "remedy": "请从工作台重新开始。",
        "place": request.path,
        "code": "",
    }
    return render_template("refusal.html", words=page), error.code or 500


def _fault(error: Exception) -> Response | tuple[str, int, dict[str, str]]:
    number = secrets.token_hex(4)
    _log.error("request %s %s failed (%s)", request.method, request.path, number, exc_info=error)
    return _refused(ProgramFault(number))
