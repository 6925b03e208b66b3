"""Files as other people's software writes them: format × variant × encoding; shapes in EPSG:4547 come in, any system
goes out. Nothing here is written by the project's own writers."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from shapely import Geometry

from spatialhub.spatial.crs import mover
from tests.intake import gis, txt

NAME = "地块甲（试验）"
PLANES = (4547, 4526, 4548)
ALL = (*PLANES, 4490, 4326)
SIX_DEGREES = (4497, 4508)  # zone 19 with and without its number
REFUSED = {2383: "西安", 2435: "北京", 3857: "墨卡托", 27700: "CGCS2000"}  # systems, and what the refusal says of them


@dataclass(frozen=True)
class Variant:
    """How a file is written: `systems` it can be in, whether it `says` its system, whether it carries names, whether
    one part may be several polygons."""

    name: str
    write: Callable[[Path, Sequence[Geometry], int], Path]
    systems: tuple[int, ...] = ALL
    says: bool = True
    named: bool = True
    multi: bool = True
    encoding: str = ""


def shaped(geometries: Sequence[Geometry], epsg: int) -> list[Geometry]:
    """Shapes of EPSG:4547 in another system, easting or longitude first; in one that is refused as they are."""
    if epsg in REFUSED:
        return list(geometries)
    move = mover(4547, 4490 if epsg == 4326 else epsg)
    return list(shapely.transform(np.array(geometries, object), move))


def table(
    path: Path, geometries: Sequence[Geometry], epsg: int, driver: str, encoding: str = "UTF-8", **options
) -> Path:
    """A table written by GDAL."""
    shapes = np.array(shaped(geometries, epsg), object)
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), [np.array([NAME] * len(shapes), object)], np.array(["DKMC"], object),
        driver=driver, crs=f"EPSG:{epsg}", encoding=encoding,
        geometry_type="MultiPolygon" if any(one.geom_type == "MultiPolygon" for one in geometries) else "Polygon",
        promote_to_multi=any(one.geom_type == "MultiPolygon" for one in geometries), **options,
    )  # fmt: skip
    return path


def shapefile(encoding: str, *, cpg: bool) -> Callable:
    def write(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
        shapes = shaped(geometries, epsg)
        path = gis.shapefile(folder / "红线.shp", *shapes, crs=f"EPSG:{epsg}", columns={"DKMC": [NAME] * len(shapes)},
                             encoding=encoding, cpg=cpg)  # fmt: skip
        return gis.zipped(folder / "红线.zip", path, folder="资料/")

    return write


def geodatabase(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
    base = table(folder / "库.gdb", geometries, epsg, "OpenFileGDB", layer="dk")
    with zipfile.ZipFile(folder / "库.zip", "w") as archive:
        for one in base.iterdir():
            archive.write(one, f"成果/库.gdb/{one.name}")
    return folder / "库.zip"


def rings(geometry: Geometry) -> Iterator[np.ndarray]:
    for polygon in shapely.get_parts(geometry):
        for ring in (polygon.exterior, *polygon.interiors):
            yield shapely.get_coordinates(ring)


def boundary_points(encoding: str, *, lenient: bool = False) -> Callable:
    def write(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
        prefixed = epsg if 4513 <= epsg <= 4533 else epsg - 21
        plots = []
        for number, geometry in enumerate(shaped(geometries, prefixed), start=1):
            lines, first = [], 1
            for at, ring in enumerate(rings(geometry), start=1):
                points = [(north, east) for east, north in ring[:-1]]
                lines += txt.points(points, first=first, number=at, closing="new" if lenient else "same")
                first += len(points)
            plots.append([txt.header(count=len(lines), area="", number=str(number), name=NAME), *lines])
        system = txt.SYSTEM | {"带号": "" if lenient else str(prefixed - 4488)}
        text = txt.text(*plots, system=system)
        if lenient:
            text = "\n\n" + text.replace("[", "【").replace("]", "】").replace("J1,", " J1，").replace("\n", "\r\n")
        return txt.write(folder, text.encode(encoding), "红线.txt")

    return write


def drawing(version: str, page: str, encoding: str, *, old: bool = False) -> Callable:
    def write(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
        import ezdxf

        document = ezdxf.new(version)
        document.encoding = encoding
        document.header["$DWGCODEPAGE"] = page
        space = document.modelspace()
        layer = "HX" if old else "项目红线"
        for geometry in shaped(geometries, epsg):
            for ring in rings(geometry):
                style = {"layer": layer}
                if old:
                    space.add_polyline2d(ring[:-1].tolist(), close=True, dxfattribs=style)
                else:
                    space.add_lwpolyline(ring[:-1].tolist(), close=True, dxfattribs=style)
        space.add_line((0, 0), (1, 1), dxfattribs={"layer": "道路中心线"})
        document.saveas(folder / "红线.dxf")
        return folder / "红线.dxf"

    return write


def drawn_by_gdal(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
    """Outlines as closed lines on one layer, by GDAL's writer."""
    lines = [shapely.linestrings(ring) for one in shaped(geometries, epsg) for ring in rings(one)]
    names = np.array(["项目红线"] * len(lines), object)
    pyogrio.raw.write(
        folder / "红线.dxf", shapely.to_wkb(np.array(lines, object)), [names], np.array(["Layer"], object),
        driver="DXF", geometry_type="LineString", crs=None,
    )  # fmt: skip
    return folder / "红线.dxf"


def gml(form: str) -> Callable:
    def write(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
        return table(folder / "红线.gml", geometries, epsg, "GML", dataset_options={"FORMAT": form})

    return write


def kml(driver: str, ending: str) -> Callable:
    def write(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
        path = table(folder / "红线.kml", geometries, epsg, driver)
        return path.rename(folder / f"红线{ending}")

    return write


def kmz(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
    path = table(folder / "doc.kml", geometries, epsg, "LIBKML")
    with zipfile.ZipFile(folder / "红线.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "doc.kml")
        archive.writestr("files/icon.png", b"\x89PNG")
    return folder / "红线.kmz"


def rows_of(geometries: Sequence[Geometry], epsg: int) -> Iterator[tuple]:
    """Rows of a table: parcel, name, ring, number, X (north or latitude), Y."""
    for parcel, geometry in enumerate(shaped(geometries, epsg), start=1):
        for number, ring in enumerate(rings(geometry), start=1):
            for at, (east, north) in enumerate(ring):
                label = f"J{at % (len(ring) - 1) + 1}"
                yield parcel, NAME, number, label, float(north), float(east)


def heads(epsg: int) -> list[str]:
    names = ["纬度", "经度"] if epsg in (4490, 4326) else ["X坐标(m)", "Y坐标(m)"]
    return ["地块编号", "地块名称", "圈号", "点号", *names]


def csv(encoding: str, separator: str) -> Callable:
    def write(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
        digits = 10 if epsg in (4490, 4326) else 3
        lines = ["界址点成果表", separator.join(heads(epsg))]
        lines += [separator.join([*map(str, row[:4]), *(f"{one:.{digits}f}" for one in row[4:])])
                  for row in rows_of(geometries, epsg)]  # fmt: skip
        path = folder / "界址点.csv"
        path.write_bytes("\r\n".join(lines).encode(encoding))
        return path

    return write


def xlsx(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "界址点"
    sheet.append(["界址点成果表"])
    sheet.append(heads(epsg))
    for row in rows_of(geometries, epsg):
        sheet.append(row)
    book.create_sheet("说明").append(["填表说明"])
    book.save(folder / "界址点.xlsx")
    return folder / "界址点.xlsx"


def wkt(*, srid: bool) -> Callable:
    def write(folder: Path, geometries: Sequence[Geometry], epsg: int) -> Path:
        lines = [shapely.to_wkt(one, rounding_precision=-1) for one in shaped(geometries, epsg)]
        path = folder / "红线.wkt"
        path.write_text("\n".join(f"SRID={epsg};{line}" if srid else line for line in lines))
        return path

    return write


def by_driver(ending: str, driver: str) -> Callable:
    return lambda folder, geometries, epsg: table(folder / f"红线{ending}", geometries, epsg, driver)


VARIANTS = [
    *(Variant(f"txt {encoding}", boundary_points(encoding), PLANES, encoding=encoding)
      for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16")),
    Variant("txt lenient", boundary_points("gb18030", lenient=True), PLANES),
    Variant("geojson", lambda folder, shapes, epsg: gis.geojson(
        folder / "红线.geojson", *shaped(shapes, epsg), crs=f"urn:ogc:def:crs:EPSG::{epsg}",
        rows=[{"DKMC": NAME}] * len(shapes))),
    Variant("geojson by gdal", by_driver(".geojson", "GeoJSON"), (4547, 4490, 4326)),
    Variant("shp gbk without cpg", shapefile("GBK", cpg=False), encoding="gb18030"),
    Variant("shp gbk with cpg", shapefile("GBK", cpg=True), encoding="gb18030"),
    Variant("shp utf-8 with cpg", shapefile("UTF-8", cpg=True), encoding="utf-8"),
    Variant("gpkg", by_driver(".gpkg", "GPKG"), (*ALL, *SIX_DEGREES)),
    Variant("gdb", geodatabase),
    Variant("fgb", by_driver(".fgb", "FlatGeobuf")),
    *(Variant(f"gml {form}", gml(form)) for form in ("GML2", "GML3", "GML3Deegree", "GML3.2")),
    Variant("kml by libkml", kml("LIBKML", ".kml"), (4326,)),
    Variant("kml by gdal", kml("KML", ".kml"), (4326,)),
    Variant("ovkml", kml("LIBKML", ".ovkml"), (4326,)),
    Variant("kmz", kmz, (4326,)),
    Variant("dxf r12", drawing("R12", "ANSI_936", "gbk", old=True), PLANES, says=False, named=False, multi=False),
    Variant("dxf r2000", drawing("R2000", "ANSI_936", "gbk"), PLANES, says=False, named=False, multi=False,
            encoding="gb18030"),
    Variant("dxf r2018", drawing("R2018", "ANSI_1252", "utf-8"), PLANES, says=False, named=False, multi=False,
            encoding="utf-8"),
    Variant("dxf by gdal", drawn_by_gdal, PLANES, says=False, named=False, multi=False),
    Variant("xlsx", xlsx, says=False),
    Variant("csv gbk", csv("gb18030", ","), says=False, encoding="gb18030"),
    Variant("csv utf-8 with mark", csv("utf-8-sig", ","), says=False, encoding="utf-8"),
    Variant("csv tabs utf-16", csv("utf-16", "\t"), says=False, encoding="utf-16"),
    Variant("csv semicolons", csv("utf-8", ";"), says=False, encoding="utf-8"),
    Variant("wkt", wkt(srid=False), says=False, named=False),
    Variant("ewkt", wkt(srid=True), named=False),
]  # fmt: skip
