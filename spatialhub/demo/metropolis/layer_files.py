"""Files of layers too large to hold: rows are taken quarter by quarter and written some ten thousand at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from shapely import Geometry

from spatialhub.demo.dirt import CLEAN, Dirt
from spatialhub.demo.files import GEOJSON_LAYERS, SHAPEFILE_LAYERS, append_gpkg, layer_path, write_layer
from spatialhub.demo.table import Table

_ROWS_AT_ONCE = 40_000
_WHOLE_FILES = (*SHAPEFILE_LAYERS, *GEOJSON_LAYERS)  # small layers, in formats that are written at once


@dataclass(frozen=True, slots=True)
class WrittenLayer:
    """A layer's file, how many features it holds, what it speaks for and what dirt was planted in it."""

    key: str
    path: Path
    features: int
    coverage: Geometry
    dirt: Dirt


@dataclass
class LayerFile:
    """The file of one layer while it is being written."""

    folder: Path
    key: str
    table: str
    features: int = 0
    dirt: Dirt = CLEAN
    _waiting: list[Table] = field(default_factory=list)

    def add(self, rows: Table, dirt: Dirt = CLEAN) -> None:
        """Take rows; they are written once enough have come."""
        self.features += len(rows)
        self.dirt += dirt
        self._waiting.append(rows)
        if self.key not in _WHOLE_FILES and sum(map(len, self._waiting)) >= _ROWS_AT_ONCE:
            self._append()

    def close(self, coverage: Geometry) -> WrittenLayer:
        """Write what is left."""
        if self.key in _WHOLE_FILES:
            write_layer(self.folder, self._taken())
        elif self._waiting:
            self._append()
        path = layer_path(self.folder, self.key, self.table)
        return WrittenLayer(self.key, path, self.features, coverage, self.dirt)

    def _append(self) -> None:
        rows = self._taken()
        append_gpkg(layer_path(self.folder, self.key, self.table), rows.geometry, dict(rows.columns), name=self.table)

    def _taken(self) -> Table:
        parts, self._waiting = self._waiting, []
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
        geometry = np.concatenate([part.geometry for part in parts])
        return Table(self.key, self.table, geometry, columns, parts[0].coverage)
