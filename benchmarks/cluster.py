"""A private PostGIS tuned for this work, the city streamed into it, versions told.

Tables: `feature` whole features as a plain user loads them; `part` the same subdivided, along the Hilbert curve. Both
know whether a feature (a part) overlaps another of its layer, so that only those need be united. One GiST index each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import shapely

from benchmarks.city import City
from tests.postgis import INSTALL, USER, private_cluster, server_folder

if TYPE_CHECKING:
    import psycopg

# One client on a local socket, everything in memory, no compilation of plans that run for milliseconds.
SETTINGS = (
    "listen_addresses=",
    "shared_buffers=2GB",
    "work_mem=512MB",
    "maintenance_work_mem=512MB",
    "effective_cache_size=8GB",
    "random_page_cost=1.0",
    "jit=off",
    "max_wal_size=8GB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    # Measured: a generic plan saves 0.2 ms at 1 ha and costs nothing above; parallel workers gain nothing up to 20 km².
    "plan_cache_mode=force_generic_plan",
    "max_parallel_workers_per_gather=0",
)
PART_VERTICES = 128
# Below this a double cover is rounding of subdivision (about 1e-10 m along an edge), not data.
SAME_PLACE_M2 = 1e-6

_LOADED = """
CREATE UNLOGGED TABLE loaded (
    layer int2, feature int4, id text, class_code text, reserved_for text, geom geometry)
"""
_PARTS = """
CREATE UNLOGGED TABLE cut AS
    SELECT layer, feature, geom FROM (SELECT layer, feature, ST_Subdivide(geom, {vertices}) AS geom FROM loaded) AS s
    ORDER BY geom;
CREATE INDEX ON cut USING gist (geom);
ANALYZE cut;
CREATE UNLOGGED TABLE part AS
    SELECT a.layer, a.feature, a.geom, a.layer <> ALL ('{{{tiling}}}') AND EXISTS (
        SELECT FROM cut AS b
        WHERE b.geom && a.geom AND b.layer = a.layer AND b.feature <> a.feature
            AND ST_Relate(a.geom, b.geom, 'T********')
            AND ST_Area(ST_Intersection(a.geom, b.geom)) > {least}) AS doubled
    FROM cut AS a;
DROP TABLE cut;
CREATE INDEX ON part USING gist (geom);
CREATE UNLOGGED TABLE feature AS
    SELECT l.*, d.layer IS NOT NULL AS doubled
    FROM loaded AS l LEFT JOIN (SELECT DISTINCT layer, feature FROM part WHERE doubled) AS d USING (layer, feature);
DROP TABLE loaded;
CREATE INDEX ON feature USING gist (geom);
CREATE UNIQUE INDEX ON feature (layer, feature);
VACUUM ANALYZE part;
VACUUM ANALYZE feature;
"""


def why_not() -> str:
    """What is missing for PostGIS to take part; empty where nothing is."""
    if server_folder() is None:
        return f"PostgreSQL with PostGIS is not installed: {INSTALL}"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed: pip install -e .[postgis]"
    return ""


@contextmanager
def cluster() -> Iterator[psycopg.Connection]:
    """A tuned cluster for as long as the block runs; a connection through its local socket.

    Raises
    ------
    SystemExit
        PostGIS or psycopg is missing; see `why_not`.
    """
    import psycopg

    programs = server_folder()
    if programs is None:
        raise SystemExit(why_not())
    with private_cluster(programs, *SETTINGS) as (folder, port):
        where = f"host={folder} port={port} user={USER} dbname=postgres"
        with psycopg.connect(where, autocommit=True, prepare_threshold=0) as connection:
            connection.execute("CREATE EXTENSION postgis")
            yield connection


def load(connection: psycopg.Connection, city: City) -> None:
    """Stream the city in by COPY, then make `part` and `feature` of it."""
    connection.execute(_LOADED)
    columns = "layer, feature, id, class_code, reserved_for, geom"
    with connection.cursor().copy(f"COPY loaded ({columns}) FROM STDIN") as copy:
        for rows in city.stream():
            blobs = shapely.to_wkb(rows.geometries, hex=True).tolist()
            given = zip(rows.numbers.tolist(), rows.ids, rows.class_codes, rows.reserved_for, blobs, strict=True)
            for row in given:
                copy.write_row((rows.layer, *row))
    connection.execute("SET max_parallel_workers_per_gather = 2")  # loading may use what asking does not
    # Layers that tile have no double covers worth a union; were that wrong, the peers' answers would not agree.
    tiling = ",".join(str(number) for number, row in enumerate(city.loaded) if row.entry.tessellates)
    for statement in _PARTS.format(vertices=PART_VERTICES, least=SAME_PLACE_M2, tiling=tiling).split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("RESET max_parallel_workers_per_gather")


def versions(connection: psycopg.Connection) -> str:
    """PostgreSQL, PostGIS and its GEOS."""
    row = connection.execute("SELECT split_part(version(), ' on ', 1), postgis_lib_version(), postgis_geos_version()")
    server, postgis, geos = row.fetchone() or ("", "", "")
    return f"{server}, PostGIS {postgis}, GEOS {geos}"
