"""Features of a table through GDAL, in chunks: flat columns where that is known to mean the same, else one by one."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from spatialhub.errors import BrokenFile
from spatialhub.intake import arrow, gdal_words
from spatialhub.intake.raw import FlatChunk, Places, RawChunk
from spatialhub.messages import Words
from spatialhub.spatial._kernels import read_polygons
from spatialhub.spatial.model import Issue
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.table import Column, Texts

BYTES = "ISO-8859-1"  # every byte one character: nothing is decoded, nothing lost
_Z_FLAG = 0x80000000


@dataclass(frozen=True, slots=True)
class Table:
    """A table GDAL can open: a layer of a GeoPackage, or (`layer` None) a Shapefile and the encoding of its text."""

    path: Path
    label: str
    layer: str | None
    encoding: str

    @property
    def read_as(self) -> str | None:
        """The encoding that GDAL is told."""
        return BYTES if self.layer is None else None

    def chunks(self, size: int, *, plain: bool) -> Iterator[RawChunk | FlatChunk]:
        """Yield the features in chunks of at most `size`; as flat columns where `plain` is asked for and can be.

        Raises
        ------
        BrokenFile
            GDAL cannot read on, or a text is not in its encoding.
        """
        with gdal_words.refused(self.label):
            if plain:
                with arrow.stream(self.path, layer=self.layer, encoding=self.read_as, size=size) as batches:
                    if batches is not None:
                        for batch in batches:
                            yield self._from_batch(batch)
                        return
            yield from self._one_by_one(size)

    def _from_batch(self, batch: arrow.Batch) -> RawChunk | FlatChunk:
        columns = [self._decoded(column) if isinstance(column, Texts) else column for column in batch.columns]
        names = [self.text(name) for name in batch.names]
        attributes = dict(zip(names, columns, strict=True))
        coords, rings, polygons, features, plain = read_polygons(batch.wkb, batch.ends)
        if plain.all():
            flat = Ragged(coords.reshape(-1, 2), rings, polygons, features)
            return FlatChunk(flat, attributes, self._places(batch.fids))
        return self._chunk(self._unusual_again(batch), attributes, batch.fids)

    def _unusual_again(self, batch: arrow.Batch) -> np.ndarray:
        """WKB of the features; what is neither polygon, line nor point is read again feature by feature: there GDAL
        strokes curves and refuses what nests deep."""
        import pyogrio

        usual = np.isin(batch.kinds & ~np.uint32(_Z_FLAG), [*range(1, 7), *range(1001, 1007)])
        odd = [not usual[i] and batch.blobs[i] is not None for i in range(len(usual))] if not usual.all() else []
        if not any(odd):
            return batch.blobs
        at = np.flatnonzero(odd)
        wanted = {"fids": batch.fids[at], "columns": [], "return_fids": True}
        _, fids, again, _ = pyogrio.raw.read(self.path, layer=self.layer, encoding=self.read_as, **wanted)
        blobs = batch.blobs.copy()
        blobs[at] = again[np.argsort(fids, kind="stable")][np.argsort(np.argsort(batch.fids[at], kind="stable"))]
        return blobs

    def _one_by_one(self, size: int) -> Iterator[RawChunk]:
        import pyogrio

        start = 0
        while True:
            meta, fids, blobs, columns = pyogrio.raw.read(
                self.path,
                layer=self.layer,
                encoding=self.read_as,
                skip_features=start,
                max_features=size,
                return_fids=True,
                datetime_as_string=True,
            )
            count = len(fids)
            if count:
                table: dict[str, Column] = {
                    self.text(str(name)): [self.text(one) if isinstance(one, str) else one for one in values]
                    for name, values in zip(meta["fields"], columns, strict=True)
                }
                yield self._chunk(blobs if blobs is not None else np.full(count, None, object), table, fids)
            if count < size:
                return
            start += count

    def _chunk(self, blobs: np.ndarray, attributes: Mapping[str, Column], fids: np.ndarray) -> RawChunk:
        """Geometries from the WKB that GDAL handed on; what is unreadable is null."""
        places = self._places(fids)
        geometries = shapely.from_wkb(blobs, on_invalid="ignore")
        issues = []
        for i in np.flatnonzero(shapely.is_missing(geometries)).tolist():
            if blobs[i] is None:
                continue
            geometries[i] = shapely.from_wkb(blobs[i], on_invalid="fix")
            if geometries[i] is None:
                issues.append(Issue.of("unrepairable", places[i], defect="wkb", where="—"))
            else:
                issues.append(Issue.of("rings_closed", places[i]))
        return RawChunk(geometries, attributes, places, tuple(issues))

    def _places(self, fids: np.ndarray) -> Places:
        return Places(self.label, fids.astype(np.int64) + (self.layer is None))

    def _decoded(self, texts: Texts) -> Texts:
        if self.layer is not None or not (texts.data & 0x80).any():
            return texts
        values = texts.to_list()
        known = {one: self.text(one) for one in set(values) if one is not None}
        return Texts.of([None if one is None else known[one] for one in values])

    def text(self, text: str) -> str:
        """Text that GDAL handed on byte by byte, decoded here; a character cut off by the field's end falls away.

        GDAL would need iconv's modules, which the walls keep out of reach, and leaves what it cannot decode as it is.
        """
        if self.layer is not None or not self.encoding or text.isascii():
            return text
        try:
            return codecs.getincrementaldecoder(self.encoding)().decode(text.encode("latin-1"), final=False)
        except (UnicodeDecodeError, UnicodeEncodeError, LookupError):
            raise BrokenFile(self.label, reason=Words.of("broken_encoding", tried=(self.encoding,))) from None
