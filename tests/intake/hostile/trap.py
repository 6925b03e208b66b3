"""What an attack is after: files with a secret that nobody may show, and an address that nobody may call."""

from __future__ import annotations

import http.server
import re
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import shapely

from tests.intake import gis, txt

SECRET = "Geheim7Q4Z"  # ASCII: the same bytes in every encoding that could leak it, but UTF-16
CORNER = (467_812.3717, 3_846_934.9173)  # of the secret's outline: leaks as a number, too
SHAPE = shapely.box(*CORNER, CORNER[0] + 71.25, CORNER[1] + 71.25)
_MARKS = (
    SECRET.encode(), SECRET.encode("utf-16-le"), struct.pack("<d", CORNER[0]), struct.pack("<d", CORNER[1]),
)  # fmt: skip
# The corner as text, easting then northing or the other way round; one number alone may be anybody's.
_AS_TEXT = re.compile(rb"467812\.37\d*\D{1,4}3846934\.9[12]|3846934\.9[12]\d*\D{1,4}(38)?467812\.37")


@dataclass
class Trap:
    """A folder of secrets under plain names, and a listener with what it heard."""

    folder: Path
    address: str
    heard: list[str] = field(default_factory=list)

    def secret(self, ending: str) -> Path:
        """Path of a secret: gpkg, geojson, txt, csv, shp, dbf."""
        return self.folder / f"planted.{ending}"


def shown(data: bytes) -> bool:
    """Whether something of the secret is in these bytes."""
    return any(mark in data for mark in _MARKS) or _AS_TEXT.search(data) is not None


def shown_below(folder: Path) -> list[Path]:
    """Files of a folder in which something of the secret is."""
    return [path for path in folder.rglob("*") if path.is_file() and shown(path.read_bytes())]


@contextmanager
def laid(folder: Path) -> Iterator[Trap]:
    """Plant the secrets in a folder and listen on a free port of this machine, for as long as the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    _plant(folder)
    trap = Trap(folder, "")

    class Handler(http.server.BaseHTTPRequestHandler):
        def _heard(self) -> None:
            trap.heard.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = _heard

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trap.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield trap
    finally:
        server.shutdown()
        server.server_close()


def _plant(folder: Path) -> None:
    gis.geopackage(folder / "planted.gpkg", SHAPE, layer="planted", DKMC=[SECRET])
    gis.geojson(folder / "planted.geojson", SHAPE, rows=[{"DKMC": SECRET}])
    gis.shapefile(folder / "planted.shp", SHAPE, columns={"DKMC": [SECRET]})
    points = [(y, x) for x, y in SHAPE.exterior.coords[:-1]]
    plot = [txt.header(name=SECRET), *txt.points([(y, x + 38_000_000) for y, x in points])]
    (folder / "planted.txt").write_text(txt.text(plot), "utf-8")
    rows = "".join(f"{SECRET},J{i},{y},{x}\n" for i, (y, x) in enumerate(points, 1))
    (folder / "planted.csv").write_text("DKMC,点号,X坐标,Y坐标\n" + rows, "utf-8")
