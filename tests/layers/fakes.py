"""A workspace in a temporary folder, and a reader that gives what a test says: intake has tests of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from shapely import Geometry

from layers.workspace import Workspace
from spatialhub import db
from spatialhub.catalogue import Catalogue, LayerEntry
from spatialhub.cities.model import City, Frame
from spatialhub.spatial.crs import Bringing
from spatialhub.spatial.model import Issue, Source
from spatialhub.worktime import CHINA
from tests import shapes
from tests.builders import a_catalogue, a_policy

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)
FRAME = shapes.square(60_000.0, -30_000.0, -30_000.0)


AS_IS = Bringing(shapes.EPSG, shapes.EPSG, "file")


@dataclass(frozen=True)
class FakeChunk:
    geometries: np.ndarray
    attributes: Mapping[str, list]
    places: list[str]


@dataclass
class FakeReading:
    fields: tuple[str, ...]
    chunks: list[FakeChunk]
    source: Source
    bringing: Bringing = AS_IS
    issues: tuple[Issue, ...] = ()
    holes: tuple[Geometry, ...] = ()
    after_first: Callable[[], None] | None = None

    def __iter__(self) -> Iterator[FakeChunk]:
        for number, chunk in enumerate(self.chunks):
            if number == 1 and self.after_first:
                self.after_first()
            yield chunk


def a_chunk(geometries: Sequence[Geometry | None], **attributes: Sequence) -> FakeChunk:
    array = np.empty(len(geometries), object)
    array[:] = geometries
    return FakeChunk(array, {k: list(v) for k, v in attributes.items()}, [f"#{i}" for i in range(len(geometries))])


def a_city(**fields) -> City:
    frame = Frame(((112.7, 34.2), (114.2, 34.2), (114.2, 35.0), (112.7, 35.0)), 1000.0, FRAME)
    values = {
        "key": "testcity", "name": "试验市", "epsg": shapes.EPSG, "frame": frame, "policy": a_policy(),
        "adopted": False, "statement": "", "departments": (), "documents": {},
    }  # fmt: skip
    return City(**values | fields)


def a_workspace(home: Path, *entries: LayerEntry, catalogue: Catalogue | None = None, url: str = "") -> Workspace:
    home.mkdir(parents=True, exist_ok=True)
    engine = db.connect(db.database_url(home, url))
    db.upgrade_if_behind(engine)
    return Workspace(home, engine, a_city(), catalogue or a_catalogue(entries))


def fake_intake(monkeypatch, readings: Mapping[str, FakeReading]) -> None:
    """Let intake answer by file name."""

    @contextmanager
    def read_layer(path, **options):
        yield readings[Path(path).name]

    monkeypatch.setattr("spatialhub.intake.read_layer", read_layer, raising=False)


def a_reading(path: Path, *chunks: FakeChunk, **fields) -> FakeReading:
    """A reading of a file written at `path`; its content follows from the features, as a real file's would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [[str(geometry) for geometry in chunk.geometries] + [chunk.attributes] for chunk in chunks]
    path.write_text(json.dumps(told, default=str))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    source = Source(path.name, sha256, "GeoJSON", "EPSG:4490", "UTF-8")
    return FakeReading(tuple(chunks[0].attributes) if chunks else (), list(chunks), source, **fields)
