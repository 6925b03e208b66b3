"""Shapes that cost: every edge crossing every other, combs across each other, nesting without end."""

from __future__ import annotations

import math
import struct

import shapely

from tests.intake import gis
from tests.intake.hostile.payloads import decoy

EAST, NORTH = 467_800.0, 3_846_900.0


def star(points: int) -> shapely.Polygon:
    """Every edge crosses nearly every other."""
    step = points // 2 - 1 | 1
    angles = [2 * math.pi * (i * step % points) / points for i in range(points + 1)]
    return shapely.Polygon([(EAST + 100 * math.cos(a), NORTH + 100 * math.sin(a)) for a in angles])


def comb(vertices: int = 1605, *, across: bool = False, size_m: float = 400.0) -> shapely.Polygon:
    """A valid comb; one `across` another cuts it in a hundred thousand cells."""
    teeth = (vertices - 5) // 4
    width = size_m / (2 * teeth)
    points = [(0.0, -5.0), (0.0, size_m)]
    for i in range(teeth):
        left = 2 * i * width
        points += [(left + width, size_m), (left + width, 0.0), (left + 2 * width, 0.0), (left + 2 * width, size_m)]
    points += [(size_m + width, size_m), (size_m + width, -5.0), (0.0, -5.0)]
    made = [(y, x) if across else (x, y) for x, y in points]
    return shapely.Polygon([(EAST + x, NORTH + y) for x, y in made])


def nested_wkb(depth: int) -> bytes:
    """Collections within collections."""
    return b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * depth + shapely.to_wkb(gis.SQUARE, byte_order=1)


def in_geopackage(wkb: bytes) -> bytes:
    """A geometry of a GeoPackage."""
    return b"GP\x00\x01" + struct.pack("<i", 4547) + wkb


def nested_flatgeobuf(depth: int) -> bytes:
    """A FlatGeobuf whose one feature is collections within collections: tables written by hand, one in another."""
    sound = decoy("fgb").data
    header = sound[: 12 + struct.unpack_from("<I", sound, 8)[0]]
    header = _without_index(header)
    vtable = struct.pack("<10H", 20, 12, 0, 0, 0, 0, 0, 0, 8, 4)  # a geometry's fields: kind (7th), parts (8th)
    feature_vtable = struct.pack("<3H", 6, 8, 4) + b"\0\0"
    start = 4 + len(feature_vtable) + 8  # root offset, vtable, the feature's table
    geometry_vtable = start
    body = struct.pack("<I", 4 + len(feature_vtable)) + feature_vtable
    body += struct.pack("<iI", len(feature_vtable), start + len(vtable) - (4 + len(feature_vtable)) - 4) + vtable
    tables = bytearray()
    at = start + len(vtable)
    for level in range(depth):
        last = level == depth - 1
        tables += struct.pack("<iIB3x", at - geometry_vtable, 8, 7)  # the vector stands behind the table
        tables += struct.pack("<II", 0 if last else 1, 4)
        at += 20
    body += tables
    return header + struct.pack("<I", len(body)) + body


def _without_index(header: bytes) -> bytes:
    """The head with the size of its spatial index put to none: field 10 of the table, 0 where it is there."""
    data = bytearray(header)
    root = 12 + struct.unpack_from("<I", data, 12)[0]
    vtable = root - struct.unpack_from("<i", data, root)[0]
    size = struct.unpack_from("<H", data, vtable)[0]
    for number, form, value in ((9, "<H", 0), (8, "<Q", 1), (2, "<B", 0)):  # node size, count of features, kind
        slot = vtable + 4 + 2 * number
        offset = struct.unpack_from("<H", data, slot)[0] if slot < vtable + size else 0
        if offset:
            struct.pack_into(form, data, root + offset, value)
    return bytes(data)
