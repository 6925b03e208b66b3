"""A real server, as `spatialhub serve` starts it, over a home with a few layers: for tests that try to hurt it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import shapely

from layers.imports import import_layer
from layers.workspace import open_workspace
from spatialhub.worktime import CHINA
from tests.intake import gis
from tests.intake.hostile import shapes
from tests.places import ROOT

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)
_START = "from spatialhub.cli import main; main()"
_READY_S = 60.0


@dataclass
class Server:
    """A running server: its address, whether it lives, what it wrote."""

    address: str
    process: subprocess.Popen
    _log: Path

    @property
    def alive(self) -> bool:
        """Whether it runs and answers."""
        with urllib.request.urlopen(f"{self.address}/map", timeout=60) as response:
            return self.process.poll() is None and response.status == 200

    def log(self) -> bytes:
        """What it wrote to its terminal."""
        return self._log.read_bytes()


def furnished(home: Path) -> None:
    """Load three layers: a comb of 1,605 vertices, the survey, farmland."""
    with tempfile.TemporaryDirectory(prefix="hostile-layers-") as folder:
        _furnish(home, Path(folder))


def _furnish(home: Path, folder: Path) -> None:
    centre = shapely.Point(shapes.EAST, shapes.NORTH)
    space = open_workspace(home, "zhengzhou")
    for key, shape, row in (
        ("eco_redline", shapes.comb(across=True), {"HXMC": "梳"}),
        ("survey", centre.buffer(3000, quad_segs=2), {"DLBM": "0702", "DLMC": "农村宅基地"}),
        ("farmland_pbf", centre.buffer(80), {"TBBH": "1"}),
    ):
        path = gis.geojson(folder / f"{key}.geojson", shape, rows=[{"BSM": "1", **row}])
        import_layer(space, space.catalogue.entry(key), path, who="王", now=NOW, coverage="city",
                     in_force_from=date(2026, 1, 1), release=True)  # fmt: skip
    space.engine.dispose()


@contextmanager
def served_home(home: Path, **environment: str) -> Iterator[Server]:
    """Serve a home, furnished first where it is not there yet; the server is ended with the block."""
    if not home.exists():
        furnished(home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = Path(tempfile.mkstemp(prefix="hostile-serve-", suffix=".log")[1])
    settings = {"PYTHONPATH": str(ROOT), "SPATIALHUB_CITY": "zhengzhou", **environment}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, "--home", str(home), "serve", "--port", str(port)],
            cwd=ROOT, env={**os.environ, **settings}, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait(server)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.unlink()


def _wait(server: Server) -> None:
    until = time.monotonic() + _READY_S
    while time.monotonic() < until:
        try:
            if server.alive:
                return
        except OSError:
            if server.process.poll() is not None:
                break
            time.sleep(0.2)
    raise RuntimeError(f"the server did not start: {server.log().decode('utf-8', 'replace')[-2000:]}")
