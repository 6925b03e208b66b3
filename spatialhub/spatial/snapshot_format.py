"""Format 1 of a snapshot: what lies in its folder, and what its manifest says.

    manifest.json   format_version, layer, epsg, entry_sha256, counts, areas, coverage_sha256, columns, tree;
                    arrays: dtype, shape, offset, sha256 of each in arrays.bin; files: sizes
    arrays.bin      all arrays, one after the other, each at a multiple of 64 bytes: opened by one memory map
    whole.wkb       whole features as they were added: WKB, one after the other; only export and drawing read it

Arrays, n features in the order they were added, p parts along Hilbert's curve, "u5" = 1e-5 m from the plane's zero:

    feature.boxes        float64 (n, 4)    xmin, ymin, xmax, ymax in metres
    feature.areas        float64 (n, 2)    ellipsoidal and plane area in m²
    feature.groups       int32 (n,)        the first feature of the same id
    feature.wkb_starts   int64 (n + 1,)    where each begins in whole.wkb
    part.xy              int32 (m, 2)      vertices, u5 from the part's origin; closed rings, shells counterclockwise
    part.ring_starts     int64 (r + 1,)    part.rings  int64 (p + 1,)    part.origins  int64 (p, 2), u5
    part.features        int32 (p,)        part.groups int32 (p,)        part.areas    float64 (p, 2), m²
    part.tree            float32 (t, 4)    packed tree, leaves first: u5 from the tree's origin, rounded outward
    coverage.wkb         uint8             the polygon the steward says this version speaks for
    coverage.…           the same arrays as part.…: the coverage as parts
    column.<i>.values    float64 (n,)      a column of numbers, NaN where null
    column.<i>.codes     int32 (n,)        a text column of few different values: 0 null, else 1 + place among
    column.<i>.words     uint8, with .word_starts int64
    column.<i>.bytes     uint8             any other text column: UTF-8, with .starts int64 (n + 1,) and
    column.<i>.null      uint8             a bit for each feature, the highest first

A part is a set of rings whose winding numbers sum to 1 in the feature and to 0 outside it, within the part's box. The
parts of one feature add up to it: their seams cancel to the last unit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from spatialhub.errors import SnapshotDamaged, SnapshotFormat

FORMAT_VERSION = 1
MANIFEST, ARRAYS, WHOLE = "manifest.json", "arrays.bin", "whole.wkb"
U5_PER_METRE = 100_000
ColumnKind = Literal["text", "number"]


@dataclass(frozen=True, slots=True)
class SnapshotMeta:
    """What a snapshot says of itself; areas in m², `columns` name → kind."""

    layer: str
    epsg: int
    entry_sha256: str
    feature_count: int
    part_count: int
    area_m2: float
    area_plane_m2: float
    coverage_sha256: str
    columns: Mapping[str, ColumnKind]
    format_version: int = FORMAT_VERSION

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> SnapshotMeta:
        """Take what the manifest says."""
        facts = {name: manifest[name] for name in cls.__slots__}
        return cls(**facts | {"columns": dict(manifest["columns"])})


def manifest_bytes(manifest: Mapping[str, Any]) -> tuple[bytes, str]:
    """Write a manifest; return its bytes and their SHA-256, which is the snapshot's name."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return text, hashlib.sha256(text).hexdigest()


def read_manifest(path: Path) -> dict[str, Any]:
    """Read and check the manifest of the snapshot in the folder `path`.

    Raises
    ------
    SnapshotFormat
        Its format is not the one this program reads: `spatialhub layers rebuild`.
    SnapshotDamaged
        It is missing, no JSON, or does not have the name of the folder.
    """
    manifest, text = parse_manifest(path)
    found = manifest.get("format_version")
    if found != FORMAT_VERSION:
        raise SnapshotFormat(str(path), found=found, known=FORMAT_VERSION, layer=manifest.get("layer", "KEY"))
    demand_name(path, text)
    return manifest


def parse_manifest(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the manifest of a snapshot of whatever format, and its bytes."""
    try:
        text = (path / MANIFEST).read_bytes()
        manifest = json.loads(text)
    except (OSError, ValueError) as error:
        raise SnapshotDamaged(str(path), reason=str(error)) from None
    if not isinstance(manifest, dict):
        raise SnapshotDamaged(str(path), reason=MANIFEST)
    return manifest, text


def demand_name(path: Path, text: bytes) -> None:
    """Raise SnapshotDamaged unless the folder is named by the hash of its manifest."""
    if hashlib.sha256(text).hexdigest() != path.name:
        raise SnapshotDamaged(str(path), reason=MANIFEST)
