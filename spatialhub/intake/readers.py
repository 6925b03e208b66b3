"""One reader per format: a file format more is one line here and one module."""

from __future__ import annotations

from spatialhub.intake.boundary_points import open_txt
from spatialhub.intake.geojson import open_geojson
from spatialhub.intake.raw import Job, Opening
from spatialhub.intake.wkt import open_wkt


def open_file(job: Job) -> Opening:
    """Open a job's file with the reader of its format."""
    if job.format in ("zip", "shp", "gpkg"):
        from spatialhub.intake import ogr  # imported by the child only where it is needed

        return {"zip": ogr.open_zip, "shp": ogr.open_shp, "gpkg": ogr.open_gpkg}[job.format](job)
    return {"txt": open_txt, "geojson": open_geojson, "wkt": open_wkt}[job.format](job)
