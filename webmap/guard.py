"""What every request is held against before anything else, and the headers every answer carries.

Until people exist the server is for one machine: it binds 127.0.0.1, answers only to that name (a name that an attacker
re-points to 127.0.0.1 is refused), and takes changes only from its own pages.
"""

from __future__ import annotations

from flask import Flask, Response, request

from spatialhub.errors import OtherHost, OtherOrigin

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def install(app: Flask) -> None:
    """Guard every route of an application."""
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_harden)


def _check_host() -> None:
    host = request.host
    name = host[: host.index("]") + 1] if host.startswith("[") else host.partition(":")[0]
    if name not in HOSTS:
        raise OtherHost(host[:120])


def _check_origin() -> None:
    """A form on another site can post here: browsers say where a request comes from, and that has to be here.

    A request that says nothing comes from no browser (curl, a script), which holds nobody's session.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in (None, "same-origin", "none") or origin not in (None, f"{request.scheme}://{request.host}"):
        raise OtherOrigin(origin or site or "")


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    if not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "no-store"
    return response
