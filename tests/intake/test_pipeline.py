"""Flat polygons are told as the same ones in shapely are."""

from __future__ import annotations

import io

import numpy as np
import pytest
import shapely

from spatialhub.intake import pipeline, wire
from spatialhub.intake.raw import FlatChunk, Job, Opening, Places, RawChunk
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.table import Texts

SQUARE = shapely.box(467800, 3846900, 467900, 3847000)
HOLED = SQUARE.difference(shapely.box(467810, 3846910, 467820, 3846920))
TIE = shapely.Polygon([(467800, 3846900), (467900, 3847000), (467900, 3846900), (467800, 3847000)])
SEVERAL = shapely.multipolygons([SQUARE, shapely.box(468800, 3846900, 468900, 3847000)])


def told(chunk_class, shapes, crs):
    """All frames of a layer of one chunk."""
    geometries = np.array(shapes, object)
    held = Ragged.of(geometries) if chunk_class is FlatChunk else geometries
    places = Places("a", np.arange(len(shapes)))
    chunk = chunk_class(held, {"name": Texts.of([f"第{i}" for i in range(len(shapes))])}, places)
    opening = Opening("GeoPackage", iter([chunk]), crs, fields=("name",), count=len(shapes))
    job = Job("a", "gpkg", "", (), "", 4547, "layer", 60, 1000, 1000)
    out = io.BytesIO()
    pipeline.send(opening, job, out, missing=())
    return wire.Frames().feed(out.getvalue())


@pytest.mark.parametrize("crs", [4547, 4548])
@pytest.mark.parametrize("shapes", [[SQUARE, HOLED], [SQUARE, TIE, SEVERAL], [SEVERAL], [TIE]])
def test_the_frames_are_the_same(shapes, crs):
    if crs != 4547:
        shapes = [shapely.transform(one, lambda xy: xy + np.array([30_000, 0])) for one in shapes]
    flat = told(FlatChunk, shapes, crs)
    assert flat == told(RawChunk, shapes, crs)
    assert [head["kind"] for head, _ in flat if head["kind"] != "progress"] == ["start", "chunk", "end"]
