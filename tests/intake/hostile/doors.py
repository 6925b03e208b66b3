"""Where files are handed in: the reader itself, the command line, the web. Each door gives one `Answer`."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import shapely
from click.testing import CliRunner

from layers.workspace import Workspace, open_workspace
from spatialhub.cli import main
from spatialhub.errors import SpatialHubError
from spatialhub.intake import read_layer, read_site_bytes
from spatialhub.intake.inspection import inspect_bytes
from spatialhub.messages import LANGUAGES, explain
from spatialhub.report.inspected import document
from tests.intake.hostile import trap
from tests.intake.hostile.payloads import CRS, Payload

LAYER = "line_red"
_BOUNDARY = "----spatialhub-hostile"


@dataclass(frozen=True)
class Answer:
    """What a door said: `code` of the refusal, empty where the file was taken; everything it showed; the area taken;
    how long it took by the clock and of the processor."""

    code: str
    shown: bytes
    area_m2: float | None = None
    seconds: float = 0.0
    processor_s: float = 0.0

    @property
    def refused(self) -> bool:
        """Whether the file was refused."""
        return bool(self.code)


@dataclass
class Station:
    """Where a run takes place: a folder for files, a home, and for the doors of the web a server's address."""

    folder: Path
    home: Path
    trap: trap.Trap
    address: str = ""
    clock: Callable[[], float] = time.monotonic
    made: int = field(default=0)
    _space: Workspace | None = field(default=None)

    @property
    def space(self) -> Workspace:
        """The home's workspace, opened once: a thousand commands need not read the city a thousand times."""
        if self._space is None:
            self._space = open_workspace(self.home)
        return self._space

    def put(self, one: Payload) -> Path:
        """Write a payload where a person would have it: under its own name in a folder of its own."""
        self.made += 1
        folder = self.folder / f"{self.made}"
        folder.mkdir(parents=True)
        path = folder / one.name
        path.write_bytes(one.data)
        if one.ending == ".shp":
            for ending in (".shx", ".dbf"):
                path.with_suffix(ending).write_bytes(one.data)
        return path


def _said(error: SpatialHubError) -> bytes:
    return "\n".join(" ".join(explain(error, one).values()) for one in LANGUAGES).encode()


def read(one: Payload, at: Station) -> Answer:
    """The reader of sites, as uploads reach it."""
    try:
        site = read_site_bytes(one.name, one.data, epsg=CRS, crs=one.crs, origin="web")
    except SpatialHubError as error:
        return Answer(error.code, _said(error))
    return Answer("", repr(site).encode(), float(shapely.area([part.geometry for part in site.parts]).sum()))


def look(one: Payload, at: Station) -> Answer:
    """Looking at a file."""
    try:
        found = inspect_bytes(one.name, one.data, epsg=CRS, crs=one.crs, origin="web")
    except SpatialHubError as error:
        return Answer(error.code, _said(error))
    shown = json.dumps([document(found, language) for language in LANGUAGES], allow_nan=False).encode()
    parts = [part.geometry for part in found.site.parts] if found.site else []
    return Answer(found.refusal.code if found.refusal else "", shown, float(shapely.area(parts).sum()))


def layer(one: Payload, at: Station) -> Answer:
    """The reader of layers."""
    area, shown = 0.0, []
    try:
        with read_layer(at.put(one), epsg=CRS, crs=one.crs) as reading:
            for chunk in reading:
                area += float(shapely.area(chunk.geometries).sum())
                shown.append(repr([dict(chunk.attributes), list(chunk.places)[:50]]))
            shown.append(repr(reading.issues))
    except SpatialHubError as error:
        return Answer(error.code, _said(error))
    return Answer("", "\n".join(shown).encode(), area)


# Commands run in this very process: their deadline would end it, and their memory is this one's.
_ENVIRONMENT = {"COLUMNS": "200", "SPATIALHUB_CHECK_DEADLINE_S": "3600", "SPATIALHUB_CHECK_MEMORY_MIB": "512"}


def _command(at: Station, *words: object) -> Answer:
    with patch("spatialhub.cli._open", lambda _: at.space):
        done = CliRunner().invoke(main, ["--home", str(at.home), *map(str, words)], env=_ENVIRONMENT)
    code = ""
    if done.exit_code == 2:
        found = re.search(r'"code": ?"(\w+)"', done.stderr) or re.search(
            r'"refusal": ?\{\s*"code": ?"(\w+)"', done.stdout
        )
        code = found[1] if found else "refused without a code"
    elif done.exit_code:
        code = f"fault: exit {done.exit_code} {done.exception!r} {done.stderr[-600:]}"
    return Answer(code, (done.stdout + done.stderr).encode("utf-8", "surrogatepass"))


def _crs(one: Payload) -> tuple[object, ...]:
    return ("--crs", one.crs) if one.crs else ()


def cli_check(one: Payload, at: Station) -> Answer:
    """`spatialhub check`."""
    return _command(at, "check", at.put(one), *_crs(one), "--format", "json")


def cli_inspect(one: Payload, at: Station) -> Answer:
    """`spatialhub inspect`, as text and as JSON."""
    path = at.put(one)
    text = _command(at, "inspect", path, *_crs(one))
    answer = _command(at, "inspect", path, *_crs(one), "--format", "json")
    return Answer(answer.code, text.shown + answer.shown)


def cli_convert(one: Payload, at: Station) -> Answer:
    """`spatialhub convert` to a GeoJSON."""
    path = at.put(one)
    target = path.parent / "out.geojson"
    done = _command(at, "convert", path, target, *_crs(one))
    written = target.read_bytes() if target.exists() else b""
    code = _coded(done) if done.refused else ""
    return Answer(code, done.shown + written)


def _coded(done: Answer) -> str:
    """`convert` says its refusal as a panel alone: its title is the code."""
    found = re.search(r"[╭─]+ (\w+) ─", done.shown.decode("utf-8", "replace"))
    return found[1] if found and done.code.startswith("refused") else done.code


def cli_import(one: Payload, at: Station) -> Answer:
    """`spatialhub layers import`."""
    return _command(
        at, "layers", "import", LAYER, at.put(one), *_crs(one), "--coverage", "city", "--format", "json", "--who", "x"
    )


def posted(one: Payload, at: Station, path: str) -> tuple[int, bytes, Mapping[str, str]]:
    """Post a file as a browser's form does; status, body, headers."""
    fields = {"way": "file", "crs": str(one.crs or "")}
    lines = [f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
             for name, value in fields.items()]  # fmt: skip
    lines.append(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{one.name}"\r\n\r\n')
    body = "".join(lines).encode() + one.data + f"\r\n--{_BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    asked = urllib.request.Request(at.address + path, body, headers, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=180) as response:
            return response.status, response.read(), dict(response.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def _web(one: Payload, at: Station, path: str) -> Answer:
    status, shown, _ = posted(one, at, path)
    if status == 200:
        refusal = json.loads(shown).get("refusal")
        return Answer(refusal["code"] if refusal else "", shown)
    code = re.search(rb'"code": ?"(\w+)"', shown)
    return Answer(code[1].decode() if code and status != 500 else f"fault: {status}", shown)


def web_check(one: Payload, at: Station) -> Answer:
    """`POST /api/v1/check`."""
    return _web(one, at, "/api/v1/check")


def web_inspect(one: Payload, at: Station) -> Answer:
    """`POST /inspect`, the page, and `/api/v1/inspect`."""
    page = posted(one, at, "/inspect")[1]
    answer = _web(one, at, "/api/v1/inspect")
    return Answer(answer.code, page + answer.shown)


INSIDE: Mapping[str, Callable[[Payload, Station], Answer]] = {"read": read, "look": look, "layer": layer}
COMMANDS = {"check": cli_check, "inspect": cli_inspect, "convert": cli_convert, "layers import": cli_import}
WEB = {"web check": web_check, "web inspect": web_inspect}
TWICE = {"look", "inspect", "web inspect"}  # they read a file, and read it as it would be taken
DOORS = {**INSIDE, **COMMANDS, **WEB}
