"""One reader per format: a file format more is one line here and one module."""

from __future__ import annotations

from importlib import import_module

from spatialhub.intake.raw import Job, Opening

# format → (module, function), of parsers of our own; imported where they are needed
OWN = {
    "txt": ("boundary_points", "open_txt"),
    "geojson": ("geojson", "open_geojson"),
    "wkt": ("wkt", "open_wkt"),
    "kml": ("kml", "open_kml"),
    "kmz": ("kml", "open_kmz"),
    "gml": ("gml", "open_gml"),
    "dxf": ("dxf", "open_dxf"),
    "csv": ("csv_text", "open_csv"),
    "xlsx": ("xlsx", "open_xlsx"),
}
# the same of formats that GDAL reads
LIBRARY = {
    "zip": ("ogr", "open_zip"),
    "shp": ("ogr", "open_shp"),
    "gpkg": ("ogr", "open_gpkg"),
    "fgb": ("ogr", "open_fgb"),
}


def open_file(job: Job) -> Opening:
    """Open a job's file with the reader of its format."""
    module, function = {**OWN, **LIBRARY}[job.format]
    return getattr(import_module(f"spatialhub.intake.{module}"), function)(job)
