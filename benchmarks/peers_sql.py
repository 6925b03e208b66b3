"""Peers in PostGIS: the tuned overlap, the plain one, and one query with an intersection a feature in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import shapely

from benchmarks.answers import Answer, LayerAnswer
from benchmarks.city import City
from benchmarks.peers_memory import union_m2
from spatialhub.looking import outline_of
from spatialhub.spatial.model import Site

if TYPE_CHECKING:
    import psycopg

Row = tuple[int, str | None, float, float, bytes | None]

# Subdivided, inside is not cut, united only where features of a layer overlap. A long site is cut into pieces of at
# most 16 vertices first: its box would find half the city. A rectangle stays whole.
TUNED = """
WITH cut AS MATERIALIZED (
    SELECT p.layer, p.feature, p.doubled,
        CASE WHEN ST_CoveredBy(p.geom, s.geom) THEN p.geom ELSE ST_Intersection(p.geom, s.geom) END AS geom
    FROM ST_Subdivide(%s::geometry, 16) AS s (geom) JOIN part AS p ON ST_Intersects(p.geom, s.geom)),
measured AS MATERIALIZED (SELECT *, ST_Area(geom) AS area FROM cut),
by_feature AS (
    SELECT layer, feature, sum(area) AS area, ST_AsBinary(ST_Collect(geom)) AS geom
    FROM measured GROUP BY layer, feature)
SELECT b.layer, (SELECT f.id FROM feature AS f WHERE f.layer = b.layer AND f.feature = b.feature),
    b.area, 0::float8, b.geom
FROM by_feature AS b
UNION ALL
SELECT layer, NULL, coalesce(sum(area) FILTER (WHERE NOT doubled), 0)
    + coalesce(ST_Area(ST_Union(geom) FILTER (WHERE doubled)), 0), sum(ST_Perimeter(geom)), NULL
FROM measured GROUP BY layer
"""

# Whole features and one intersection each, as one writes it first. Nobody is made to unite what cannot overlap.
PLAIN = """
WITH cut AS MATERIALIZED (
    SELECT layer, id, doubled, ST_Intersection(geom, %s::geometry) AS geom
    FROM feature WHERE ST_Intersects(geom, %s::geometry))
SELECT layer, id, ST_Area(geom), 0::float8, ST_AsBinary(geom) FROM cut
UNION ALL
SELECT layer, NULL, coalesce(sum(ST_Area(geom)) FILTER (WHERE NOT doubled), 0)
    + coalesce(ST_Area(ST_Union(geom) FILTER (WHERE doubled)), 0), sum(ST_Perimeter(geom)), NULL
FROM cut GROUP BY layer
"""

FETCH = "SELECT layer, id, ST_AsBinary(geom) FROM feature WHERE ST_Intersects(geom, %s::geometry)"


def hex_of(site: Site) -> str:
    """A site as PostGIS reads it. Sites come as WKB to everybody: writing that is in nobody's time."""
    return site.parts[0].wkb.hex() if len(site.parts) == 1 else shapely.to_wkb(outline_of(site), hex=True)


class Tuned:
    """Tuned PostGIS: one prepared statement, binary rows, through the local socket."""

    name = "PostGIS tuned"
    statement, times = TUNED, 1

    def __init__(self, connection: psycopg.Connection, city: City) -> None:
        self._cursor = connection.cursor(binary=True)
        self._city = city

    def call(self, site: Site) -> list[Row]:
        """Rows of features (layer, id, area, 0, WKB) and of layers (layer, None, union, boundary, None)."""
        outline = hex_of(site)
        return self._cursor.execute(self.statement, [outline] * self.times, prepare=True).fetchall()

    def answer(self, rows: Iterable[Row]) -> Answer:
        """Areas by layer key and feature id."""
        features: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        unions: dict[int, tuple[float, float]] = {}
        for layer, id, area, boundary, _ in rows:
            if id is None:
                unions[layer] = area, boundary
            else:
                features[layer][id] += area
        return Answer(
            {
                self._city.loaded[layer].entry.key: LayerAnswer(area, features[layer], boundary)
                for layer, (area, boundary) in unions.items()
            }
        )


class Plain(Tuned):
    """PostGIS as one writes it first."""

    name = "PostGIS plain"
    statement, times = PLAIN, 2


class PerFeature:
    """One query for whole features, then shapely feature by feature."""

    name = "query + per feature"

    def __init__(self, connection: psycopg.Connection, city: City) -> None:
        self._cursor = connection.cursor(binary=True)
        self._city = city

    def call(self, site: Site) -> list[tuple[int, dict[str, Any], float]]:
        """(layer, geometry by id, union area) of every layer found."""
        outline = outline_of(site)
        rows = self._cursor.execute(FETCH, [hex_of(site)], prepare=True).fetchall()
        found: dict[int, dict[str, Any]] = defaultdict(dict)
        for layer, id, blob in rows:
            overlap = shapely.from_wkb(blob).intersection(outline)
            if overlap.area:
                found[layer][id] = overlap
        return [(layer, pieces, union_m2(list(pieces.values()))) for layer, pieces in found.items()]

    def answer(self, found: list[tuple[int, dict[str, Any], float]]) -> Answer:
        """Areas by layer key and feature id."""
        return Answer(
            {
                self._city.loaded[layer].entry.key: LayerAnswer(
                    union, {id: piece.area for id, piece in pieces.items()}, sum(p.length for p in pieces.values())
                )
                for layer, pieces, union in found
            }
        )
