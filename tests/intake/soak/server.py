"""Mutants over the web: uploads to `spatialhub serve` (look, check), whose readers start cold, as everybody's do."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import shapely

from layers.imports import import_layer
from layers.workspace import open_workspace
from tests.intake import gis
from tests.intake.soak.run import NOW, Mutant, mutant
from tests.places import ROOT

SLOWEST_S = 10.0
_START = "import sys; from spatialhub.cli import main; sys.argv = ['spatialhub', *sys.argv[1:]]; main()"
_OFFSET = 10**9  # numbers of its own: other mutants than those of the readers
_LAYERS = {
    "line_red": shapely.box(467750, 3846950, 468100, 3846960),
    "survey": shapely.box(467000, 3846000, 469000, 3848000),
}


@dataclass
class Answers:
    """What the server said: (way, status, code) → count; what it should not have; the slowest answer."""

    counts: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)
    slowest_s: float = 0.0


@contextmanager
def served(home: Path) -> Iterator[tuple[str, subprocess.Popen, Path]]:
    """A server with two small layers in a home of its own: its address, its process, its log."""
    space = open_workspace(home, "zhengzhou")
    for key, shape in _LAYERS.items():
        path = gis.geopackage(home / f"{key}.gpkg", shape, DLBM=["0702"])
        import_layer(space, space.catalogue.entry(key), path, who="王", now=NOW, coverage="city",
                     in_force_from=date(2026, 1, 1), release=True)  # fmt: skip
    space.engine.dispose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home / "server.log"
    environment = os.environ | {
        "SPATIALHUB_HOME": str(home), "SPATIALHUB_CITY": "zhengzhou", "SPATIALHUB_ALLOW_WEAK_CONTAINMENT": "1",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, "serve", "--port", str(port)], cwd=ROOT, env=environment,
            stdout=out, stderr=out,
        )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _await(address, process)
        yield address, process, log
    finally:
        process.terminate()
        process.wait(20)


def _await(address: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/layers", timeout=10).read()
            return
        except OSError:
            assert process.poll() is None, "the server did not start"
            time.sleep(0.1)
    raise AssertionError("the server did not answer")


def run(seed: int, count: int, home: Path, *, at_once: int = 2) -> Answers:
    """Upload mutants to a server and hold what it answers against what it may; all answers are kept as counts."""
    answers = Answers()
    home.mkdir(parents=True, exist_ok=True)
    with served(home) as (address, process, log):
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda number: _one(address, mutant(seed, _OFFSET + number), answers), range(count)))
        if process.poll() is not None:
            answers.failures[-1] = f"the server ended with {process.returncode}"
        elif _ask(urllib.request.Request(f"{address}/layers"))[0] != 200:
            answers.failures[-2] = "the server no longer answers"
        said = log.read_text("utf-8", "replace")
        if "Traceback" in said:
            answers.failures[-3] = said[said.index("Traceback") :][:4000]
    left = [str(path) for path in (home / "imports").glob("*") if path.suffix != ".json" and path.name != ".lock"]
    if left:
        answers.failures[-4] = f"left behind: {left}"
    return answers


def _one(address: str, one: Mutant, answers: Answers) -> None:
    way = "look" if one.number % 3 == 0 else "page" if one.number % 3 == 1 else "check"
    route = {"look": "/api/v1/inspect", "page": "/inspect", "check": "/api/v1/check"}[way]
    for attempt in (1, 2):  # the machine may have stood still: what hangs does so again
        began = time.monotonic()
        status, code = _ask(_request(address + route, one))
        spent_s = time.monotonic() - began
        if spent_s <= SLOWEST_S:
            break
        if attempt == 2:
            answers.failures[one.number] = f"{way}: {spent_s:.1f} s"
    answers.slowest_s = max(answers.slowest_s, spent_s)
    answers.counts[way, status, code] += 1
    if status >= 500 or code == "program_fault" or not (status == 200 or code):
        answers.failures[one.number] = f"{way}: {status} {code}"


def _request(address: str, one: Mutant) -> urllib.request.Request:
    edge = secrets.token_hex(16)
    fields = {"crs": str(one.said.get("crs") or ""), "accept": ";".join(one.said.get("accept", ())), "use": "0701"}
    rows = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{one.seed.name}"\r\n\r\n'
    body = b"".join(rows) + head.encode() + one.data + f"\r\n--{edge}--\r\n".encode()
    return urllib.request.Request(address, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})


def _ask(request: urllib.request.Request) -> tuple[int, str]:
    """Status, and the code of a refusal ("" for a result)."""
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            data, status, kind = response.read(), response.status, response.headers.get_content_type()
    except urllib.error.HTTPError as error:
        data, status, kind = error.read(), error.code, error.headers.get_content_type()
    except OSError as error:
        return 599, f"no answer: {error!r}"
    if kind.endswith("json"):
        said = json.loads(data)
        refusal = said.get("refusal") if status == 200 else said
        return status, str(refusal.get("code", "")) if refusal else ""
    if status == 200:
        return status, ""
    told = re.search(r"代码 (\w+)", data.decode("utf-8", "replace"))
    return status, told[1] if told else ""


def table(answers: Answers) -> Iterator[str]:
    """Lines that tell counts: way, status, code."""
    for (way, status, code), count in answers.counts.most_common():
        yield f"{count:>9,}  {way} {status} {code}"
